#!/bin/sh
# Draws the figures of the README: neurons alone, and the digits network at work.
# usage: figures.sh CLIF_PROGRAM [PICTURES [RECORDINGS]]     from the root of the source tree
# PICTURES is where the figures go (docs/figures), RECORDINGS where the arrays behind them stay (they
# are thrown away).
set -eu
clif=$1
pictures=${2:-docs/figures}
recordings=${3:-}
digits=examples/digits

if [ -z "$recordings" ]; then
  recordings=$(mktemp -d)
  trap 'rm -rf "$recordings"' EXIT
fi
mkdir -p "$pictures" "$recordings"

# Everything about a group of neurons, as NAME.spikes.npy and so on.
simulate() { # NAME OPTION...
  to=$recordings/$1
  shift
  "$clif" lif "$@" --quiet --spikes "$to.spikes.npy" --record-v "$to.v.npy" \
    --record-v-pre "$to.v_pre.npy" --record-th "$to.th.npy"
}

# What goes into the neurons: with a time constant of one step, and no threshold in reach, the
# membrane is the input.
input_of() { # NAME OPTION...
  to=$recordings/$1
  shift
  "$clif" lif "$@" --quiet --tau 1 --threshold 1e9 --record-v "$to.input.npy"
}

draw() { # NAME KIND WORD...
  picture=$pictures/$1.png
  shift
  "$clif" plot "$@" --quiet --out "$picture"
}

r=$recordings

simulate neuron --neurons 1 --steps 100 --input const:1.5
draw neuron traces "$r/neuron.v.npy" --v-pre "$r/neuron.v_pre.npy" --spikes "$r/neuron.spikes.npy" \
  --threshold 1 --title 'A neuron with the input 1.5'

ramp='--steps 50 --input ramp:-1,2 --relu'
# shellcheck disable=SC2086
simulate relu --neurons 1 $ramp
# shellcheck disable=SC2086
input_of relu --neurons 1 $ramp
draw relu stack "input:ReLU of the ramp=$r/relu.input.npy" "traces=$r/relu.v.npy" \
  --v-pre "$r/relu.v_pre.npy" --spikes "$r/relu.spikes.npy" --threshold 1 \
  --title 'A ramp from -1 to 2 through ReLU into a neuron'

# shellcheck disable=SC2086
simulate noise --neurons 10 $ramp --input-noise 0.5 --seed 3
# shellcheck disable=SC2086
input_of noise --neurons 10 $ramp --input-noise 0.5 --seed 3
draw noise stack "input:input with noise=$r/noise.input.npy" "traces=$r/noise.v.npy" \
  "raster=$r/noise.spikes.npy" --v-pre "$r/noise.v_pre.npy" --threshold 1 \
  --title 'Ten neurons, each with noise of its own on the ramp'

# The first 30 steps, in which the threshold finds its level, are not shown.
simulate stochastic --neurons 1 --steps 130 --input const:1 --stochastic --noise 0.1 --reset none \
  --adaptive --eta 0.05
draw stochastic traces "$r/stochastic.v.npy" --th "$r/stochastic.th.npy" \
  --spikes "$r/stochastic.spikes.npy" --steps 30: \
  --title 'A neuron that fires by chance, and its adaptive threshold'

simulate seed --neurons 100 --preset seed --input uniform:0,1
draw seed raster "$r/seed.spikes.npy" --title '100 neurons, defaults of the original'

"$clif" run $digits/digits.nir $digits/input_spikes.npy --dt 1e-3 --compat snntorch --quiet \
  --out "$r/digits.npy" --record lif1="$r/hidden.npy" --record lif2.v="$r/output_v.npy" \
  --record lif2.v_pre="$r/output_v_pre.npy"
draw digits stack "raster:input pixel=$digits/input_spikes.npy" "raster:hidden neuron=$r/hidden.npy" \
  "traces:output potential=$r/output_v.npy" "counts:output spikes=$r/digits.npy" --sample 2 \
  --v-pre "$r/output_v_pre.npy" --spikes "$r/digits.npy" --threshold 1 --dt 1 --unit ms \
  --title 'The digits network takes a 4 for a 4, not for a 7'

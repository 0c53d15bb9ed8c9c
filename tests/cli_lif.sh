#!/bin/sh
# clif lif as a stranger meets it: help, mistakes, exit codes, known spikes, files and pipes.
# usage: cli_lif.sh CLIF_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

# Everything that is random, and of a size that fills no word and no block of 16.
lively="--neurons 77 --batch 3 --steps 90 --input normal:1,0.5 --relu --input-noise 0.3 --seed 5
  --stochastic --slope 5 --adaptive --noise 0.1 --refractory 2"

wrong_usage() {
  refuses 2 "'--colour'" lif --colour
  refuses 2 "'-x'" lif -x
  refuses 2 "'everything'.*--input" lif everything
  refuses 2 "'--tau' needs a value" lif --tau
  refuses 2 "'--relu=1' takes no value" lif --relu=1
  for option in --neurons --batch --steps --chunk; do
    for value in 0 -1 1.5 abc nan inf "" 99999999999999999999; do
      refuses 2 "$option is .*'$value'" lif "$option" "$value"
    done
  done
  for option in --tau --dt; do
    for value in 0 -1 abc nan inf ""; do
      refuses 2 "$option is .*'$value'" lif "$option" "$value"
    done
  done
  for option in --r --v-leak --v-reset --threshold; do
    for value in abc nan inf -inf 1x ""; do
      refuses 2 "$option is .*'$value'" lif "$option" "$value"
    done
  done
  for value in -1 abc nan inf ""; do
    refuses 2 "--input-noise is .*'$value'" lif --input-noise "$value"
  done
  for value in 0 -1 1X K 1.5G 99999999999T; do
    refuses 2 "--max-memory .*'$value'" lif --max-memory "$value"
  done
  for option in --preset --integration --reset; do
    refuses 2 "$option is .* or .*, not 'odd'" lif "$option" odd
  done
  for option in --spikes --spike-bits --record-v --record-v-pre --record-th; do
    refuses 2 "$option has an empty file name" lif "$option" ""
  done
  for value in const: const:abc const:nan const:inf const:1e39 const:1,2 uniform:1 uniform:1,0 \
    uniform:1,1 uniform:0,nan uniform:0,1,2 ramp:1 ramp:,1 ramp:0,inf normal:1 normal:0,-1 \
    normal:nan,1 sine:1; do
    refuses 2 "--input is const:X, .*'$value'" lif --input "$value"
  done
  refuses 2 '--input has an empty file name' lif --input ""
  # Short for several options, of which none is a file.
  for option in --th --v --record; do
    refuses 2 "ambiguous option '$option'" lif "$option" 1.2
    refuses 2 "ambiguous option '$option=1.2'" lif "$option=1.2"
  done
  [ ! -e 1.2 ] || fail "lif --th 1.2" "no file" "1.2 is there"
}

wrong_neuron() {
  wrong_neurons lif
  for option in --fixed-threshold --deterministic; do
    refuses 2 "$option .* with --preset seed" lif "$option"
  done
  refuses 2 '--strict has no effect with --stochastic' lif --strict --stochastic
  for option in '--r 2' '--v-leak 1' '--slope 2' '--th-rest 1' '--refractory 3' --strict \
    '--integration exact' '--reset subtract' '--reset none'; do
    # shellcheck disable=SC2086
    refuses 2 "$option is not in --preset seed|${option% *} is not in --preset seed" \
      lif --preset seed $option
  done
  refuses 2 'exclude each other' lif --preset seed --stochastic --deterministic
  refuses 2 'exclude each other' lif --preset seed --adaptive --fixed-threshold
  refuses 2 '--noise has no effect' lif --preset seed --deterministic --noise 0.1
  refuses 2 '--eta has no effect with --fixed-threshold' \
    lif --preset seed --fixed-threshold --eta 0.1
  # What only the library can tell.
  refuses 1 'tau' lif --tau 0.5
  refuses 1 'v_reset' lif --v-reset 1
  refuses 1 'threshold' lif --adaptive --threshold 3
  refuses 1 'no-such-device' lif --device no-such-device
  refuses 1 'more than can be counted' lif --neurons 4611686018427387904
  refuses 1 'cap' lif --neurons 100000 --max-memory 1K
}

wrong_files() {
  refuses 1 "'no-such.npy'" lif --input no-such.npy
  refuses 1 'directory' lif --input .
  refuses 2 'is a model' lif --input "$source/examples/digits/digits.nir"
  echo "not an array" >text
  refuses 1 "'text'" lif --input text
  for option in --spikes --spike-bits --record-v --record-v-pre --record-th; do
    refuses 1 'no-such-dir' lif "$option" no-such-dir/out.npy
    refuses 1 'directory' lif "$option" .
  done
  refuses 2 "two outputs go to" lif --spikes x.npy --record-v ./x.npy
  refuses 2 "two outputs go to" lif --spikes - --record-v -

  { npy_head '<f4' '2, 3, 5' && zeros 120; } >zeros.npy
  refuses 2 'would be overwritten' lif --input zeros.npy --record-v ./zeros.npy
  refuses 1 '--steps 3 .*\(2, 3, 5\).* has 2' lif --input zeros.npy --steps 3
  refuses 1 '--batch 1 .*\(2, 3, 5\).* has 3' lif --input zeros.npy --batch 1
  refuses 1 '--neurons 4 .*\(2, 3, 5\).* has 5' lif --input zeros.npy --neurons 4
  { npy_head '<f4' '2, 5' && zeros 40; } >sample.npy
  refuses 1 '--batch 2 .*\(2, 5\).* has 1' lif --input sample.npy --batch 2
  { npy_head '<f4' '2, 1, 5, 1' && zeros 40; } >deep.npy
  refuses 1 '\(2, 1, 5, 1\).*\(T, B, n\)' lif --input deep.npy
  head -c 140 zeros.npy >short.npy
  refuses 1 'short.npy' lif --input short.npy
  { npy_head '<f4' '4, 1, 5' && zeros 56 && printf '\000\000\300\177' && zeros 20; } >nan.npy
  refuses 1 'step 2, .*element 4' lif --input nan.npy --quiet
  refuses 1 'element 4' lif --input nan.npy --quiet --relu
  refuses 1 'counting from step 2: ' lif --input nan.npy --quiet --chunk 1 --record-v v.npy
  [ ! -e v.npy ] || fail "a failed run" "no output file" "v.npy is there"
}

# Steps of the spikes of one neuron, from a file of bytes.
spike_times() { payload "$1" "$2" | od -An -v -tu1 -w1 | awk '$1 { print NR - 1 }' | paste -sd' ' -; }

known_spikes() {
  succeeds lif --neurons 1 --steps 100 --input const:1.5 --spikes s.npy
  for line in '^device   ' '^group    1 neurons, 1 samples, 100 steps, preset default, tau 20, ' \
    '^input    const:1\.5$' '^spikes   4, rate 0\.040000 ' '^neurons  .*; 0 of 1 silent$' \
    '^times    21 43 65 87$' '^interval 3, mean 22\.000 steps, standard deviation 0\.000, ' \
    '^time     prepared in [0-9.]+ s, run in [0-9.]+ s$' '^memory   .*B on the device'; do
    expect_line stdout "$line" "the report"
  done
  expect_array s.npy '|u1' '100, 1, 1' "the spikes"
  [ "$(spike_times s.npy 100)" = "21 43 65 87" ] ||
    fail "spikes of const:1.5" "21 43 65 87" "$(spike_times s.npy 100)"

  # The only spike of the original project's figure; without --relu the membrane comes from below 0.
  succeeds lif --neurons 1 --steps 50 --input ramp:-1,2 --relu
  expect_line stdout '^times    48$' "a rectified ramp"
  succeeds lif --neurons 1 --steps 50 --input ramp:-1,2
  expect_line stdout '^times    49$' "a ramp"
  succeeds lif --neurons 1 --steps 1 --input ramp:30,0
  expect_line stdout '^times    0$' "a ramp of one step"

  # 22 steps to the threshold of v' = (I - v)/tau, halved by dt, then three more of silence.
  succeeds lif --neurons 1 --steps 60 --input const:0.75 --r 2 --refractory 3
  expect_line stdout '^times    21 46$' "a refractory period"
  succeeds lif --neurons 1 --steps 60 --input const:1.5 --dt 2 --tau 40 --refractory 5.5
  expect_line stdout '^times    21 46$' "a refractory period in the unit of dt"
  succeeds lif --neurons 1 --steps 4 --tau 1 --input const:1
  expect_line stdout '^times    0 1 2 3$' "at the threshold"
  succeeds lif --neurons 1 --steps 4 --tau 1 --input const:1 --strict
  expect_line stdout '^spikes   0, ' "at the threshold with --strict"
  expect_line stdout '^neurons  .*; 1 of 1 silent$' "a silent neuron"
  expect_line stdout '^interval none' "a silent neuron"
}

# The variation is that of each neuron: two that fire regularly, at other rates, have none.
regular_neurons() {
  # Currents 2 and 1.25: v is 2 * (1 - 1/2^n), 1 in every step; 1.25 * (1 - 1/2^n), 1 in every third.
  { npy_head '<f4' '12, 2' && repeat 12 '\000\000\000\100\000\000\240\077'; } >two.npy
  succeeds lif --input two.npy --tau 2
  expect_line stdout '^interval 14, mean 1\.429 steps, standard deviation 0\.821, '`
    `'coefficient of variation 0\.000, from 1 to 3$' "two regular neurons"
  succeeds lif --neurons 3 --steps 50 --input const:1.5
  expect_line stdout '^interval 3, mean 22\.000 steps, from 22 to 22$' "one interval of each"
}

# One option each, worked out by hand.
known_neurons() {
  while read -r times options; do
    # shellcheck disable=SC2086
    succeeds lif --neurons 1 $options
    expect_line stdout "^times    $(echo "$times" | tr , ' ')\$" "clif lif --neurons 1 $options"
  done <<END
13,27 --steps 28 --input const:0 --v-leak 2
31,63 --steps 64 --v-reset -1
7,15 --steps 16 --threshold 0.5
4,9 --steps 10 --tau 5
5,11 --steps 12 --tau 5 --integration exact
21,22,23 --steps 24 --reset none
2,5,8 --steps 9 --input const:10
2,4,6,8 --steps 9 --input const:10 --reset subtract
0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,... --steps 17 --input const:20
END
  threshold "1.5 2 2.5 3 3" --input const:10 --eta 0.5 --th-min 0.25 --th-max 3
  threshold "1.5 1.25 1.125 1.0625 1.03125" --input const:0 --threshold 2 --th-rest 1 --eta 0.5
  threshold "2 2 2 2 2" --input const:0 --threshold 2 --eta 0.5
}

threshold() { # VALUES ARGUMENT...
  values=$1
  shift
  succeeds lif --neurons 1 --steps 5 --tau 1 --adaptive "$@" --record-th th.npy
  found=$(payload th.npy 20 | od -An -v -tf4 -w20 | awk '{ $1 = $1; print }')
  [ "$found" = "$values" ] || fail "the threshold with $*" "$values" "$found"
}

# Rates of the original project, 1000 neurons and 100 steps; bands of five standard errors.
seed_preset() {
  rate='s/^spikes .* rate \([0-9.]*\) .*/\1/p'
  while read -r what low high more; do
    # shellcheck disable=SC2086
    succeeds lif --preset seed --input "$what" $more
    expect_between stdout "$rate" "$low" "$high" "rate of the seed preset with $what $more"
  done <<END
const:0 0.2175 0.2315
uniform:0,1 0.2272 0.2412
uniform:0,2 0.2398 0.2538
normal:0,1 0.2173 0.2313
const:1.5 0.2508 0.2648
uniform:0,2 0.288 0.302 --fixed-threshold
uniform:0,2 0.0106 0.0126 --deterministic
const:1.5 0.04 0.04 --deterministic
uniform:0,1 0 0 --deterministic
END
  succeeds lif --preset seed --input uniform:0,1
  expect_line stdout '^seed     0$' "the seed"
  expect_line stdout '^group .* preset seed, .* noise 0\.1, stochastic .* adaptive with eta 0\.1, rest 1, ' \
    "the seed preset"
  expect_between stdout 's/.*standard error \([0-9.]*\)$/\1/p' 0.0009 0.0016 "the standard error"
  succeeds lif --preset seed --fixed-threshold --th-max 3
  expect_line stdout '^group .* stochastic with slope 1, threshold held from 0\.5 to 3$' \
    "the seed preset with a fixed threshold"
  succeeds lif --preset seed --deterministic
  if grep -Eq 'noise|stochastic|^seed' stdout; then
    fail "the seed preset without chance" "no noise and no seed" "$(cat stdout)"
  fi
}

record_all() { # PREFIX ARGUMENT...: into PREFIX_*.npy
  prefix=$1
  shift
  succeeds lif "$@" --spikes "${prefix}_s.npy" --spike-bits "${prefix}_b.npy" \
    --record-v "${prefix}_v.npy" --record-v-pre "${prefix}_p.npy" --record-th "${prefix}_t.npy"
}

# No way of cutting the work changes a byte, and another seed changes all.
cutting() {
  # shellcheck disable=SC2086
  record_all whole $lively
  grep -Ev '^(time|memory)' stdout >whole_report
  expect_array whole_s.npy '|u1' '90, 3, 77' "--spikes"
  expect_array whole_b.npy '<u4' '90, 3, 4' "--spike-bits"
  expect_array whole_v.npy '<f4' '90, 3, 77' "--record-v"
  expect_array whole_p.npy '<f4' '90, 3, 77' "--record-v-pre"
  expect_array whole_t.npy '<f4' '90, 3, 77' "--record-th"
  expect_other whole_v.npy whole_p.npy "v and v_pre"
  for cut in '--chunk 1' '--chunk 7' '--chunk 999' '--max-memory 100K' '--chunk 13 --max-memory 100K'; do
    # shellcheck disable=SC2086
    record_all part $lively $cut
    for file in s b v p t; do expect_same part_$file.npy whole_$file.npy "$cut"; done
    grep -Ev '^(time|memory)' stdout | cmp - whole_report >difference 2>&1 ||
      fail "$cut" "the report of the whole" "$(cat stdout)"
  done
  # shellcheck disable=SC2086
  record_all part $lively --seed 6
  for file in s b v p t; do expect_other part_$file.npy whole_$file.npy "another seed"; done
  # A single output, and none, give the same numbers.
  # shellcheck disable=SC2086
  for file in spikes:s spike-bits:b record-v:v record-v-pre:p record-th:t; do
    succeeds lif $lively "--${file%:*}" one.npy --quiet
    expect_same one.npy "whole_${file#*:}.npy" "--${file%:*} alone"
    expect_empty stdout "--quiet"
    expect_empty stderr "--quiet"
  done
  # shellcheck disable=SC2086
  succeeds lif $lively
  grep -Ev '^(time|memory)' stdout | cmp - whole_report >difference 2>&1 ||
    fail "nothing recorded" "the report of the whole" "$(cat stdout)"
}

# The words, taken apart, are the bytes, and so are the counts of the report.
bits_and_counts() {
  payload whole_b.npy 4320 | od -An -v -tu4 -w16 >words
  payload whole_s.npy 20790 | od -An -v -tu1 -w77 >bytes
  paste words bytes | awk '
    { for (i = 0; i < 128; i++) {
        bit = int($(1 + int(i / 32)) / 2 ^ (i % 32)) % 2
        if (bit != (i < 77 ? $(5 + i) : 0)) wrong++
        if (i >= 77 || !$(5 + i)) continue
        spikes++; unit = (NR - 1) % 3 * 77 + i; step = int((NR - 1) / 3)
        if (unit in last) {
          d = step - last[unit]; n++; sum += d; squares += d * d
          un[unit]++; us[unit] += d; uq[unit] += d * d
          if (n == 1 || d < least) least = d
          if (d > most) most = d
        }
        last[unit] = step
      } }
    END { sd = sqrt(squares / n - (sum / n) ^ 2)
      for (u in un) {
        if (un[u] < 2) continue
        m = us[u] / un[u]; var = uq[u] / un[u] - m * m
        cvs++; cv += (var > 0 ? sqrt(var) : 0) / m
      }
      printf "wrong %d\nspikes   %d, rate %.6f\n", wrong, spikes, spikes / 90 / 231
      printf "interval %d, mean %.3f steps, standard deviation %.3f, coefficient of variation %.3f, " \
        "from %d to %d\n", n, sum / n, sd, cv / cvs, least, most }' >counted
  expect_line counted '^wrong 0$' "words and bytes"
  expect_line whole_report "^$(sed -n 's/^spikes.*/&/p' counted) per neuron" "the number of spikes"
  expect_line whole_report "^$(sed -n '/^interval/p' counted)$" "the intervals"
  expect_between counted 's/^interval .* from \([0-9]*\) .*/\1/p' 3 3 "two steps of silence"
}

# The same currents in every form of file, and of every type.
input_files() {
  succeeds lif --neurons 5 --batch 3 --steps 30 --input const:2 --spikes expected.npy --record-v v.npy
  { npy_head '<f4' '30, 3, 5' && repeat 450 '\000\000\000\100'; } >full.npy
  { npy_head '<f8' '30, 3, 5' && repeat 450 '\000\000\000\000\000\000\000\100'; } >double.npy
  { npy_head '|u1' '30, 3, 5' && repeat 450 '\002'; } >bytes.npy
  { npy_head '|u1' '30,' && repeat 30 '\002'; } >course.npy
  for file in full double bytes; do
    succeeds lif --input $file.npy --spikes s.npy --record-v v2.npy
    expect_same s.npy expected.npy "input from $file.npy"
    expect_same v2.npy v.npy "input from $file.npy"
    succeeds lif --input $file.npy --relu --chunk 4 --spikes s.npy --record-v v2.npy
    expect_same s.npy expected.npy "input from $file.npy with --relu"
    expect_same v2.npy v.npy "input from $file.npy with --relu"
  done
  expect_line stdout '^input    bytes.npy \(30, 3, 5\) uint8, relu$' "the input"
  succeeds lif --input course.npy --neurons 5 --batch 3 --steps 30 --spikes s.npy
  expect_same s.npy expected.npy "the same course for all"
  succeeds lif --neurons 5 --steps 30 --input const:2 --spikes expected.npy
  { npy_head '|u1' '30, 5' && repeat 150 '\002'; } >sample.npy
  succeeds lif --input sample.npy --spikes s.npy
  expect_same s.npy expected.npy "one sample"
  "$clif" lif --input - --quiet --spikes s.npy <sample.npy 2>stderr
  expect_same s.npy expected.npy "input from a redirection"
  # Numbers belong to a neuron and a sample, however many there are of both.
  succeeds lif --neurons 5 --batch 3 --steps 9 --input uniform:0,9 --input-noise 1 --record-v wide.npy
  succeeds lif --neurons 1 --batch 1 --steps 9 --input uniform:0,9 --input-noise 1 --record-v one.npy
  payload wide.npy 540 | od -An -v -tx4 -w60 | awk '{ print $1 }' >first_of_wide
  payload one.npy 36 | od -An -v -tx4 -w4 | awk '{ print $1 }' >first
  expect_same first first_of_wide "input of one neuron alone"
}

# The generator of docs/cli.md, worked out in Python (normals with statistics.NormalDist). With
# tau = dt v is the input.
drawn_numbers() {
  show="--neurons 2 --batch 2 --steps 3 --tau 1 --threshold 1e9 --seed 18446744073709551615"
  # shellcheck disable=SC2086
  succeeds lif $show --input uniform:-1,2 --record-v v.npy
  payload v.npy 48 | od -An -v -tx4 -w48 >numbers
  expect_line numbers "^ 3fe4defa 3f94571e 3fbbf835 bef3a3b3 3fb4133f bef13bb3 3e8b7837 bf08dab0 \
befb70af 3ec48792 3fecdca6 3c8f96b4$" "uniform input"
  # shellcheck disable=SC2086
  succeeds lif $show --input normal:0,1 --record-v v.npy
  near v.npy "1.4709787 0.5817612 0.9262324 -0.9356997 0.8497902 -0.9296334 -0.1913292 -1.0146443 \
    -0.9556074 -0.0972038 1.6464188 -0.4147131" "normal input"
  # shellcheck disable=SC2086
  succeeds lif $show --input const:-3 --relu --input-noise 1 --record-v v.npy
  near v.npy "1.1220935 -0.6456440 0.0073945 -0.7758470 -1.1031071 0.0369073 0.5525539 -0.7732789 \
    0.2990048 1.7291198 0.3708946 -1.2099307" "noise on the input"
  # Moments of 100,000 numbers; bands of six standard errors.
  succeeds lif --steps 100 --tau 1 --threshold 1e9 --input normal:1,1 --record-v v.npy
  payload v.npy 400000 | od -An -v -tf4 -w4 | awk '
    { z = $1 - 1; a += z; b += z * z; c += z * z * z; d += z * z * z * z }
    END { print a / NR, b / NR, c / NR, d / NR }' >moments
  awk '{ exit !($1 ^ 2 < 0.019 ^ 2 && ($2 - 1) ^ 2 < 0.027 ^ 2 && $3 ^ 2 < 0.074 ^ 2 &&
    ($4 - 3) ^ 2 < 0.19 ^ 2) }' moments || fail "moments of normal input" "0 1 0 3" "$(cat moments)"
}

near() { # FILE NUMBERS WHAT
  # shellcheck disable=SC2086
  printf '%s\n' $2 >wanted
  payload "$1" 48 | od -An -v -tf4 -w4 | paste - wanted |
    awk '($1 - $2) ^ 2 > 4e-12 { wrong++ } END { exit NR != 12 || wrong }' ||
    fail "$3" "$2" "$(payload "$1" 48 | od -An -v -tf4 -w48)"
}

streams() {
  # shellcheck disable=SC2086
  "$clif" lif $lively --spikes - 2>stderr | cmp - whole_s.npy >difference 2>&1 ||
    fail "--spikes - into a pipe" "the bytes of --spikes FILE" "$(cat difference)"
  expect_line stderr '^spikes   [0-9]+, rate ' "the report beside --spikes -"
  # shellcheck disable=SC2086
  "$clif" lif $lively --record-v - --quiet 2>stderr >redirected.npy
  expect_same redirected.npy whole_v.npy "--record-v - into a file"
  expect_empty stderr "--quiet beside --record-v -"
  if [ -c /dev/full ]; then
    for to in "" "--spikes -"; do
      # shellcheck disable=SC2086
      "$clif" lif $to >/dev/full 2>stderr
      code=$?
      expect_code 1 "what cannot be written: clif lif $to"
    done
  fi
}

stages() {
  refuses 2 '^clif: --quiet and --log exclude each other; ' lif --log --quiet
  expect_stages 'prepared in [0-9.e-]+ s
ran 9 steps x 2 samples in [0-9.e-]+ s: [0-9.e]+ steps x samples/s' lif --neurons 5 --batch 2 --steps 9
  { npy_head '|u1' '5, 1, 1' && repeat 5 '\001'; } >ones.npy
  # Chunks are no stages.
  expect_stages "loaded 'ones.npy' in [0-9.e-]+ s
prepared in [0-9.e-]+ s
ran 5 steps x 1 samples in [0-9.e-]+ s: [0-9.e]+ steps x samples/s
wrote 2 files in [0-9.e-]+ s" lif --input ones.npy --chunk 2 --spikes s.npy --record-v v.npy
}

# Kernels that nobody has compiled take a while; a word about it comes after a second, and goes away.
waiting_on_terminal() {
  [ -n "$terminal_there" ] || return 0
  mkdir fresh
  (
    export CLIF_CACHE_DIR=off POCL_CACHE_DIR="$work/fresh"
    on_terminal lif --preset seed --noise 0.05
  )
  seconds=$(sed -n 's/^time     prepared in \([0-9.]*\) s.*/\1/p' seen)
  if echo "$seconds" | awk '{ exit !($1 > 1.2) }'; then
    expect_line seen '^preparing; ' "a long preparation on a terminal"
    expect_line seen "^$escape\[Kdevice   " "a long preparation on a terminal"
  fi
}

try_examples lif
wrong_usage
wrong_neuron
wrong_files
known_spikes
regular_neurons
known_neurons
seed_preset
cutting
bits_and_counts
input_files
drawn_numbers
streams
stages
waiting_on_terminal
bar_on_terminal lif --neurons 64 --chunk 1
interrupts lif --neurons 64 --steps 2000000 --chunk 1 --record-v-pre long_out.npy
finish

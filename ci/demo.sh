#!/usr/bin/env bash
# From a fresh clone to a result: installs what is missing, builds, and classifies handwritten
# digits with a spiking network that was trained in snnTorch. A second call only does the last.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source ci/quietly.sh

ci/setup.sh demo
# Only the first time: whoever has set up build/ in another way keeps it.
if [ ! -e build/Makefile ] && [ ! -e build/build.ninja ]; then
  quietly build/configure.log cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCLIF_TESTS=OFF
fi
quietly build/build.log cmake --build build --parallel "$(nproc)"

command=(build/bin/clif run examples/digits/digits.nir examples/digits/input_spikes.npy
         --dt 1e-3 --compat snntorch --labels examples/digits/labels.npy)
echo "$ ${command[*]}"
exec "${command[@]}"

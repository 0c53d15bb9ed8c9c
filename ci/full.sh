#!/usr/bin/env bash
# Every check there is, in about an hour; the result goes to a file.
#   ci/full.sh [FILE [CHECK...]]    FILE: docs/full-run.md by default; CHECK: only these, by the
#                                   second word in the list below
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
report=$(realpath -m "${1:-$root/docs/full-run.md}")
cd "$root"
source ci/quietly.sh

ci/setup.sh full

rows=() bad=0 only=("${@:2}")

# check NAME FUNCTION: runs it; the last line it prints goes into the report.
check() {
  [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $2 "* ]] || return 0
  local start=$SECONDS log=build-full/${2}.log result=passed said
  mkdir -p build-full
  echo "== $1"
  # A shell of its own, as set -e does not work inside a condition.
  set +e
  (set -e; "$2") 2>&1 | tee "$log"
  [ "${PIPESTATUS[0]}" = 0 ] || { result=FAILED; bad=$((bad + 1)); }
  set -e
  said=$(tail -n 1 "$log" | cut -c 1-120 | tr '|' '/')
  rows+=("| $1 | $result | $said | $((SECONDS - start)) |")
}

# sources PATTERN...: the files of the tree with these names.
sources() {
  local pattern names=()
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find . \( -name '.?*' -o -name 'build*' -type d \) -prune -o -type f \( "${names[@]:1}" \) -print |
    sort
}

tests() { ci/test.sh; }

# build COMPILER TYPE: in a folder of its own, warnings are errors.
build() {
  local folder=build-full/$1-$2
  quietly "$folder.log" cmake -S . -B "$folder" -DCMAKE_C_COMPILER="$1" -DCMAKE_BUILD_TYPE="$2" \
    -DCLIF_WERROR=ON
  quietly "$folder.log" cmake --build "$folder" --parallel "$(nproc)"
}

warnings() {
  for compiler in gcc clang; do
    for type in Release Debug; do build $compiler $type; done
  done
  echo "gcc and clang, Release and Debug: no warning"
}

tidy() {
  local files
  build clang Debug
  # What has been compiled, less what was generated.
  mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)",*$/\1/p' build-full/clang-Debug/compile_commands.json |
    grep -v /build-full/ | sort -u)
  printf '%s\n' "${files[@]}" |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build-full/clang-Debug
  echo "${#files[@]} files"
}

format() {
  local files
  mapfile -t files < <(sources '*.c' '*.h' '*.cl')
  clang-format --dry-run -Werror "${files[@]}"
  echo "${#files[@]} files"
}

scripts() {
  local files
  mapfile -t files < <(sources '*.sh')
  shellcheck -x "${files[@]}"
  echo "${#files[@]} scripts"
}

# Each program's files as OpenCL C 1.2, with the options that cover each branch of the preprocessor.
kernels() {
  local files lanes options unit includes n=0
  for files in input rows spikes "current lif tile" "events lif tile" "events sums" "lif gradient"; do
    includes=()
    for file in prelude random bits $files; do includes+=(-include "cl/$file.cl"); done
    for lanes in 1 16; do
      [ $lanes = 1 ] && unit=1 || unit=6
      for options in "" "-DCLIF_READOUT -DCLIF_INPUT_BYTES=1 -DCLIF_OUT_F32 -DCLIF_VALUES" \
        "-DCLIF_PER_NEURON -DCLIF_STRICT -DCLIF_RESET=1 -DCLIF_RECORD_V -DCLIF_RECORD_V_PRE -DCLIF_WIDE" \
        "-DCLIF_PER_NEURON -DCLIF_READOUT -DCLIF_NOISE -DCLIF_RECORD_V -DCLIF_CODING=1 -DCLIF_BIAS" \
        "-DCLIF_STOCHASTIC -DCLIF_NOISE -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_REFRACTORY -DCLIF_OUT_BITS
         -DCLIF_LOOK -DCLIF_CODING=2 -DCLIF_INPUT_BYTES=1 -DCLIF_VALUES -DCLIF_VALUE_MAY
         -DCLIF_RECORD_WAIT -DCLIF_SURROGATE=4 -DCLIF_GRADIENT_BIAS -DCLIF_ADD" \
        "-DCLIF_SEED -DCLIF_CLAMP -DCLIF_STOCHASTIC -DCLIF_NOISE -DCLIF_INJECT -DCLIF_SOFT_DIVIDE
         -DCLIF_OUT_U8 -DCLIF_RECORD_TH -DCLIF_CODING=3 -DCLIF_NEGATIVE -DCLIF_GRADIENT_V
         -DCLIF_GRADIENT_TAU -DCLIF_GRADIENT_THRESHOLD -DCLIF_ATTACH_RESET" \
        "-DCLIF_SEED -DCLIF_CLAMP -DCLIF_RESET=2"; do
        # shellcheck disable=SC2086 # the options are words
        clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -target spir64-unknown-unknown \
          -fsyntax-only -Wall -Wextra -Wno-unused-parameter -Werror -DCLIF_LANES=$lanes \
          -DCLIF_UNIT=$unit $options "${includes[@]}" /dev/null
        n=$((n + 1))
      done
    done
  done
  echo "$n combinations of files and options"
}

offline() { ci/offline.sh; }

threads() {
  quietly build-tsan/configure.log cmake -S . -B build-tsan --preset tsan \
    -DCLIF_POCL_CACHE="$PWD/build-test/pocl-cache"
  quietly build-tsan/build.log cmake --build build-tsan --parallel "$(nproc)"
  ctest --test-dir build-tsan --parallel "$(nproc)" --output-on-failure --no-tests=error
  echo "unit, device and layer tests on PoCL"
}

fuzzing() {
  local seconds=60 n=0 name fuzzer
  quietly build-fuzz/configure.log cmake -S . -B build-fuzz --preset asan -DCLIF_FUZZ=ON
  quietly build-fuzz/build.log cmake --build build-fuzz --parallel "$(nproc)"
  for fuzzer in build-fuzz/tests/fuzz_*; do
    [ -x "$fuzzer" ] || continue
    name=${fuzzer##*/fuzz_}
    # What is found is added to the first folder, not to the tree.
    mkdir -p "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
    OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd CLIF_CACHE_DIR=off \
      "$fuzzer" -max_total_time=$seconds -artifact_prefix="build-fuzz/$name-" -print_final_stats=1 \
      "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>&1 | tail -n 20
    n=$((n + 1))
  done
  echo "$n fuzzers, $seconds s each"
}

seeds() {
  build gcc Release
  examples/digits/rate_over_seeds.sh build-full/gcc-Release/bin/clif
}

oclgrind_in_full() {
  quietly build-test/configure.log cmake -S . -B build-test -DCLIF_TEST_TIMEOUT=7200
  CLIF_TEST_FULL=1 ctest --test-dir build-test --parallel "$(nproc)" --output-on-failure \
    --no-tests=error -L '^oclgrind$'
  quietly build-test/configure.log cmake -S . -B build-test -DCLIF_TEST_TIMEOUT=2400
  echo "all device tests on Oclgrind, with CLIF_TEST_FULL=1"
}

check "tests, all implementations and sanitizers (ci/test.sh)" tests
check "builds without a warning" warnings
check "clang-tidy" tidy
check "clang-format" format
check "shellcheck" scripts
check "kernels as OpenCL C 1.2" kernels
check "kernels for AMD, NVIDIA, Intel and SPIR-V" offline
check "digits as images, 20 seeds" seeds
check "thread sanitizer" threads
check "fuzzers" fuzzing
check "Oclgrind, whole data sets" oclgrind_in_full

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo "not installed"; }
{
  echo "# The last full run"
  echo
  echo "Written by \`ci/full.sh\` on $(date -u +%F), at commit" \
    "$(git describe --always --dirty 2>/dev/null || echo unknown)."
  echo
  echo "| check | result | last line | seconds |"
  echo "|---|---|---|---|"
  printf '%s\n' "${rows[@]}"
  echo
  echo "On $(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m), $(nproc) cores, with"
  for package in gcc clang cmake ocl-icd-libopencl1 pocl-opencl-icd mesa-opencl-icd oclgrind \
    libclblast1 libhdf5-dev libcmocka-dev; do
    echo "- $package $(version $package)"
  done
} >"$report"
echo "$report: $((${#rows[@]} - bad)) of ${#rows[@]} checks passed"
[ $bad = 0 ]

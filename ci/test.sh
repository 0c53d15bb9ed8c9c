#!/usr/bin/env bash
# All tests: first as users build it, on every OpenCL implementation that is installed; then, on
# PoCL, with sanitizers that watch memory, leaks and undefined behaviour. The last line sums up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source ci/quietly.sh

ci/setup.sh test

passed=0 failed=0 skipped=0 skips=()

# attribute NAME FILE: of the <testsuite> element.
attribute() { sed -n '/<testsuite/,/>/s/.*[[:space:]]'"$1"'="\([0-9]*\)".*/\1/p' "$2" | head -n 1; }

# run_tests BUILD_DIR CMAKE_ARGUMENT...
run_tests() {
  local build=$1 report=$1/junit.xml
  shift
  echo "== $build: building"
  if ! quietly "$build/configure.log" cmake -S . -B "$build" "$@" ||
    ! quietly "$build/build.log" cmake --build "$build" --parallel "$(nproc)"; then
    failed=$((failed + 1)) # what does not build counts as one test
    return
  fi
  echo "== $build: testing"
  rm -f "$report"
  # Failures are counted from the report.
  ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure --no-tests=error \
    --output-junit junit.xml || true
  [ -s "$report" ] || { echo "ctest wrote no report" >&2; exit 1; }

  local all bad unrun
  all=$(attribute tests "$report") bad=$(attribute failures "$report")
  unrun=$(attribute skipped "$report")
  passed=$((passed + all - bad - unrun)) failed=$((failed + bad)) skipped=$((skipped + unrun))
  while read -r line; do skips+=("$build: $line"); done < <(list_skips "$report")
}

# list_skips REPORT: a line "name: why" for each skipped test.
list_skips() {
  awk '
    /<testcase / { name = $0; sub(/.*name="/, "", name); sub(/".*/, "", name); why = ""; skip = 0 }
    /<skipped/ { skip = 1 }
    /skipped: / { why = $0; sub(/.*skipped: /, "", why); sub(/<.*/, "", why) }
    /<\/testcase>/ { if (skip) print name ": " (why == "" ? "all its cases skipped" : why) }
  ' "$1"
}

# Every kernel for GPUs that are not there: one test. What its tools cannot do here is told.
compile_for_gpus() {
  local log=build-test/offline.log
  echo "== kernels for AMD, NVIDIA, Intel and SPIR-V: compiling"
  if ci/offline.sh >"$log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  grep '^offline: ' "$log" || true
  tail -n 1 "$log"
  while read -r line; do skips+=("kernels for GPUs: $line"); done < <(sed -n 's/^skipped: //p' "$log")
}

run_tests build-test -DCMAKE_BUILD_TYPE=Release -DCLIF_WERROR=ON
compile_for_gpus
run_tests build-asan --preset asan -DCLIF_POCL_CACHE="$PWD/build-test/pocl-cache"

[ ${#skips[@]} = 0 ] || { echo "== skipped"; printf '%s\n' "${skips[@]}"; }
counts="$passed passed, $failed failed"
[ $skipped = 0 ] || counts+=", $skipped skipped"
echo "$counts"
[ $failed = 0 ] && [ $passed -gt 0 ]

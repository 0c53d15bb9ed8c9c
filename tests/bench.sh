#!/bin/sh
# The benchmark program: help, mistakes, exit codes, and what it prints. No time is looked at.
# usage: bench.sh CLIF_BENCH_PROGRAM SOURCE_DIRECTORY

bench=$1
source=$2
if [ ! -x "$bench" ] || [ ! -d "$source/cl" ]; then
  echo "usage: bench.sh CLIF_BENCH_PROGRAM SOURCE_DIRECTORY" >&2
  exit 2
fi
case $bench in /*) ;; *) bench=$PWD/$bench ;; esac
case $source in /*) ;; *) source=$PWD/$source ;; esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

tiny="--layers 20,33,5 --steps 12 --batch 3 --repeat 2"
failures=0

fail() { # WHAT EXPECTED GOT
  printf 'FAILED  %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# Runs the program; its exit code, output and messages are in $code, ./stdout and ./stderr.
run() {
  "$bench" "$@" >stdout 2>stderr </dev/null
  code=$?
}

expect_code() { # CODE WHAT
  [ "$code" = "$1" ] || fail "$2" "exit code $1" "$code, $(head -c 600 stderr)"
}

expect_line() { # FILE PATTERN WHAT
  grep -Eq -- "$2" "$1" || fail "$3" "a line in $1 that matches: $2" "$(head -c 4000 "$1")"
}

expect_empty() { # FILE WHAT
  [ ! -s "$1" ] || fail "$2" "nothing on $1" "$(head -c 600 "$1")"
}

succeeds() {
  run "$@"
  expect_code 0 "clif-bench $*"
  expect_empty stderr "clif-bench $*"
}

# A mistake gives this exit code and one sentence with these words, and no figures.
refuses() { # CODE PATTERN ARGUMENT...
  wanted=$1
  words=$2
  shift 2
  run "$@"
  expect_code "$wanted" "clif-bench $*"
  expect_line stderr '^clif-bench: ' "clif-bench $*"
  expect_line stderr "$words" "clif-bench $*"
  [ "$(wc -l <stderr)" -eq 1 ] || fail "clif-bench $*" "one line on stderr" "$(cat stderr)"
  expect_empty stdout "clif-bench $*"
}

tiny() { # further ARGUMENTs
  # shellcheck disable=SC2086
  succeeds network $tiny "$@"
}

help_and_version() {
  for about in "" network; do
    # shellcheck disable=SC2086
    succeeds $about --help
    expect_line stdout '^usage: clif-bench' "clif-bench $about --help"
    example=$(sed -n '/^example/,$ s/^  clif-bench //p' stdout)
    [ -n "$example" ] || fail "clif-bench $about --help" "an example" "$(cat stdout)"
    # shellcheck disable=SC2086
    succeeds $example --repeat 1
  done
  succeeds --version
  expect_line stdout '^clif-bench [0-9]+\.[0-9]+\.[0-9]+ ' "clif-bench --version"
}

wrong_usage() {
  refuses 2 'no command'
  refuses 2 "unknown command 'frobnicate'" frobnicate
  refuses 2 "'--json'" --json network
  refuses 2 "'extra'" network extra
  refuses 2 "unknown .*'--colour'" network --colour
  refuses 2 "'-q'" network -q
  refuses 2 "'--steps' needs a value" network --steps
  refuses 2 "'--json=1' takes no value" network --json=1
  refuses 2 '--json and --csv' network --json --csv
  for option in steps batch repeat seed; do
    for value in 0 -1 1.5 x 99999999999999999999 ''; do
      refuses 2 "^clif-bench: --$option .*not '$value'" network --$option "$value"
    done
  done
  refuses 2 "--repeat .*not '1000001'" network --repeat 1000001
  for value in 0 -0.1 1.01 nan x ''; do
    refuses 2 "^clif-bench: --density .*not '$value'" network --density "$value"
  done
  for value in 64 '' ',' '64,' ',10' '64,,10' '64,0' '64,x' '64 10'; do
    refuses 2 "^clif-bench: --layers .*not '$value'" network --layers "$value"
  done
  refuses 1 'no-such-device' network --device no-such-device
  # More bytes than can be counted.
  refuses 1 '' network --layers 4000000000,4 --batch 4000000000 --steps 4000000000
}

table() {
  tiny
  for line in '^device   ' '^network  20 -> 33 -> 5, 12 steps, 3 samples, density 0\.3, seed 1$' \
    '^layer    input +20 wide  spikes +[0-9]+  rate 0\.[0-9]+$' \
    '^layer    lif1 +33 wide  spikes +[0-9]+  rate 0\.[0-9]+$' \
    '^layer    lif2 +5 wide  spikes +[0-9]+  rate 0\.[0-9]+$' '^work     1\.368e\+03 neuron ' \
    '^plan     clblast  tile of [0-9]+ steps x [0-9]+ samples, [0-9]+ commands per tile, ' \
    '^plan     plain    ' '^spikes   the same in all runs$' \
    '^clblast  whole ' '^plain    whole ' '^clblast  in chunks ' '^plain    in chunks ' \
    '^ratio    plain / clblast, whole ' '^ratio    chunks / whole, clblast ' \
    '^ratio    chunks / whole, plain ' '^prepare  clblast  first .* second ' '^prepare  plain '; do
    expect_line stdout "$line" "the table"
  done
  grep '^layer' stdout >layers
  tiny --seed 2
  grep '^layer' stdout | cmp -s - layers && fail "--seed 2" "other spikes than --seed 1" "the same"
  tiny --seed 1 --repeat 1
  grep '^layer' stdout | cmp -s - layers || fail "--seed 1" "the same spikes again" "$(cat stdout)"
  tiny --density 1 --steps 1
  expect_line stdout '^layer    input .* spikes +60  rate 1\.0000$' "--density 1"
  succeeds network --layers 1,1 --batch 1 --steps 5 --repeat 2
}

# Weights are scaled so that layers fire in 1 to 30 percent of all steps.
rates() {
  for settings in '' '--density 0.05' '--layers 256,128,128,128,128,20 --batch 20 --steps 40'; do
    # shellcheck disable=SC2086
    succeeds network $settings --repeat 1
    sed -n 's/^layer    lif.* rate //p' stdout |
      awk '{ n++; if ($1 < 0.01 || $1 > 0.3) exit 1 } END { if (n == 0) exit 1 }' ||
      fail "clif-bench network $settings" "rates from 0.01 to 0.3" "$(grep '^layer' stdout)"
  done
}

json() {
  tiny --json
  for key in benchmark clif device name platform driver compute_units settings layers steps batch \
    density repeat seed chunk_steps width spikes rate work neuron_updates synapses_dense \
    synapses_events same_spikes ways clblast plain plan tile_steps tile_batch commands_per_tile \
    device_bytes prepare_first_seconds prepare_second_seconds seconds seconds_in_chunks min median \
    max ratio_chunks_whole ns_per_neuron_update synapses_per_second_dense \
    synapses_per_second_events ratio_plain_clblast; do
    expect_line stdout "\"$key\": " "--json"
    grep -q "\`$key\`" "$source/bench/README.md" || fail "bench/README.md" "the key $key" "none"
  done
  grep -Eiq '(: |-)(nan|inf)' stdout && fail "--json" "no NaN, no infinity" "$(cat stdout)"
  if command -v python3 >/dev/null 2>&1; then
    python3 -m json.tool <stdout >parsed 2>&1 || fail "--json" "JSON" "$(cat parsed)"
  fi
}

csv() {
  tiny --csv
  sed 's/"[^"]*"/text/g; s/[^,]//g' stdout | sort -u >commas
  [ "$(wc -l <stdout)" -eq 3 ] || fail "--csv" "three lines" "$(cat stdout)"
  [ "$(wc -l <commas)" -eq 1 ] || fail "--csv" "as many fields in each line" "$(cat stdout)"
  expect_line stdout '^way,device,layers,' "--csv"
  expect_line stdout '^clblast,".*","20,33,5",12,3,0\.3,2,1,5,' "--csv"
  expect_line stdout '^plain,".*","20,33,5",12,3,0\.3,2,1,5,' "--csv"
}

# With a plain kernel that is wrong in one row, which the library's own check does not look at, the
# spikes differ.
other_spikes() {
  cp -r "$source/cl" kernels
  sed 's/sum = 0\.0f/sum = row == 7 ? 1.5f : 0.0f/' "$source/cl/linear.cl" >kernels/linear.cl
  cmp -s kernels/linear.cl "$source/cl/linear.cl" &&
    fail "this test" "a plain kernel that it can break" "the kernel as it was"
  export CLIF_KERNEL_DIR="$work/kernels"
  # shellcheck disable=SC2086
  refuses 1 'plain gives other output spikes .* step [0-9]+, sample [0-9]+, neuron [0-9]+' \
    network $tiny
  unset CLIF_KERNEL_DIR
}

unwritable() {
  [ -c /dev/full ] || return 0
  # shellcheck disable=SC2086
  "$bench" network $tiny >/dev/full 2>stderr
  code=$?
  expect_code 1 "figures that cannot be written"
}

help_and_version
wrong_usage
table
rates
json
csv
other_spikes
unwritable

if [ $failures -ne 0 ]; then
  echo "$failures checks failed"
  exit 1
fi
echo "all checks passed"

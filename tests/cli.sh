#!/bin/sh
# The program as a stranger meets it: help, mistakes, exit codes, results, files and pipes.
# usage: cli.sh CLIF_PROGRAM SOURCE_DIRECTORY

clif=$1
source=$2
if [ ! -x "$clif" ] || [ ! -d "$source/examples" ]; then
  echo "usage: cli.sh CLIF_PROGRAM SOURCE_DIRECTORY" >&2
  exit 2
fi
case $clif in /*) ;; *) clif=$PWD/$clif ;; esac
case $source in /*) ;; *) source=$PWD/$source ;; esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

model=$source/examples/digits/digits.nir
input=$source/examples/digits/input_spikes.npy
labels=$source/examples/digits/labels.npy
failures=0

fail() { # WHAT EXPECTED GOT
  printf 'FAILED  %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# Runs the program; its exit code, output and messages are in $code, ./stdout and ./stderr.
run() {
  "$clif" "$@" >stdout 2>stderr </dev/null
  code=$?
}

expect_code() { # CODE WHAT
  [ "$code" = "$1" ] || fail "$2" "exit code $1" "$code, $(head -c 600 stderr)"
}

expect_line() { # FILE PATTERN WHAT
  grep -Eq -- "$2" "$1" || fail "$3" "a line in $1 that matches: $2" "$(head -c 2000 "$1")"
}

expect_empty() { # FILE WHAT
  [ ! -s "$1" ] || fail "$2" "nothing on $1" "$(head -c 600 "$1")"
}

succeeds() {
  run "$@"
  expect_code 0 "clif $*"
}

# A mistake gives this exit code and one sentence with these words, and no report.
refuses() { # CODE PATTERN ARGUMENT...
  wanted=$1
  words=$2
  shift 2
  run "$@"
  expect_code "$wanted" "clif $*"
  grep -Ev '^clif: (note|warning): ' stderr >sentence
  expect_line sentence '^clif: ' "clif $*"
  expect_line sentence "$words" "clif $*"
  [ "$(wc -l <sentence)" -eq 1 ] || fail "clif $*" "one line on stderr" "$(cat sentence)"
  expect_empty stdout "clif $*"
}

npy_head() { # DTYPE SHAPE
  printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
}

zeros() { head -c "$1" /dev/zero; }

repeat() { # TIMES PRINTF-FORMAT
  i=0
  while [ "$i" -lt "$1" ]; do
    # shellcheck disable=SC2059
    printf "$2"
    i=$((i + 1))
  done
}

payload() { tail -c "$2" "$1"; } # FILE BYTES

same_payload() { # FILE EXPECTED BYTES WHAT
  payload "$1" "$3" >a.bytes
  payload "$2" "$3" >b.bytes
  cmp a.bytes b.bytes >difference 2>&1 || fail "$4" "the bytes of $2" "$(cat difference)"
}

expect_array() { # FILE DTYPE SHAPE WHAT
  head -c 128 "$1" >header
  if ! grep -aFq "'descr': '$2'" header || ! grep -aFq "'shape': ($3)" header; then
    fail "$4" "$2 of shape ($3)" "$(tr -cd '[:print:]' <header)"
  fi
}

digits() { # further ARGUMENTs
  succeeds run "$model" "$input" --dt 1e-3 --labels "$labels" "$@"
  expect_line stdout '^accuracy 0\.975 \(351/360\)$' "digits with $*"
}

help_and_version() {
  for about in "" devices run; do
    # shellcheck disable=SC2086
    succeeds $about --help
    expect_line stdout '^usage: clif' "clif $about --help"
    expect_empty stderr "clif $about --help"
    example=$(sed -n '/^example/,$ s/^  clif //p' stdout)
    [ -n "$example" ] || fail "clif $about --help" "an example" "$(cat stdout)"
    # shellcheck disable=SC2086
    (cd "$source" && "$clif" $example) >stdout 2>stderr
    code=$?
    expect_code 0 "the example of clif $about --help: clif $example"
  done
  version=$(sed -n 's/^#define CLIF_VERSION_M[A-Z]* //p; s/^#define CLIF_VERSION_PATCH //p' \
    "$source/include/clif/version.h" | paste -sd. -)
  succeeds --version
  expect_line stdout "^clif $version " "clif --version"
}

devices() {
  succeeds devices
  expect_line stdout '^  id +name +type +units +memory +largest +driver$' "the table's head"
  expect_line stdout '^\* [0-9]+:[0-9]+ ' "a chosen device"
  id=$(sed -n 's/^\* \([0-9:]*\) .*/\1/p' stdout)
  digits --device "$id"
  real=$clif
  mkdir no-drivers
  printf '#!/bin/sh\nOCL_ICD_VENDORS="%s" exec "%s" "$@"\n' "$work/no-drivers" "$real" >no-drivers.sh
  chmod +x no-drivers.sh
  clif=$work/no-drivers.sh
  refuses 1 'no OpenCL device.* install' devices
  refuses 1 'no OpenCL' run "$model" "$input" --dt 1e-3
  clif=$real
  refuses 1 'no-such-device' run "$model" "$input" --dt 1e-3 --device no-such-device
}

wrong_usage() {
  refuses 2 'no command'
  refuses 2 "unknown command 'frobnicate'" frobnicate
  refuses 2 "'--quiet'" --quiet run
  refuses 2 "'--colour'" devices --colour
  refuses 2 "'everything'" devices everything
  refuses 2 'MODEL.nir and INPUT.npy are missing' run
  refuses 2 'INPUT.npy is missing' run "$model"
  refuses 2 "'third'" run "$model" "$input" third
  refuses 2 "'--colour'" run "$model" "$input" --colour
  refuses 2 "'-x'" run "$model" "$input" -x
  refuses 2 "'--dt' needs a value" run "$model" "$input" --dt
  refuses 2 "'--quiet=3' takes no value" run "$model" "$input" --quiet=3
  for value in 0 -1 abc nan inf 1e-3s ""; do
    refuses 2 "--dt .*'$value'" run "$model" "$input" --dt "$value"
  done
  for option in --batch --chunk; do
    for value in 0 -1 1.5 abc "" 99999999999999999999; do
      refuses 2 "$option .*'$value'" run "$model" "$input" --dt 1e-3 "$option" "$value"
    done
  done
  for value in 0 -1 1X K 1.5G 99999999999T; do
    refuses 2 "--max-memory .*'$value'" run "$model" "$input" --dt 1e-3 --max-memory "$value"
  done
  for option in --compat --if-gain --linear; do
    refuses 2 "$option is .*'odd'" run "$model" "$input" --dt 1e-3 "$option" odd
  done
  for value in lif1 lif1= =x.npy; do
    refuses 2 "--record .*'$value'" run "$model" "$input" --dt 1e-3 --record "$value"
  done
  refuses 2 'standard input' run - "$input" --dt 1e-3
  refuses 2 'the model comes first' run "$input" "$model" --dt 1e-3
  refuses 2 'is a model' run "$model" "$model" --dt 1e-3
  refuses 2 "two outputs go to 'x.npy'" run "$model" "$input" --dt 1e-3 --out x.npy --record a=x.npy
  cp "$model" mine.nir
  refuses 2 'would be overwritten' run mine.nir "$input" --dt 1e-3 --out ./mine.nir
  cmp mine.nir "$model" || fail "--out on the model" "the model untouched" "another file"
}

wrong_files() {
  refuses 1 "no-such.nir" run no-such.nir "$input" --dt 1e-3
  refuses 1 "no-such.npy" run "$model" no-such.npy --dt 1e-3
  refuses 1 "no-such.npy" run "$model" "$input" --dt 1e-3 --labels no-such.npy
  refuses 1 "directory" run "$model" . --dt 1e-3
  refuses 1 "no-such-dir" run "$model" "$input" --dt 1e-3 --out no-such-dir/out.npy
  refuses 1 "no-such-dir" run "$model" "$input" --dt 1e-3 --record "$hidden=no-such-dir/out.npy"
  refuses 1 "directory" run "$model" "$input" --dt 1e-3 --out .
  refuses 1 "no node 'nobody'; it has .*$hidden" \
    run "$model" "$input" --dt 1e-3 --record nobody=out.npy
  refuses 1 "--dt" run "$model" "$input"
  refuses 1 "tau" run "$model" "$input" --dt 1 # longer than the time constants
  [ ! -e out.npy ] || fail "refused runs" "no output file" "out.npy is there"

  echo "not a model" >text
  refuses 1 "text" run text "$input" --dt 1e-3
  refuses 1 "text" run "$model" text --dt 1e-3
  head -c 500000 "$input" >short.npy
  refuses 1 "short.npy" run "$model" short.npy --dt 1e-3
}

wrong_arrays() {
  { npy_head '|u1' '2, 3, 63' && zeros 378; } >narrow.npy
  refuses 1 '\(2, 3, 63\).*\(T, B, 64\)' run "$model" narrow.npy --dt 1e-3
  { npy_head '|u1' '2, 63' && zeros 126; } >narrow2.npy
  refuses 1 '\(2, 63\).*\(T, B, 64\)' run "$model" narrow2.npy --dt 1e-3
  { npy_head '|u1' '64,' && zeros 64; } >flat.npy
  refuses 1 '\(64,\).*\(T, B, 64\)' run "$model" flat.npy --dt 1e-3
  { npy_head '|u1' '2, 1, 8, 8' && zeros 128; } >square.npy
  refuses 1 '\(2, 1, 8, 8\).*\(T, B, 64\)' run "$model" square.npy --dt 1e-3
  { npy_head '<f4' '2, 1, 64' && zeros 400 && printf '\000\000\300\177' && zeros 108; } >nan.npy
  refuses 1 'step 1, sample 0, element 36' run "$model" nan.npy --dt 1e-3 --quiet
  refuses 1 'counting from step 1 and sample 0: ' run "$model" nan.npy --dt 1e-3 --quiet --chunk 1

  { npy_head '|u1' '2, 1, 64' && zeros 128; } >one.npy
  { npy_head '|u1' '1,' && printf '\012'; } >ten.npy
  { npy_head '<i8' '1,' && repeat 8 '\377'; } >negative.npy
  { npy_head '<f4' '1,' && zeros 4; } >real.npy
  { npy_head '|u1' '1, 1' && zeros 1; } >table.npy
  refuses 1 'label 10 of sample 0 is outside 0\.\.9' run "$model" one.npy --dt 1e-3 --labels ten.npy
  refuses 1 'label -1 of sample 0' run "$model" one.npy --dt 1e-3 --labels negative.npy
  refuses 1 'float32' run "$model" one.npy --dt 1e-3 --labels real.npy
  refuses 1 '\(1, 1\)' run "$model" one.npy --dt 1e-3 --labels table.npy
  refuses 1 '360 entries.* 1 samples' run "$model" one.npy --dt 1e-3 --labels "$labels"
}

results() {
  digits
  for line in '^device   ' "^input    .*\(25, 360, 64\) uint8$" '^network  .*360 samples$' \
    "^layer    $hidden +lif +\(128,\) +spikes +[0-9]+ +rate 0\.[0-9]+$" \
    '^time     prepared in [0-9.]+ s, run in [0-9.]+ s$' '^memory   .*B on the device'; do
    expect_line stdout "$line" "the report"
  done
  grep '^layer' stdout >layers

  # Spikes and rates are those of the whole run, however it is cut.
  for cut in '--batch 7' '--chunk 4' '--batch 100 --chunk 10' '--batch 999 --chunk 999' \
    '--max-memory 1M' '--linear plain' '--compat snntorch'; do
    # shellcheck disable=SC2086
    digits $cut --record "$hidden=hidden.npy" --out out.npy
    grep '^layer' stdout | cmp - layers >difference 2>&1 ||
      fail "$cut" "the layer lines of the plain run" "$(cat stdout)"
    same_payload hidden.npy "$golden/snntorch_hidden_spikes.npy" 1152000 "$cut: hidden spikes"
    same_payload out.npy "$golden/snntorch_output_spikes.npy" 90000 "$cut: output spikes"
  done
  expect_array hidden.npy '|u1' '25, 360, 128' "the hidden spikes"
  expect_array out.npy '|u1' '25, 360, 10' "the output spikes"

  # Options behind, before and between the files; the output layer asked for twice.
  succeeds run --quiet "$model" --dt=1e-3 "$input" --out out.npy --record "$output=twice.npy"
  cmp out.npy twice.npy || fail "the output layer recorded by its name" "the same file" "another"

  digits --explain
  lines=$(wc -l <stdout)
  digits
  [ "$lines" -gt "$(wc -l <stdout)" ] || fail "--explain" "a plan in the report" "as long as without"
  refuses 1 'above the cap of 1024' run "$model" "$input" --dt 1e-3 --max-memory 1K --quiet
}

potentials() {
  digits --record "$hidden.v=v.npy" --record "$hidden.v_pre=v_pre.npy" --batch 50 --chunk 7
  expect_array v.npy '<f4' '25, 360, 128' "the membrane potential"
  expect_array v_pre.npy '<f4' '25, 360, 128' "the membrane potential before the reset"
  # They differ where a neuron fired, and only there v is the reset's 0.
  cmp -s v.npy v_pre.npy && fail "v and v_pre" "two different files" "the same bytes"
  refuses 1 'membrane potential' run "$model" "$input" --dt 1e-3 --record "$source_node.v=x.npy"
}

# One sample as (T, n), and numbers of every kind: the same spikes.
input_forms() {
  payload "$input" 576000 >spikes.bytes
  npy_head '|u1' '25, 64' >sample.npy
  payload "$golden/snntorch_output_spikes.npy" 90000 >golden.bytes
  : >expected.npy
  t=0
  while [ $t -lt 25 ]; do
    dd if=spikes.bytes bs=64 skip=$((t * 360 + 17)) count=1 2>/dev/null >>sample.npy
    dd if=golden.bytes bs=10 skip=$((t * 360 + 17)) count=1 2>/dev/null >>expected.npy
    t=$((t + 1))
  done
  succeeds run "$model" sample.npy --dt 1e-3 --out out.npy
  expect_array out.npy '|u1' '25, 1, 10' "the output of one sample"
  same_payload out.npy expected.npy 250 "the output of one sample"

  { npy_head '|u1' '25, 1, 64' && repeat 1600 '\001'; } >ones_u1.npy
  { npy_head '<f4' '25, 1, 64' && repeat 1600 '\000\000\200\077'; } >ones_f4.npy
  { npy_head '<f8' '25, 1, 64' && repeat 1600 '\000\000\000\000\000\000\360\077'; } >ones_f8.npy
  { npy_head '<i8' '25, 1, 64' && repeat 1600 '\001\000\000\000\000\000\000\000'; } >ones_i8.npy
  for kind in u1 f4 f8 i8; do
    succeeds run "$model" ones_$kind.npy --dt 1e-3 --record "$hidden=out_$kind.npy"
    cmp out_u1.npy out_$kind.npy || fail "ones as $kind" "the spikes of uint8" "others"
  done
  expect_line stdout '^input    converted from int64 to float32$' "int64 input"
}

streams() {
  "$clif" run "$model" - --dt 1e-3 --labels "$labels" <"$input" >stdout 2>stderr
  expect_line stdout '^accuracy 0\.975 \(351/360\)$' "input from a redirection"
  # shellcheck disable=SC2002
  cat "$input" | "$clif" run "$model" - --dt 1e-3 --labels "$labels" >stdout 2>stderr
  expect_line stdout '^accuracy 0\.975 \(351/360\)$' "input from a pipe"

  for name in - /dev/stdout; do
    "$clif" run "$model" "$input" --dt 1e-3 --labels "$labels" --out $name 2>stderr | cat >piped.npy
    expect_array piped.npy '|u1' '25, 360, 10' "--out $name"
    same_payload piped.npy "$golden/snntorch_output_spikes.npy" 90000 "--out $name"
    expect_line stderr '^accuracy 0\.975 \(351/360\)$' "the report beside --out $name"
  done
  "$clif" run "$model" "$input" --dt 1e-3 --record "$hidden=-" --quiet 2>stderr >redirected.npy
  same_payload redirected.npy "$golden/snntorch_hidden_spikes.npy" 1152000 "--record to a redirection"
  expect_empty stderr "--quiet beside --record -"
  [ -L /dev/stdout ] || [ ! -e /proc/self/fd ] || fail "--out -" "/dev/stdout still a link" "gone"

  succeeds run "$model" "$input" --dt 1e-3 --labels "$labels" --quiet
  expect_empty stdout "--quiet"
  expect_empty stderr "--quiet"
  if [ -c /dev/full ]; then
    "$clif" run "$model" "$input" --dt 1e-3 >/dev/full 2>stderr
    code=$?
    expect_code 1 "a report that cannot be written"
    "$clif" run "$model" "$input" --dt 1e-3 --out - >/dev/full 2>stderr
    code=$?
    expect_code 1 "an output that cannot be written"
  fi
}

# Long enough that the signal comes while it runs: --explain tells when that has begun. No bar is
# drawn although it takes more than a second, as stderr is no terminal.
interrupted() {
  { npy_head '|u1' '400000, 1, 64' && zeros 25600000; } >long.npy
  rm -f stdout stderr pid
  (
    while [ ! -s stdout ] && [ ! -e over ]; do sleep 0.1; done
    sleep 1.5
    kill -INT "$(cat pid)"
  ) &
  # Not the program in the background: there a shell has SIGINT ignored.
  # shellcheck disable=SC2016
  sh -c 'echo $$ >pid; exec "$@"' sh "$clif" run "$model" long.npy --dt 1e-3 --chunk 1 --explain \
    --out long_out.npy >stdout 2>stderr </dev/null
  code=$?
  : >over
  wait $!
  expect_code 130 "Ctrl-C"
  expect_line stderr '^clif: stopped by Ctrl-C ' "Ctrl-C"
  [ ! -e long_out.npy ] || fail "Ctrl-C" "no output file" "long_out.npy is there"
  tr -cd '\r\033' <stderr >bar
  expect_empty bar "no progress bar where stderr is a file"
}

golden=$source/tests/data/digits
run run "$model" "$input" --dt 1e-3
names=$(sed -n 's/^layer    \([^ ]*\) *lif .*/\1/p' stdout)
source_node=$(sed -n 's/^layer    \([^ ]*\) *input .*/\1/p' stdout)
hidden=$(printf '%s\n' "$names" | sed -n 1p)
output=$(printf '%s\n' "$names" | sed -n 2p)
if [ -z "$output" ]; then
  fail "clif run on the digits" "a report with two lif layers" "$(cat stdout stderr)"
  exit 1
fi

help_and_version
devices
wrong_usage
wrong_files
wrong_arrays
results
potentials
input_forms
streams
interrupted

if [ $failures -ne 0 ]; then
  echo "$failures checks failed"
  exit 1
fi
echo "all checks passed"

#!/bin/sh
# The program as a stranger meets it: help, mistakes, exit codes, results, files and pipes.
# usage: cli.sh CLIF_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

model=$source/examples/digits/digits.nir
input=$source/examples/digits/input_spikes.npy
images=$source/examples/digits/images.npy
labels=$source/examples/digits/labels.npy

digits() { # further ARGUMENTs
  succeeds run "$model" "$input" --dt 1e-3 --labels "$labels" "$@"
  expect_line stdout '^accuracy 0\.975 \(351/360\)$' "digits with $*"
}

help_and_version() {
  for about in "" devices run; do
    try_examples "$about"
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
    '--max-memory 1M' '--linear events' '--linear dense --dense clblast' '--profile' \
    '--compat snntorch'; do
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
  digits --profile
  expect_line stdout '^    measured [0-9.e-]+ ms each of 1 tiles, at most .*GB/s, .* G synapses/s$' \
    "--profile"
  refuses 2 "^clif: --linear is auto, dense or events, not 'plain'" run "$model" "$input" --dt 1e-3 \
    --linear plain
  refuses 2 "^clif: --dense is auto, clblast or cblas, not 'mkl'" run "$model" "$input" --dt 1e-3 \
    --dense mkl
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

stages() {
  refuses 2 '^clif: --quiet and --log exclude each other; ' run "$model" "$input" --log --quiet
  ran='ran 25 steps x 360 samples in [0-9.e-]+ s: [0-9.e]+ steps x samples/s'
  loaded="loaded '$model' and '$input' in [0-9.e-]+ s"
  expect_stages "$loaded
prepared in [0-9.e-]+ s
$ran" run "$model" "$input" --dt 1e-3 --batch 100 --chunk 7
  expect_stages "$loaded
prepared in [0-9.e-]+ s
$ran
wrote 1 file in [0-9.e-]+ s" run "$model" "$input" --dt 1e-3 --out out.npy
}

interrupted() {
  { npy_head '|u1' '400000, 1, 64' && zeros 25600000; } >long.npy
  interrupts run "$model" long.npy --dt 1e-3 --chunk 1 --explain --out long_out.npy
}

# ---- noise, chance, moving thresholds ------------------------------------------------------------

neuron_options() {
  wrong_neurons run "$model" "$input" --dt 1e-3
  refuses 2 '--refractory needs --dt' run "$model" "$input" --refractory 1e-3

  succeeds run "$model" "$input" --dt 1e-3 --out plain.npy
  if grep -q '^seed' stdout; then fail "no chance" "no line about a seed" "$(cat stdout)"; fi
  # What is switched on and does nothing.
  digits --noise 0 --refractory 0 --seed 5 --out out.npy
  expect_same out.npy plain.npy "options of 0"
  if grep -Eq '^(neurons|seed)' stdout; then
    fail "options of 0" "no lines about neurons and a seed" "$(cat stdout)"
  fi
  digits --noise 0 --refractory 0 --adaptive --eta 0 --th-min 1e-6 --th-max 1e6 --out out.npy
  expect_same out.npy plain.npy "options that do nothing"

  chance="--stochastic --slope 20 --noise 0.05 --adaptive --eta 0.02 --th-min 0.1 --refractory 2e-3"
  # shellcheck disable=SC2086
  succeeds run "$model" "$input" --dt 1e-3 $chance --seed 7 --record "$hidden=h.npy" \
    --record "$hidden.v=v.npy" --record "$hidden.th=th.npy" --out o.npy
  expect_line stdout '^seed     7$' "the seed"
  expect_line stdout '^neurons  all lif and if layers, noise 0.05, stochastic with slope 20, ' \
    "the neurons' options"
  expect_array th.npy '<f4' '25, 360, 128' "the threshold"
  expect_other o.npy plain.npy "chance"
  for cut in '--batch 7' '--chunk 4' '--batch 100 --chunk 9' '--max-memory 1M'; do
    # shellcheck disable=SC2086
    succeeds run "$model" "$input" --dt 1e-3 $chance --seed 7 $cut --record "$hidden=h2.npy" \
      --record "$hidden.v=v2.npy" --record "$hidden.th=th2.npy" --out o2.npy
    for file in h v th o; do expect_same ${file}2.npy $file.npy "random numbers with $cut"; done
  done
  # shellcheck disable=SC2086
  succeeds run "$model" "$input" --dt 1e-3 $chance --seed 8 --record "$hidden=h2.npy"
  expect_other h2.npy h.npy "another seed"

  # Two steps of silence after every spike.
  payload h.npy 1152000 | od -An -v -tu1 -w46080 | awk '
    { for (i = 1; i <= NF; i++) if ($i) { if (NR - last[i] < 3 && last[i]) bad++; last[i] = NR; n++ } }
    END { print n + 0, bad + 0 }' >silence
  expect_line silence '^[1-9][0-9]* 0$' "a refractory period of two steps"
}

# tests/data/neurons/if.nir: one IF neuron, v + I, fires above 0.5. Its own dt is 1, but here too a
# refractory period is in the unit of --dt.
refractory_if() {
  { npy_head '|u1' '9, 1, 1' && repeat 9 '\001'; } >ones.npy
  while read -r expected options; do
    # shellcheck disable=SC2086
    succeeds run "$source/tests/data/neurons/if.nir" ones.npy $options --out out.npy
    found=$(payload out.npy 9 | od -An -v -tu1 -w9 | tr -d ' ')
    [ "$found" = "$expected" ] || fail "an IF neuron with $options" "$expected" "$found"
  done <<END
111111111
100100100 --dt 0.5 --refractory 1
100010001 --dt 0.5 --refractory 1.25
100001000 --dt 0.25 --refractory 1
END
}

# ---- input coding --------------------------------------------------------------------------------

wrong_coding() {
  refuses 2 "--coding is none, rate, latency or delta, not 'odd'" \
    run "$model" "$images" --dt 1e-3 --coding odd
  refuses 2 "--gain is .*'0'" run "$model" "$images" --dt 1e-3 --coding delta --gain 0
  refuses 1 'threshold is 0; .* delta' \
    run "$model" "$images" --dt 1e-3 --coding delta --coding-threshold 0
  refuses 1 'threshold is 1; .* latency' \
    run "$model" "$images" --dt 1e-3 --coding latency --coding-threshold 1
  for option in --gain --coding-threshold; do
    for value in -1 abc nan inf ""; do
      refuses 2 "$option is .*'$value'" \
        run "$model" "$images" --dt 1e-3 --coding delta "$option" "$value"
    done
  done
  for value in 0 -1 1.5 abc nan inf ""; do
    refuses 2 "--steps is .*'$value'" \
      run "$model" "$images" --dt 1e-3 --coding rate --steps "$value"
  done
  for alone in '--gain 2' '--steps 3' '--coding-threshold 0.5' --negative; do
    # shellcheck disable=SC2086
    refuses 2 "${alone% *} has no effect without --coding" run "$model" "$input" --dt 1e-3 $alone
    # shellcheck disable=SC2086
    refuses 2 "${alone% *} has no effect without" \
      run "$model" "$input" --dt 1e-3 --coding none $alone
  done
  for alone in '' '--coding none' '--coding latency' '--coding delta' --adaptive; do
    # shellcheck disable=SC2086
    refuses 2 '--seed has no effect without' run "$model" "$images" --dt 1e-3 --seed 5 $alone
  done
  refuses 2 '--coding-threshold has no effect with --coding rate' \
    run "$model" "$images" --dt 1e-3 --coding rate --coding-threshold 0.5
  refuses 2 '--negative .* --coding delta' \
    run "$model" "$images" --dt 1e-3 --coding latency --negative
  refuses 1 '--steps .* 25 steps of its own' \
    run "$model" "$input" --dt 1e-3 --coding rate --steps 25
  refuses 1 '\(2, 63\).*\(T, B, 64\).*\(B, 64\): still images' \
    run "$model" narrow2.npy --dt 1e-3 --coding rate
  { npy_head '<f4' '2, 64' && zeros 400 && printf '\000\000\300\177' && zeros 108; } >nan_image.npy
  refuses 1 'sample 1, element 36' run "$model" nan_image.npy --dt 1e-3 --coding rate --quiet
  refuses 1 '360 entries.* 2 samples' \
    run "$model" narrow_images.npy --dt 1e-3 --coding rate --labels "$labels"
}

coding() {
  { npy_head '|u1' '2, 64' && zeros 128; } >narrow_images.npy
  wrong_coding

  # Every number is one spike or none: of what is a spike already nothing changes.
  digits --coding rate --out out.npy
  same_payload out.npy "$golden/snntorch_output_spikes.npy" 90000 "rate coding of zeros and ones"

  succeeds run "$model" "$images" --dt 1e-3 --coding rate --seed 3 --labels "$labels" --out rate.npy \
    --record "$hidden=rate_h.npy"
  expect_array rate.npy '|u1' '25, 360, 10' "25 steps of still images"
  expect_between stdout 's/^accuracy \([0-9.]*\) .*/\1/p' 0.9 1 "digits from images"
  expect_line stdout '^coding   rate, gain 1, still images shown for 25 steps' "the coding"
  expect_line stdout '^seed     3$' "the seed of the coding"
  # 25 x the sum of all pixels is 175519, with a standard deviation of 201.
  expect_between stdout 's/^layer    [^ ]* *input .* spikes *\([0-9]*\) .*/\1/p' 174315 176723 \
    "spikes of rate coding"
  for cut in '--batch 7' '--chunk 4' '--batch 100 --chunk 9' '--steps 25'; do
    # shellcheck disable=SC2086
    succeeds run "$model" "$images" --dt 1e-3 --coding rate --seed 3 $cut --out out.npy \
      --record "$hidden=h.npy"
    expect_same out.npy rate.npy "rate coding with $cut"
    expect_same h.npy rate_h.npy "rate coding with $cut"
  done
  succeeds run "$model" "$images" --dt 1e-3 --coding rate --seed 4 --record "$hidden=h.npy"
  expect_other h.npy rate_h.npy "rate coding with another seed"

  # One spike for every pixel above the threshold, and none for the others.
  spikes='s/^layer    [^ ]* *input .* spikes *\([0-9]*\) .*/\1/p'
  succeeds run "$model" "$images" --dt 1e-3 --coding latency --steps 40 --out out.npy
  expect_array out.npy '|u1' '40, 360, 10' "40 steps of still images"
  expect_between stdout "$spikes" 11723 11723 "spikes of latency coding"
  if grep -q '^seed' stdout; then fail "latency coding" "no line about a seed" "$(cat stdout)"; fi
  succeeds run "$model" "$images" --dt 1e-3 --coding latency --steps 40 --chunk 7 --batch 50 \
    --out out2.npy
  expect_same out2.npy out.npy "latency coding in parts"
  # 1, 0.5 and 0.02 in five steps: the first, the middle one and the last.
  { npy_head '<f4' '1, 64' && printf '\000\000\200\077\000\000\000\077\012\327\243\074' && zeros 244; } \
    >three.npy
  succeeds run "$model" three.npy --dt 1e-3 --coding latency --steps 5 --record "$source_node=coded.npy"
  expect_array coded.npy '|u1' '5, 1, 64' "the input as spikes"
  found=$(payload coded.npy 320 | od -An -v -tu1 -w64 | awk '{ printf "%d%d%d%d ", $1, $2, $3, $4 }')
  [ "$found" = "1000 0000 0100 0000 0010 " ] ||
    fail "times of latency coding" "1000 0000 0100 0000 0010" "$found"
  # From 0 to the image in the first step, and nothing after it.
  succeeds run "$model" "$images" --dt 1e-3 --coding delta
  expect_between stdout "$spikes" 10904 10904 "spikes of delta coding"
  while read -r wanted options; do
    # shellcheck disable=SC2086
    succeeds run "$model" "$images" --dt 1e-3 $options
    expect_between stdout "$spikes" "$wanted" "$wanted" "spikes with $options"
  done <<END
6723 --coding latency --coding-threshold 0.5
4416 --coding latency --coding-threshold 0.4 --gain 0.5
END
  # Twice up and once down, by 1.
  { npy_head '|u1' '4, 1, 64' && zeros 64 && repeat 64 '\001' && zeros 64 && repeat 64 '\001'; } >wave.npy
  while read -r wanted options; do
    # shellcheck disable=SC2086
    succeeds run "$model" wave.npy --dt 1e-3 --coding delta $options
    expect_between stdout "$spikes" "$wanted" "$wanted" "spikes of delta coding with $options"
  done <<END
128
192 --negative
0 --gain 0.05
128 --gain 0.05 --coding-threshold 0.04
0 --coding-threshold 1.5 --negative
END
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
neuron_options
refractory_if
coding
stages
interrupted

finish

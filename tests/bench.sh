#!/bin/sh
# The benchmark program: help, mistakes, exit codes, and what it prints. No time is looked at.
# usage: bench.sh CLIF_BENCH_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

# One IF neuron, which needs no linear layer compiled, and five steps of input for it.
one_neuron=$source/tests/data/neurons/if.nir
{
  npy_head '|u1' '5, 1, 1'
  repeat 5 '\001'
} >ones.npy

tiny="--layers 20,33,5 --steps 12 --batch 3 --repeat 2"
tiny() { # further ARGUMENTs
  # shellcheck disable=SC2086
  succeeds network $tiny "$@"
}

# An example, with what makes it small; later options win.
try_example() { # ARGUMENT...
  case $1 in
  neurons) succeeds "$@" --repeat 5 --sizes 100 --record none ;;
  onm) succeeds "$@" --repeat 1 --n 20 --steps 3 ;;
  startup) succeeds "$@" --repeat 1 --model "$one_neuron" --input ones.npy --program true ;;
  *) succeeds "$@" --repeat 1 ;;
  esac
}

help_and_version() {
  for about in "" network neurons onm startup; do
    # shellcheck disable=SC2086
    succeeds $about --help
    expect_line stdout '^usage: clif-bench' "clif-bench $about --help"
    sed -n '/^example/,$ s/^  clif-bench //p' stdout >examples
    [ -s examples ] || fail "clif-bench $about --help" "an example" "$(cat stdout)"
    while read -r example; do
      # shellcheck disable=SC2086
      try_example $example
    done <examples
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
  for option in steps batch repeat seed chunk; do
    for value in 0 -1 1.5 x 99999999999999999999 ''; do
      refuses 2 "^clif-bench: --$option .*not '$value'" network --$option "$value"
    done
  done
  refuses 2 "--repeat .*not '1000001'" network --repeat 1000001
  for value in x '' plain clblast 'auto,' ',auto' 'auto,x' aut; do
    refuses 2 "^clif-bench: --linear .*not '$value'" network --linear "$value"
  done
  for value in x '' dense 'auto,cblas'; do
    refuses 2 "^clif-bench: --dense .*not '$value'" network --dense "$value"
  done
  for value in 0 -0.1 1.01 nan x ''; do
    refuses 2 "^clif-bench: --density .*not '$value'" network --density "$value"
  done
  for value in 64 '' ',' '64,' ',10' '64,,10' '64,0' '64,x' '64 10'; do
    refuses 2 "^clif-bench: --layers .*not '$value'" network --layers "$value"
  done
  for option in widths batches; do
    for value in 0 '' ',' '64,' '64,x' 1.5; do
      refuses 2 "^clif-bench: --$option .*not '$value'" network --sweep --$option "$value"
    done
  done
  for value in 0 '' ',' '0.1,' '0.1,2' x; do
    refuses 2 "^clif-bench: --densities .*not '$value'" network --sweep --densities "$value"
  done
  for option in widths batches densities; do
    refuses 2 "--$option has no effect without --sweep" network --$option 1
  done
  for option in layers=2,2 batch=1 density=1 chunk=1 profile; do
    refuses 2 "--${option%=*} has no effect with --sweep" network --sweep --$option
  done
  refuses 2 '--profile has no place in --csv' network --profile --csv
  refuses 1 'no-such-device' network --device no-such-device
  # More bytes than can be counted.
  refuses 1 '' network --layers 4000000000,4 --batch 4000000000 --steps 4000000000
}

table() {
  tiny --chunk 7
  for line in '^device   ' '^network  20 -> 33 -> 5, 12 steps, 3 samples, density 0\.3, seed 1, dense by auto$' \
    '^layer    input +20 wide  spikes +[0-9]+  rate 0\.[0-9]+$' \
    '^layer    lif1 +33 wide  spikes +[0-9]+  rate 0\.[0-9]+$' \
    '^layer    lif2 +5 wide  spikes +[0-9]+  rate 0\.[0-9]+$' '^work     1\.368e\+03 neuron ' \
    '^spikes   the same in all runs$' '^ratio    auto / the better of both ' \
    '^ratio    events / dense ' \
    '^limit    adding weights from cache +[0-9.]+  \(.* G weights/s; events reached [0-9.]+ of it \(' \
    'medians of 2 rounds .*; a chunk is 7 steps$'; do
    expect_line stdout "$line" "the table"
  done
  for way in dense events auto; do
    for line in "^plan     $way +tile of [0-9]+ steps x [0-9]+ samples, [0-9]+ commands per tile, " \
      "^$way +whole " "^$way +in chunks " "^ratio    chunks / whole, $way " \
      "^prepare  $way +first .* second "; do
      expect_line stdout "$line" "the table"
    done
  done
  grep '^layer' stdout >layers
  tiny --seed 2
  grep '^layer' stdout | cmp -s - layers && fail "--seed 2" "other spikes than --seed 1" "the same"
  tiny --seed 1 --repeat 1 --linear events
  grep '^layer' stdout | cmp -s - layers || fail "--seed 1" "the same spikes again" "$(cat stdout)"
  tiny --density 1 --steps 1
  expect_line stdout '^layer    input .* spikes +60  rate 1\.0000$' "--density 1"
  succeeds network --layers 1,1 --batch 1 --steps 5 --repeat 2
}

# Only the ways that were asked for, and only the ratios that they give.
some_ways() {
  tiny --linear auto,events
  expect_line stdout '^auto +whole ' "--linear auto,events"
  expect_line stdout '^events +whole ' "--linear auto,events"
  if grep -Eq '^dense|^plan     dense|^ratio    (auto|events) /' stdout; then
    fail "--linear auto,events" "nothing about dense" "$(cat stdout)"
  fi
  tiny --linear dense --json
  expect_line stdout '^  "ratio_auto_better": null,$' "--linear dense --json"
  for key in ratio_events_dense limit_weights_per_second ratio_events_limit; do
    expect_line stdout "^  \"$key\": null,?\$" "--linear dense --json"
  done
  tiny --linear dense,auto
  if grep -q '^limit' stdout; then
    fail "--linear dense,auto" "no limit of events" "$(cat stdout)"
  fi
}

# What the limit of events is: three numbers above 0, and what events reached of it is one rate of
# the output over the other.
limit() {
  tiny --linear events --repeat 3 --json
  for key in limit_weights_per_second ratio_events_limit; do
    sed -n "s/^  \"$key\": {\"min\": \([^,]*\), \"median\": \([^,]*\), \"max\": \([^}]*\)}.*/\1 \2 \3/p" \
      stdout | awk '{ n++; if ($1 <= 0 || $2 < $1 || $3 < $2) exit 1 } END { if (n != 1) exit 1 }' ||
      fail "--json" "$key with numbers above 0, ascending" "$(cat stdout)"
  done
  tiny --linear events --repeat 1 --json
  sed -n 's/.*"synapses_per_second_events": \([^,]*\).*/events \1/p
    s/^  "limit_weights_per_second": .*"median": \([^,]*\),.*/limit \1/p
    s/^  "ratio_events_limit": .*"median": \([^,]*\),.*/ratio \1/p' stdout >rates
  tiny --linear events --repeat 1 --csv
  sed 's/"[^"]*"/text/g' stdout | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { print "events", $at["synapses_per_second_events"]
      print "limit", $at["limit_weights_per_second_median"]
      print "ratio", $at["ratio_events_limit_median"] }' >>rates
  awk '{ value[$1] = $2 }
    $1 == "ratio" { n++; off = $2 * value["limit"] / value["events"] - 1
      if (off > 1e-6 || off < -1e-6) bad = 1 }
    END { exit bad || n != 2 }' rates ||
    fail "ratio_events_limit" "the rate of events over the limit" "$(cat rates)"
}

# Where CBLAS is there, its spikes are not compared, and that is said.
by_cblas() {
  # shellcheck disable=SC2086
  run network $tiny --dense cblas
  if [ "$code" -ne 0 ]; then
    expect_line stderr '^clif-bench: .*CBLAS' "--dense cblas where there is none"
    return
  fi
  expect_line stdout '^spikes   of dense not compared: ' "--dense cblas"
  expect_line stdout '^spikes   the same in all other runs$' "--dense cblas"
  tiny --dense cblas --linear dense --json
  expect_line stdout '^  "same_spikes": null,$' "--dense cblas --linear dense"
  expect_line stdout '"compared": false,' "--dense cblas --linear dense"
}

profile() {
  tiny --profile
  for way in dense events auto; do
    expect_line stdout "^profile  $way, every command waited for$" "--profile"
  done
  [ "$(grep -c ' ms each of ' stdout)" -ge 12 ] ||
    fail "--profile" "figures of commands" "$(cat stdout)"
  tiny --profile --json --linear auto
  expect_line stdout '"profile": "tile: 12 steps' "--profile --json"
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

# A key is there, and bench/README.md has it.
expect_key() { # KEY WHAT
  expect_line stdout "\"$1\": " "$2"
  grep -q "\`$1\`" "$source/bench/README.md" || fail "bench/README.md" "the key $1" "none"
}

expect_json() { # WHAT
  grep -Eiq '(: |-)(nan|inf)' stdout && fail "$1" "no NaN, no infinity" "$(cat stdout)"
  if command -v python3 >/dev/null 2>&1; then
    python3 -m json.tool <stdout >parsed 2>&1 || fail "$1" "JSON" "$(cat parsed)"
  fi
}

# As many fields in each line, and as many lines.
expect_csv() { # LINES WHAT
  sed 's/"[^"]*"/text/g; s/[^,]//g' stdout | sort -u >commas
  [ "$(wc -l <stdout)" -eq "$1" ] || fail "$2" "$1 lines" "$(cat stdout)"
  [ "$(wc -l <commas)" -eq 1 ] || fail "$2" "as many fields in each line" "$(cat stdout)"
}

json() {
  tiny --json
  for key in benchmark clif device name platform driver compute_units settings layers steps batch \
    density repeat seed chunk_steps dense_by width spikes rate work neuron_updates synapses_dense \
    synapses_events same_spikes ways dense events auto compared plan tile_steps tile_batch \
    commands_per_tile device_bytes prepare_first_seconds prepare_second_seconds seconds \
    seconds_in_chunks min median max ratio_chunks_whole ns_per_neuron_update \
    synapses_per_second_dense synapses_per_second_events ratio_auto_better ratio_events_dense \
    limit_weights_per_second ratio_events_limit; do
    expect_key "$key" "--json"
  done
  expect_json "--json"
}

csv() {
  tiny --csv
  expect_csv 4 "--csv"
  expect_line stdout '^way,device,layers,' "--csv"
  for way in dense events auto; do
    expect_line stdout "^$way,\".*\",\"20,33,5\",12,3,0\.3,2,1,32,auto,1," "--csv"
  done
}

# ---- network --sweep -----------------------------------------------------------------------------

small_sweep="--sweep --widths 16,33 --batches 1,3 --densities 0.05,1 --steps 9 --repeat 2"

sweep() {
  # shellcheck disable=SC2086
  succeeds network $small_sweep
  for line in '^sweep    width -> width, 9 steps, seed 1, dense by auto; ' \
    '^ width +batch +density +rate +dense +events +auto  auto / better$' \
    '^ +33 +3 +1\.0000 +0\.[0-9]+ ' '^worst    auto / the better of both is [0-9.]+, at width ' \
    'asked for: at most 1\.15; [0-9] of 8 points ' '^spikes   the same in all runs of a point$'; do
    expect_line stdout "$line" "--sweep"
  done
  [ "$(grep -Ec '^ +(16|33) +[13] .* to [0-9.]+\)' stdout)" -eq 8 ] ||
    fail "--sweep" "a line for each of 8 points" "$(cat stdout)"
  # shellcheck disable=SC2086
  succeeds network $small_sweep --linear events
  if grep -Eq '^worst|dense .*events' stdout; then
    fail "--sweep --linear events" "no comparison" "$(cat stdout)"
  fi
}

sweep_data() {
  # shellcheck disable=SC2086
  succeeds network $small_sweep --json
  for key in widths batches densities steps repeat seed dense_by points width batch density \
    input_rate rate rounds dense events auto compared seconds ratio_auto_better worst \
    points_above; do
    expect_key "$key" "--sweep --json"
  done
  expect_json "--sweep --json"
  # The worst is the largest of all.
  sed -n 's/^ *"ratio_auto_better": {.*"median": \([^,]*\),.*/point \1/p
    s/.*"worst": {"ratio_auto_better": \([^,]*\),.*/worst \1/p' stdout |
    awk '$1 == "point" { n++; if ($2 > most) most = $2 } $1 == "worst" { worst = $2 }
      END { exit !(n == 8 && worst == most) }' ||
    fail "--sweep --json" "the largest ratio as the worst" "$(cat stdout)"
  # shellcheck disable=SC2086
  succeeds network $small_sweep --csv
  expect_csv 9 "--sweep --csv"
  expect_line stdout '^".*",33,3,9,1,1,0\.[0-9]+,2,1,auto,' "--sweep --csv"
}

# ---- onm -----------------------------------------------------------------------------------------

onm_wrong_usage() {
  refuses 2 "'extra'" onm extra
  refuses 2 '--json and --csv' onm --json --csv
  for option in n steps batch repeat; do
    for value in 0 1.5 ''; do
      refuses 2 "^clif-bench: --$option .*not '$value'" onm --$option "$value"
    done
  done
  refuses 2 "^clif-bench: --linear .*not 'auto,dense'" onm --linear auto,dense
  refuses 2 "^clif-bench: --dense .*not 'x'" onm --dense x
  refuses 1 'no-such-device' onm --device no-such-device
}

onm() {
  small="--n 20 --steps 30 --batch 2 --repeat 2"
  for linear in dense events auto; do
    # shellcheck disable=SC2086
    succeeds onm $small --linear $linear
    for line in '^work     linear 20 -> 20 and as many LIF neurons, 30 steps, 2 samples, ' \
      "^way      $linear, dense by auto: the linear layer went " '^alone    the linear layer, dense: ' \
      '^rate     0\.[0-9]+ ' '^plan     whole ' '^plan     alone ' '^time     whole .* GFLOP/s ' \
      '^time     alone ' '^share    alone +[0-9.]+ ' \
      '^memory   planned .* weights: [0-9.]+ ' '^resident '; do
      expect_line stdout "$line" "onm --linear $linear"
    done
  done
  # shellcheck disable=SC2086
  succeeds onm $small --json
  for key in n steps batch linear dense_by repeat whole alone product plan device_bytes \
    seconds flops_per_second share_alone_whole share_gemm_whole gemm reproducible rate weight_bytes \
    ratio_planned_weights resident grown_preparing_bytes grown_first_run_bytes grown_rounds_bytes \
    peak_bytes; do
    expect_key "$key" "onm --json"
  done
  expect_line stdout '"weight_bytes": 1600,' "onm --json"
  expect_json "onm --json"
  # shellcheck disable=SC2086
  succeeds onm $small --csv
  expect_csv 2 "onm --csv"
}

# ---- startup -------------------------------------------------------------------------------------

startup() {
  refuses 2 "'extra'" startup extra
  refuses 2 '--json and --csv' startup --json --csv
  refuses 2 "^clif-bench: --repeat .*not '0'" startup --repeat 0
  refuses 1 "cannot read 'examples/digits/digits.nir' .*source tree.*--model" startup
  refuses 1 "cannot read 'nothing' .*--input" startup --model "$one_neuron" --input nothing
  own="--model $one_neuron --input ones.npy --repeat 1"
  # shellcheck disable=SC2086
  refuses 1 "cannot start './nothing' .*--program" startup $own --program ./nothing
  # shellcheck disable=SC2086
  refuses 1 'false run ended with exit code 1$' startup $own --program false
  refuses 1 'ended with exit code 2: clif: .*ones.npy' startup --model ones.npy --input ones.npy
  mkdir caches
  export TMPDIR="$work/caches"
  # PoCL leaks some of its compiler's memory in a process that compiles, as this one's child must:
  # a sanitizer's leak check would make it fail.
  # shellcheck disable=SC2086
  ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" succeeds startup $own
  for line in '^device   ' '^run      .*clif run ' '^time     clif run, caches empty +[0-9.]+ s ' \
    '^time     clif run again +[0-9.]+ s .*asked for: 0\.15 s' '^time     clif devices +[0-9.]+ s ' \
    '^ratio    run again / devices +[0-9.]+ '; do
    expect_line stdout "$line" "startup"
  done
  # shellcheck disable=SC2086
  succeeds startup $own --json --program true
  for key in program model input repeat seconds_cold seconds_warm seconds_devices \
    ratio_warm_devices; do
    expect_key "$key" "startup --json"
  done
  expect_json "startup --json"
  # shellcheck disable=SC2086
  succeeds startup $own --csv --program true
  expect_csv 2 "startup --csv"
  unset TMPDIR
  rmdir caches || fail "startup" "its temporary directory gone" "$(ls caches)"
}

# ---- neurons -------------------------------------------------------------------------------------

few="--sizes 33,1e3 --steps 24 --batch 3 --repeat 5"

few() { # further ARGUMENTs
  # shellcheck disable=SC2086
  succeeds neurons $few "$@"
}

neurons_wrong_usage() {
  refuses 2 "'extra'" neurons extra
  refuses 2 "unknown .*'--colour'" neurons --colour
  refuses 2 "'--sizes' needs a value" neurons --sizes
  refuses 2 '--json and --csv' neurons --json --csv
  for option in steps batch repeat seed; do
    for value in 0 -1 1.5 x 1e3 99999999999999999999 ''; do
      refuses 2 "^clif-bench: --$option .*not '$value'" neurons --$option "$value"
    done
  done
  refuses 2 "--repeat .* from 5 .*not '4'" neurons --repeat 4
  for value in 0 1e-1 1.5 1.0001e3 1e30 0x10 inf nan ' 1e3' x '' ',' '1e3,' ',1e3' '1e3,,1e4'; do
    refuses 2 "^clif-bench: --sizes .*not '$value'" neurons --sizes "$value"
  done
  for option in max fit-from; do
    for value in 0 1.5 x ''; do
      refuses 2 "^clif-bench: --$option .*not '$value'" neurons --$option "$value"
    done
  done
  for value in x '' 'adaptive,' ',adaptive' 'adaptive,x' adapt adaptives; do
    refuses 2 "^clif-bench: --modes .*not '$value'" neurons --modes "$value"
  done
  refuses 2 "^clif-bench: --record .*not 'v'" neurons --record v
  refuses 2 "^clif-bench: --protocol .*not 'x'" neurons --protocol x
  refuses 2 "^clif-bench: --max-memory .*not '1.5G'" neurons --max-memory 1.5G
  refuses 2 "^clif-bench: --low .*not 'x'" neurons --low x
  refuses 2 "^clif-bench: --high .*not 'inf'" neurons --high inf
  refuses 2 '^clif-bench: --low must be below --high' neurons --low 3
  refuses 2 '^clif-bench: --max 99 leaves no size' neurons --sizes 100,1e3 --max 99
  refuses 1 'no-such-device' neurons --device no-such-device
}

neurons_table() {
  few --modes stochastic,deterministic
  for line in '^device   ' '^cache    ' '^memory   ' \
    '^run      steps 24, batch 3, currents uniform from 0 to 3, seed 1, 5 rounds$' \
    '^mode +neurons record way +rate ' '^spikes   the same ' '^memory   as the formula in group\.h says$'; do
    expect_line stdout "$line" "the table of neurons"
  done
  for mode in deterministic stochastic; do
    for record in none v,th; do
      for way in stepwise fused; do
        for n in 33 1000; do
          expect_line stdout "^$mode +$n +$record +$way +0\.[0-9]{4} +[0-9.]+ \([0-9.]+ to " \
            "the table of neurons"
        done
        expect_line stdout "^growth   $mode +$record +$way +time as neurons.*from 33 to 1000" \
          "the table of neurons"
      done
    done
  done
  [ "$(grep -Ec ' (stepwise|fused) .*\(' stdout)" -eq 16 ] ||
    fail "the table of neurons" "a line for each of 16 points" "$(cat stdout)"
}

# Columns by name; each figure from others of its line, and the same spikes in all ways of a mode.
neurons_csv() {
  few --csv --modes adaptive,stochastic
  expect_line stdout '^mode,neurons,record,way,skipped,device,protocol,steps,batch,' "--csv"
  sed 's/"v,th"/both/; s/"[^"]*"/text/g' stdout >fields
  awk -F, '
    function wrong(what) { print "line " NR ": " what; bad = 1 }
    function near(a, b) { return a - b <= 1e-6 * b && b - a <= 1e-6 * b }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = NF; next }
    NF != n { wrong(NF " fields") }
    { u = $at["neurons"] * $at["steps"] * $at["batch"]; s = $at["seconds_median"]
      if ($at["updates"] != u) wrong("updates")
      if ($at["spikes"] <= 0) wrong("no spikes")
      if (!near($at["rate"], $at["spikes"] / u)) wrong("rate")
      if (!near($at["ns_per_update"], 1e9 * s / u)) wrong("ns_per_update")
      if (!near($at["updates_per_second"], u / s)) wrong("updates_per_second")
      if (!near($at["bytes_per_second"], $at["bytes_moved"] / s)) wrong("bytes_per_second")
      if ($at["device_bytes"] != $at["group_bytes"] + $at["input_bytes"]) wrong("device_bytes")
      if ($at["device_bytes"] != $at["formula_bytes"]) wrong("formula_bytes")
      split("seconds limit_seconds share_of_limit", names, " ")
      for (k in names) {
        low = $at[names[k] "_min"]; mid = $at[names[k] "_median"]; high = $at[names[k] "_max"]
        if (low <= 0 || mid + 0 < low + 0 || high + 0 < mid + 0) wrong(names[k])
      }
      key = $1 " " $2
      if (key in spikes && spikes[key] != $at["spikes"]) wrong("spikes")
      spikes[key] = $at["spikes"] }
    END { if (NR != 17) wrong("lines"); exit bad }' fields >wrong ||
    fail "--csv" "figures that agree" "$(cat wrong fields)"
}

# Group.h's formula and the bytes moved, by hand: 1000 neurons are 1008 in a row and 32 words of
# spikes; 3 samples, 24 steps, two state tensors, two records.
neurons_memory() {
  few --modes adaptive --record v,th --json
  grep -A 9 '"neurons": 1000, .*"way": "fused"' stdout >point
  group=$((4 * (3 * 1008 * 2 + 13 + 2 + 24 * 3 * 32 + 24 * 3 * 1008 * 2 + 2)))
  bytes=$((group + 4 * 24 * 3 * 1008))
  expect_line point "\"formula_bytes\": $bytes}" "memory"
  expect_line point "\"group_bytes\": $group," "memory"
  moved=$((8 * 3 * 1008 * 2 + 4 * 24 * 3 * 1008 * 3 + 4 * 24 * 3 * 32))
  expect_line point "\"bytes_moved\": $moved," "bytes moved"
}

neurons_json() {
  few --json --modes adaptive
  for key in benchmark clif device name platform driver compute_units settings protocol sizes steps \
    batch low high repeat seed fit_from max_memory_bytes last_level_cache_bytes same_spikes points \
    mode neurons record way skipped input_steps tile_steps tile_batch passes updates spikes rate \
    seconds min median max ns_per_update updates_per_second bytes_moved bytes_per_second \
    limit_style limit_seconds share_of_limit device_bytes group_bytes input_bytes formula_bytes \
    growth sizes_fitted from to sizes_beyond_cache exponent; do
    expect_key "$key" "neurons --json"
  done
  [ "$(grep -c '"mode": .*"skipped": null' stdout)" -eq 8 ] ||
    fail "neurons --json" "8 points" "$(cat stdout)"
  expect_json "neurons --json"
}

# The exponent over two sizes is what their two medians give.
neurons_growth() {
  succeeds neurons --sizes 100,1000 --modes adaptive --record none --repeat 5 --json
  sed -n 's/.*"seconds": {"min": [^,]*, "median": \([^,]*\),.*/median \1/p
    s/.*"exponent": \([^}]*\)}.*/exponent \1/p' stdout |
    awk '$1 == "median" { m[++n] = $2 }
      $1 == "exponent" { e[++k] = $2 }
      END { if (n != 4 || k != 2) exit 1
        for (i = 1; i <= 2; i++) {
          off = log(m[i + 2] / m[i]) / log(10) - e[i]
          if (off > 1e-6 || off < -1e-6) exit 1 } }' ||
    fail "the exponent" "the slope between two medians" "$(cat stdout)"
  sizes="--sizes 100,300,200,100 --modes noisy --record none --repeat 5"
  # shellcheck disable=SC2086
  succeeds neurons $sizes --fit-from 200
  expect_line stdout '^growth .* over 2 sizes from 200 to 300,' "--fit-from 200"
  # shellcheck disable=SC2086
  succeeds neurons $sizes --fit-from 100
  expect_line stdout '^growth .* over 3 sizes from 100 to 300,' "--fit-from 100"
  # shellcheck disable=SC2086
  succeeds neurons $sizes --fit-from 300
  expect_line stdout '^growth .* not fitted' "--fit-from 300"
  # shellcheck disable=SC2086
  succeeds neurons $sizes --max 200 --json
  expect_line stdout '"sizes_fitted": 2, "from": 100, "to": 200,' "--max 200"
}

# What does not fit is skipped, in one line that says why; the rest is measured.
neurons_skipped() {
  succeeds neurons --sizes 64,1e6,1e15 --modes adaptive --record none --repeat 5 --max-memory 1M
  expect_line stdout '^adaptive +64 +none +fused +0\.' "a size that fits"
  for n in 1000000 1000000000000000; do
    expect_line stdout "^adaptive +$n +none +fused +skipped: one step of input takes " "$n neurons"
  done
  succeeds neurons --sizes 64,1e6 --modes adaptive --record none --repeat 5 --max-memory 1M --csv
  sed 's/"[^"]*"/text/g; s/[^,]//g' stdout | sort -u >commas
  [ "$(wc -l <commas)" -eq 1 ] || fail "--csv" "as many fields in each line" "$(cat stdout)"
  # Nothing at all: then nothing was compared either.
  nothing="--sizes 1e6 --modes adaptive --record none --repeat 5 --max-memory 1M"
  # shellcheck disable=SC2086
  succeeds neurons $nothing
  expect_line stdout '^note     everything was skipped: nothing was measured' "all skipped"
  if grep -Eq '^(spikes|memory   as)' stdout; then
    fail "all skipped" "no word about equal spikes or memory" "$(cat stdout)"
  fi
  # shellcheck disable=SC2086
  succeeds neurons $nothing --json
  expect_line stdout '^  "same_spikes": null,$' "all skipped, --json"
  # The input fits, the group does not.
  succeeds neurons --sizes 5000 --modes adaptive --record none --repeat 5 --max-memory 64K
  expect_line stdout '^adaptive +5000 +none +fused +skipped: .* above the cap of ' "a group too large"
  # Input for 25 of 40 steps, and still the same spikes both ways.
  succeeds neurons --sizes 1000 --modes adaptive --record none --steps 40 --repeat 5 \
    --max-memory 200K
  expect_line stdout '^note     1000 neurons: 25 different steps of input' "input that is short"
  # Fused this is two launches, each with v and th of 1008 numbers, and 40 steps.
  succeeds neurons --sizes 1000 --modes adaptive --record none --steps 40 --repeat 5 \
    --max-memory 200K --json
  grep -A 9 '"way": "fused"' stdout >point
  expect_line point '"input_steps": 25, "tile_steps": 25, ' "input that is short"
  expect_line point "\"bytes_moved\": $((2 * 8 * 2 * 1008 + 40 * 4 * (1008 + 32)))," "bytes moved"
}

# Tiles of two samples, of which the second is not full: its state has the size of a whole one.
neurons_tiles() {
  succeeds neurons --sizes 1e4 --batch 3 --steps 1 --repeat 5 --modes deterministic --record v,th \
    --max-memory 800000 --json
  expect_line stdout '"tile_steps": 1, "tile_batch": 2,' "a batch in two tiles"
}

neurons_protocol() {
  succeeds neurons --protocol seed --sizes 100 --repeat 5
  expect_line stdout '^run      steps 16, batch 10, currents uniform from 0 to 1, ' "--protocol seed"
  for mode in seed seed-fixed seed-deterministic; do
    for way in stepwise fused; do
      expect_line stdout "^$mode +100 +none +$way +0\.[0-9]{4} " "--protocol seed"
    done
  done
  expect_line stdout '^note     seed-deterministic: no neuron fired' "--protocol seed"
  succeeds neurons --protocol seed --sizes 100 --repeat 5 --steps 3 --modes seed --high 2
  expect_line stdout '^run      steps 3, batch 10, currents uniform from 0 to 2, ' "--steps 3"
}

# With a kernel that counts one spike too many in runs of several steps, stepwise and fused differ.
neurons_other_spikes() {
  cp -r "$source/cl" miscounting
  sed 's/if (n_spikes != 0) atomic_add(stats + stat, (uint)n_spikes)/if (n_spikes != 0) '`
    `'atomic_add(stats + stat, (uint)n_spikes + (steps > 1))/' "$source/cl/tile.cl" \
    >miscounting/tile.cl
  cmp -s miscounting/tile.cl "$source/cl/tile.cl" &&
    fail "this test" "a kernel that it can break" "the kernel as it was"
  export CLIF_KERNEL_DIR="$work/miscounting"
  refuses 1 '100 adaptive neurons give [0-9]+ spikes stepwise .* and [0-9]+ fused .* report it' \
    neurons --sizes 100 --modes adaptive --record none --repeat 5
  unset CLIF_KERNEL_DIR
}

# ---- stages and the bar --------------------------------------------------------------------------

stages() {
  seconds='[0-9.e-]+ s'
  prepared=
  ran=
  for way in dense events auto; do
    prepared="$prepared
prepared $way in $seconds"
    ran="$ran
ran $way whole: [0-9.]+ ms, median of 2 rounds
ran $way in chunks: [0-9.]+ ms, median of 2 rounds"
  done
  again=$(echo "$prepared" | sed 's/ in / again in /')
  # shellcheck disable=SC2086
  expect_stages "${prepared#?}$again$ran" network $tiny
  times='dense [0-9.]+ ms, events [0-9.]+ ms, auto [0-9.]+ ms'
  expect_stages "width 20, batch 3, density 0.1: $times
width 20, batch 3, density 1: $times" network --sweep --widths 20 --batches 3 --densities 0.1,1 \
    --steps 7 --repeat 2
  succeeds onm --n 20 --steps 3 --repeat 1 --log
  for line in "prepared whole in $seconds" "ran alone: $seconds, median of 1 rounds"; do
    expect_line stderr "^clif-bench: $line\$" "onm --log"
  done
  figures='[0-9.]+ ns/update, [0-9.]+ of the limit'
  expect_stages "33 neurons, adaptive, recording none, stepwise: $figures
33 neurons, adaptive, recording none, fused: $figures
1000000 neurons, adaptive, recording none, stepwise: skipped: .*
1000000 neurons, adaptive, recording none, fused: skipped: .*" neurons --sizes 33,1e6 --repeat 5 \
    --modes adaptive --record none --max-memory 1M
  round="$seconds, median of 1 rounds"
  expect_stages "ran clif run, caches empty: $round
ran clif run again: $round
ran clif devices: $round" startup --model "$one_neuron" --input ones.npy --repeat 1 --program true
}

# A program that takes its time: the second of three comes after the first second.
bench_bar() {
  [ -n "$terminal_there" ] || return 0
  printf '#!/bin/sh\nsleep 0.6\n' >slow
  chmod +x slow
  slow="startup --model '$one_neuron' --input ones.npy --repeat 2 --program ./slow"
  on_terminal "$slow"
  expect_code 0 "clif-bench on a terminal"
  expect_bar processes "clif-bench on a terminal"
  on_terminal "$slow" --log
  tr -cd '\033' <typescript >escapes
  expect_empty escapes "no bar with --log"
}

# ---- pictures ------------------------------------------------------------------------------------

drawn="neurons --sizes 33,100 --steps 4 --repeat 5 --modes adaptive,stochastic"
swept="network --sweep --widths 20,30 --batches 3 --densities 0.1,1 --steps 7 --repeat 2"

# Before anything is measured: nothing is on stdout then.
without_pictures() {
  for value in x.gif png x ''; do
    refuses 2 "^clif-bench: --plot is a file whose name ends in .*not '$value'" neurons --plot "$value"
    refuses 2 "^clif-bench: --plot is a file whose name ends in .*not '$value'" \
      network --sweep --plot "$value"
  done
  refuses 2 '^clif-bench: --plot has no effect without --sweep' network --plot x.png
  mkdir without
  for command in "$drawn" "$swept"; do
    # shellcheck disable=SC2086
    refuses 1 "cannot write 'nowhere/x.png'" $command --plot nowhere/x.png
    # shellcheck disable=SC2086
    PATH="$work/without" "$clif" $command --plot x.png >stdout 2>stderr </dev/null
    code=$?
    expect_code 1 "no gnuplot"
    expect_line stderr '^clif-bench: gnuplot.* is not there; install gnuplot-nox .apt-get install gnuplot-nox.$' \
      "no gnuplot"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "no gnuplot" "one line" "$(cat stderr)"
    expect_empty stdout "no gnuplot"
    [ ! -e x.png ] || fail "no gnuplot" "no picture" "x.png"
  done
}

# Of an SVG file: how many curves it has, and how often a text.
expect_in_picture() { # CURVES TIMES TEXT WHAT
  [ "$(grep -c 'id="gnuplot_plot_' x.svg)" -eq "$1" ] ||
    fail "$4" "$1 curves" "$(grep -c 'id="gnuplot_plot_' x.svg)"
  [ "$(grep -Ec -- "<text>$3</text>" x.svg)" -eq "$2" ] || fail "$4" "$2 times: $3" "$(grep -E '<text|CDATA' x.svg)"
}

expect_beginning() { # FILE PRINTF-FORMAT
  # shellcheck disable=SC2059
  printf "$2" >wanted
  head -c "$(wc -c <wanted)" "$1" | cmp -s - wanted || fail "$1" "the mark of its format" "$(head -c 9 "$1")"
}

pictures() {
  if ! command -v gnuplot >/dev/null; then
    skipped="${skipped:+$skipped, and }pictures (package gnuplot-nox)"
    return
  fi
  for command in "$drawn" "$swept"; do
    # shellcheck disable=SC2086
    succeeds $command --csv --plot x.png
    expect_beginning x.png '\211PNG\r\n'
    expect_line stdout '^(mode|device),' "numbers beside a picture"
    # shellcheck disable=SC2086
    succeeds $command --plot=x.PDF
    expect_beginning x.PDF '%%PDF-'
  done
  # Three panels for either record, of two modes and two ways each; one legend with exponents for both.
  # shellcheck disable=SC2086
  succeeds $drawn --plot x.svg
  expect_beginning x.svg '<?xml'
  expect_in_picture 24 8 '[a-z]* (stepwise|fused): time as n\^-?[0-9.]+' "the picture of neurons"
  expect_in_picture 24 1 "clif-bench $drawn" "the command below the picture"
  grep -q "$(sed -n 's/^device   \(.*\) ([0-9]* compute.*/\1/p' stdout)" x.svg ||
    fail "the picture of neurons" "the device's name" "$(grep '<text' x.svg)"
  succeeds neurons --sizes 33,1e6 --repeat 5 --modes adaptive --record none --max-memory 1M --plot x.svg
  expect_in_picture 6 0 '.*time as.*' "a size that was skipped"
  run neurons --sizes 1e6 --repeat 5 --modes adaptive --record none --max-memory 1M --plot nothing.svg
  expect_code 1 "all skipped"
  expect_line stderr '^clif-bench: everything was skipped, so there is no picture' "all skipped"
  [ ! -e nothing.svg ] || fail "all skipped" "no picture" "nothing.svg"
  # shellcheck disable=SC2086
  succeeds $swept --plot x.svg
  expect_in_picture 6 2 'width (20|30), batch 3' "the picture of a sweep"
  # shellcheck disable=SC2086
  succeeds $swept --linear dense,events --plot x.svg
  expect_in_picture 4 0 'auto' "the picture of two ways"
}

# The bars of bench/peers/compare_networks.py, from ratios that nobody measured: a peer that is slower
# and one that is not, one target reached and one missed.
peers_picture() {
  command -v python3 >/dev/null && command -v gnuplot >/dev/null || return 0
  cat >bars.py <<'END'
import sys
from pathlib import Path
import network_plot
rows = [
    network_plot.Row("first", "slow peer", 20, 30, 45, 25),
    network_plot.Row("first", "its peer", 0.5, 0.8, 0.9, 2),
    network_plot.Row("second's", "slow peer", 3, 4, 5, None),
]
try:
    network_plot.check_gnuplot()
    network_plot.draw(Path(sys.argv[1]), rows, ("what was run", "some device"))
except network_plot.CannotPlot as why:
    sys.exit(str(why))
END
  python=$(python3 -c 'import sys; print(sys.executable)')
  peers() { PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$source/bench/peers "$python" bars.py "$1" 2>stderr; }
  for file in bars.png:'\211PNG\r\n' bars.pdf:%%PDF- x.svg:'<?xml'; do
    peers "${file%%:*}" || fail "bars" "a picture" "$(cat stderr)"
    expect_beginning "${file%%:*}" "${file#*:}"
  done
  expect_in_picture 3 2 'slow peer' "the bars"
  expect_in_picture 3 1 "second's" "the bars"
  expect_in_picture 3 1 'asked for' "the bars"
  for number in 30 0.8 4; do expect_in_picture 3 1 "$number" "the bars"; done
  peers nowhere/x.png && fail "bars" "a failure" "none"
  expect_line stderr "^cannot write 'nowhere/x.png'" "bars"
  before=$PATH
  # shellcheck disable=SC2123
  PATH=$work/without
  peers y.png && fail "bars without gnuplot" "a failure" "none"
  PATH=$before
  expect_line stderr 'install gnuplot-nox' "bars without gnuplot"
  [ ! -e y.png ] || fail "bars without gnuplot" "no picture" "y.png"
}

# ---- all ----------------------------------------------------------------------------------------

# With a kernel of events that is wrong in one row the spikes differ.
other_spikes() {
  cp -r "$source/cl" kernels
  sed 's/sum\[k\] = (lanes)0\.0f/sum[k] = (lanes)(row == 7 ? 1.5f : 0.0f)/' "$source/cl/events.cl" \
    >kernels/events.cl
  cmp -s kernels/events.cl "$source/cl/events.cl" &&
    fail "this test" "a kernel of events that it can break" "the kernel as it was"
  export CLIF_KERNEL_DIR="$work/kernels"
  # shellcheck disable=SC2086
  refuses 1 'events gives other output spikes than the first run of dense, .* step [0-9]+, sample [0-9]+, neuron [0-9]+' \
    network $tiny
  unset CLIF_KERNEL_DIR
}

unwritable() {
  [ -c /dev/full ] || return 0
  # shellcheck disable=SC2086
  "$clif" network $tiny >/dev/full 2>stderr
  code=$?
  expect_code 1 "figures that cannot be written"
}

help_and_version
wrong_usage
table
some_ways
limit
by_cblas
profile
rates
json
csv
sweep
sweep_data
onm_wrong_usage
onm
startup
neurons_wrong_usage
neurons_table
neurons_csv
neurons_memory
neurons_json
neurons_growth
neurons_skipped
neurons_tiles
neurons_protocol
neurons_other_spikes
stages
bench_bar
without_pictures
pictures
peers_picture
other_spikes
unwritable

finish

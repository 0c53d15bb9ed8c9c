#!/bin/sh
# clif-bench gemm: mistakes, exit codes, and what it prints. No time is looked at.
# usage: bench_gemm.sh CLIF_BENCH_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

tiny() { # further ARGUMENTs
  succeeds gemm --sizes 30x17x40,48x16x20 --repeat 2 "$@"
}

wrong_usage() {
  refuses 2 "'extra'" gemm extra
  refuses 2 "unknown .*'--colour'" gemm --colour
  refuses 2 "'--sizes' needs a value" gemm --sizes
  refuses 2 '--json and --csv' gemm --json --csv
  refuses 2 "--core is .*not ''" gemm --core ''
  for value in 0 -1 1.5 x 1000001 ''; do
    refuses 2 "^clif-bench: --repeat .*not '$value'" gemm --repeat "$value"
  done
  for value in '' 5 5x5 5x5x 5x5x5x5 '5x5x5,' ',5x5x5' 0x5x5 5x-1x5 5x5.5x5 axbxc 5x5x3000000000; do
    refuses 2 "^clif-bench: --sizes is 1 to 16 sizes MxNxK.*not '$value'" gemm --sizes "$value"
  done
  run gemm --device no-such-device
  expect_code 1 "--device no-such-device"
  expect_line stderr '^clif-bench: .*no-such-device' "--device no-such-device"
  expect_empty stdout "--device no-such-device"
}

rows() {
  if grep -q '^openblas core' stdout; then
    echo clblast-own clblast-builtin cblas-queue openblas
  else
    echo clblast-own clblast-builtin
  fi
}

table() {
  tiny
  expect_line stdout '^device   ' "the table"
  expect_line stdout '^note     no row clblast-tuned: clif tune has kept nothing' "the table"
  expect_line stdout '^size +row +GFLOP/s +/ clblast-own ' "the table"
  for row in $(rows); do
    for size in 30x17x40 48x16x20; do
      expect_line stdout "^$size +$row +[0-9.]+ +[0-9.]+ \([0-9.]+ to [0-9.]+\)" "the table"
    done
  done
  for row in clblast-own clblast-builtin; do
    expect_line stdout "^48x16x20 +$row .* ascending +[0-9.]+ " "the order of CLBlast's additions"
  done
  expect_line stdout "^48x16x20 +clblast-builtin .* ascending +0 B$" "scratch of a size that fits"
}

# What clif tune kept is a row of its own.
tuned() {
  export CLIF_CACHE_DIR="$work/cache"
  program="${clif%/*}/clif"
  if [ -x "$program" ]; then
    "$program" tune --seconds 0.001 --sizes 48x16x20 >tuned 2>&1
    tiny
    if grep -q '^kept     /' tuned; then
      expect_line stdout '^48x16x20 +clblast-tuned .* ascending ' "after clif tune"
    else
      expect_line stdout '^note     no row clblast-tuned' "after clif tune that kept nothing"
    fi
  fi
  program=$(basename "$clif")
  export CLIF_CACHE_DIR=off
}

# OpenBLAS begins with a clean environment, or with the core that was asked for.
environment() {
  tiny
  sed -n 's/^openblas core \([^,]*\),.*/\1/p' stdout >chosen
  [ -s chosen ] || return 0
  OPENBLAS_CORETYPE=Nehalem OPENBLAS_L2_SIZE=1 run gemm --sizes 8x8x8 --repeat 1
  expect_code 0 "with OPENBLAS_CORETYPE"
  expect_line stdout "^openblas core $(cat chosen)," "OPENBLAS_CORETYPE is taken away"
  case $(uname -m) in x86_64)
    succeeds gemm --sizes 8x8x8 --repeat 1 --core Nehalem
    expect_line stdout '^openblas core Nehalem,' "--core Nehalem"
    ;;
  esac
}

json() {
  tiny --json
  for key in benchmark clif device name platform driver compute_units settings repeat core rows \
    there about products m n k row ascending scratch_bytes seconds gflops min median max \
    ratio_clblast_own ratio_openblas; do
    expect_line stdout "\"$key\": " "gemm --json"
    grep -q "\`$key\`" "$source/bench/README.md" || fail "bench/README.md" "the key $key" "none"
  done
  grep -Eiq '(: |-)(nan|inf)' stdout && fail "--json" "no NaN, no infinity" "$(cat stdout)"
  if command -v python3 >/dev/null 2>&1; then
    python3 -m json.tool <stdout >parsed 2>&1 || fail "gemm --json" "JSON" "$(cat parsed)"
  fi
}

# Figures that follow from others of the line.
csv() {
  tiny --csv
  expect_line stdout '^row,device,about,m,n,k,repeat,ascending,scratch_bytes,seconds_min,' "--csv"
  sed 's/"[^"]*"/text/g' stdout >fields
  awk -F, '
    function wrong(what) { print "line " NR ": " what; bad = 1 }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = NF; next }
    NF != n { wrong(NF " fields") }
    { work = 2e-9 * $at["m"] * $at["n"] * $at["k"]
      best = work / $at["seconds_min"]
      if (best / $at["gflops_max"] > 1.000001 || best / $at["gflops_max"] < 0.999999) wrong("gflops")
      if ($1 == "clblast-own" && $at["ratio_clblast_own_median"] != 1) wrong("ratio to itself")
      if ($1 ~ /^clblast/ && $at["ascending"] != 1) wrong("order of additions") }
    END { if (NR < 5) wrong("lines"); exit bad }' fields >wrong ||
    fail "gemm --csv" "figures that agree" "$(cat wrong fields)"
}

stages() {
  tiny
  for size in 30x17x40 48x16x20; do
    for row in $(rows); do echo "$size, $row: [0-9.]+ GFLOP/s"; done
  done >expected
  expect_stages "$(cat expected)" gemm --sizes 30x17x40,48x16x20 --repeat 2
}

wrong_usage
table
stages
tuned
environment
json
csv
try_examples gemm
finish

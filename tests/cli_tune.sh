#!/bin/sh
# clif tune: mistakes, exit codes, the report, what is kept, and that no spike changes by it. Every
# search is as short as can be: one set of parameters. No time is looked at.
# usage: cli_tune.sh CLIF_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

tiny="--seconds 0.001 --sizes 48x16x20"
digits="$source/examples/digits"

tune() { # further ARGUMENTs
  # shellcheck disable=SC2086
  succeeds tune $tiny "$@"
}

wrong_usage() {
  refuses 2 "'extra'" tune extra
  refuses 2 "unknown .*'--colour'" tune --colour
  refuses 2 "'--seconds' needs a value" tune --seconds
  refuses 2 "'--dry-run=1' takes no value" tune --dry-run=1
  for value in 0 -1 x nan inf ''; do
    refuses 2 "^clif: --seconds is .*not '$value'" tune --seconds "$value"
  done
  for value in '' 5 5x5 5x5x 5x5x5x5 '5x5x5,' ',5x5x5' 0x5x5 5x-1x5 5x5.5x5 axbxc 5x5x3000000000 \
    1x1x1,1x1x1,1x1x1,1x1x1,1x1x1,1x1x1,1x1x1,1x1x1,1x1x1; do
    refuses 2 "^clif: --sizes is 1 to 8 sizes MxNxK.*not '$value'" tune --sizes "$value"
  done
  refuses 1 'no-such-device' tune --device no-such-device
  refuses 1 '' tune --sizes 2000000000x2000000000x2000000000
}

report() {
  tune --dry-run
  for line in '^device   ' '^search   [1-9][0-9]* sets in [0-9.]+ s, 0 wrong, 0 failed$' \
    '^         GFLOP/s of +before +after +ratio$' \
    '^product  48x16x20 +[0-9.]+ +[0-9.]+ +[0-9.]+$' \
    '^speed    [0-9.]+ times as fast as before, geometric mean$' '^kept     nothing: '; do
    expect_line stdout "$line" "clif tune --dry-run"
  done
  [ ! -e "$CLIF_CACHE_DIR" ] || [ -z "$(ls "$CLIF_CACHE_DIR")" ] ||
    fail "--dry-run" "an empty cache directory" "$(ls "$CLIF_CACHE_DIR")"
  tune --dry-run --quiet
  expect_empty stdout "--quiet"
  expect_empty stderr "--quiet"
}

# One line for each set that the report counts.
stages() {
  refuses 2 '^clif: --quiet and --log exclude each other; ' tune --log --quiet
  # Which sets there is time for is new each time, and PoCL leaks in a process that compiles.
  ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
    succeeds tune --seconds 3 --sizes 48x16x20 --dry-run --log
  sets=$(sed -n 's/^search   \([0-9]*\) sets .*/\1/p' stdout)
  tr -cd '\r\033' <stderr >escapes
  expect_empty escapes "clif tune --log"
  sed -n 's/^clif: set \([0-9]*\) after [0-9.]* s: [0-9]* wrong, [0-9]* failed, best [0-9.]* times .*/\1/p' \
    stderr >numbers
  seq "$sets" | cmp -s - numbers || fail "clif tune --log" "lines of $sets sets" "$(cat stderr)"
}

# Whatever the search finds: either a file is there and the report names it, or neither.
keeps() {
  tune
  expect_line stdout '^kept     ' "clif tune"
  file=$(sed -n 's/^kept     \(\/.*\)/\1/p' stdout)
  if [ -n "$file" ]; then
    [ -s "$file" ] || fail "clif tune" "the file $file" "none"
    case $file in "$CLIF_CACHE_DIR"/*) ;; *) fail "clif tune" "a file in $CLIF_CACHE_DIR" "$file" ;; esac
  fi
}

classify() { # OUTPUT
  succeeds run "$digits/digits.nir" "$digits/input_spikes.npy" --dt 1e-3 --compat snntorch \
    --linear dense --dense clblast --record "lif1=$1_hidden.npy" --out "$1_out.npy"
}

spikes_stay() {
  CLIF_CACHE_DIR=off classify before
  tune --sizes 9000x128x64
  classify after
  expect_same after_hidden.npy before_hidden.npy "spikes after clif tune"
  expect_same after_out.npy before_out.npy "output after clif tune"
  # A damaged file is as good as none.
  for file in "$CLIF_CACHE_DIR"/*.bin; do
    [ -e "$file" ] && printf 'x' | dd of="$file" bs=1 seek=90 conv=notrunc 2>/dev/null
  done
  classify damaged
  expect_same damaged_hidden.npy before_hidden.npy "spikes with a damaged file"
}

# Not root's business: root may write anywhere. A directory that others may write to is refused for
# all.
cannot_keep() {
  mkdir -m 777 open
  chmod 777 open
  CLIF_CACHE_DIR="$work/open" run tune --seconds 0.001 --sizes 48x16x20
  if grep -Eq '^kept     nothing: no set' stdout; then
    expect_code 0 "nothing to keep"
  else
    expect_code 1 "a directory that others may write to"
    expect_line stderr "^clif: the parameters that were found cannot be kept in .*open" "clif tune"
  fi
  # shellcheck disable=SC2086
  CLIF_CACHE_DIR=off run tune $tiny
  expect_code 0 "without a cache"
  expect_line stdout '^kept     nothing: (there is no cache directory|no set)' "without a cache"
}

export CLIF_CACHE_DIR="$work/cache"
wrong_usage
report
stages
keeps
spikes_stay
cannot_keep
try_examples tune
finish

# shellcheck shell=sh
# cli_functions.sh - what the tests of the programs share. Sourced with PROGRAM and SOURCE_DIRECTORY
# as arguments; goes into an empty directory that goes away at the end.

clif=$1
source=$2
program=$(basename "$clif") # as its messages begin
if [ ! -x "$clif" ] || [ ! -d "$source/examples" ]; then
  echo "usage: $0 PROGRAM SOURCE_DIRECTORY" >&2
  exit 2
fi
case $clif in /*) ;; *) clif=$PWD/$clif ;; esac
case $source in /*) ;; *) source=$PWD/$source ;; esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

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
  expect_code 0 "$program $*"
}

# A mistake gives this exit code and one sentence with these words, and no report.
refuses() { # CODE PATTERN ARGUMENT...
  wanted=$1
  words=$2
  shift 2
  run "$@"
  expect_code "$wanted" "$program $*"
  grep -Ev "^$program: (note|warning): " stderr >sentence
  expect_line sentence "^$program: " "$program $*"
  expect_line sentence "$words" "$program $*"
  [ "$(wc -l <sentence)" -eq 1 ] || fail "$program $*" "one line on stderr" "$(cat sentence)"
  expect_empty stdout "$program $*"
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

# All examples in the help of a command run as they stand.
try_examples() { # COMMAND, or "" for the program
  # shellcheck disable=SC2086
  succeeds $1 --help
  expect_line stdout "^usage: $program" "$program $1 --help"
  expect_empty stderr "$program $1 --help"
  sed -n "/^example/,\$ s/^  $program //p" stdout >examples
  [ -s examples ] || fail "$program $1 --help" "an example" "$(cat stdout)"
  while read -r example; do
    # shellcheck disable=SC2086
    (cd "$source" && "$clif" $example) >stdout 2>stderr </dev/null
    code=$?
    expect_code 0 "the example of $program $1 --help: $program $example"
  done <examples
}

# Numbers of the options that clif run and clif lif share, and what they need beside them.
wrong_neurons() { # ARGUMENT... that would do without them
  for option in --noise --slope --eta --th-rest --th-min --th-max --refractory; do
    for value in -1 abc nan inf -inf 0.1x ""; do
      refuses 2 "$option is .*'$value'" "$@" "$option" "$value"
    done
  done
  for option in --slope --th-rest --th-min --th-max; do
    refuses 2 "$option is .* above 0, not '0'" "$@" "$option" 0
  done
  refuses 2 "--eta is .*'1.01'" "$@" --adaptive --eta 1.01
  refuses 2 '--slope has no effect without --stochastic' "$@" --slope 2
  for option in --eta --th-rest --th-min --th-max; do
    refuses 2 "$option has no effect without --adaptive" "$@" "$option" 1
  done
  refuses 1 'th_min' "$@" --adaptive --th-min 3 --th-max 2
  for value in -1 1.5 abc "" 18446744073709551616 1e3; do
    refuses 2 "--seed is .*'$value'" "$@" --seed "$value"
  done
}

# Ctrl-C in a run that writes ./long_out.npy, takes some seconds, and begins with something on
# stdout. No bar is drawn although it takes more than a second, as stderr is no terminal.
interrupts() { # ARGUMENT...
  rm -f stdout stderr pid over
  (
    while [ ! -s stdout ] && [ ! -e over ]; do sleep 0.1; done
    sleep 1.5
    kill -INT "$(cat pid)"
  ) &
  # Not the program in the background: there a shell has SIGINT ignored.
  # shellcheck disable=SC2016
  sh -c 'echo $$ >pid; exec "$@"' sh "$clif" "$@" >stdout 2>stderr </dev/null
  code=$?
  : >over
  wait $!
  expect_code 130 "Ctrl-C"
  expect_line stderr '^clif: stopped by Ctrl-C ' "Ctrl-C"
  [ ! -e long_out.npy ] || fail "Ctrl-C" "no output file" "long_out.npy is there"
  tr -cd '\r\033' <stderr >bar
  expect_empty bar "no progress bar where stderr is a file"
}

# Whether a number, found in a line of the report, is between two others.
expect_between() { # FILE SED-EXPRESSION LOW HIGH WHAT
  number=$(sed -n "$2" "$1" | head -n 1)
  echo "${number:-nothing} $3 $4" | awk '{ exit !($1 + 0 == $1 && $1 >= $2 && $1 <= $3) }' ||
    fail "$5" "a number from $3 to $4" "$number, in: $(head -c 2000 "$1")"
}

expect_same() { # FILE FILE WHAT
  cmp "$1" "$2" >difference 2>&1 || fail "$3" "the bytes of $2" "$(cat difference)"
}

expect_other() { # FILE FILE WHAT
  if cmp -s "$1" "$2"; then fail "$3" "other bytes than $2 has" "the same"; fi
}

# A line for each stage, on stderr only, and none that is not expected. What is printed besides is as
# ever.
expect_stages() { # PATTERNS ARGUMENT...; of the stages in their order, one a line
  printf '%s\n' "$1" >patterns
  shift
  succeeds "$@" --log
  tr -cd '\r\033' <stderr >escapes
  expect_empty escapes "escapes with --log: $program $*"
  grep -Ev "^$program: (note|warning): " stderr >stages
  at=0
  while read -r pattern; do
    at=$((at + 1))
    sed -n "${at}p" stages >stage
    expect_line stage "^$program: $pattern\$" "stage $at of $program $*"
  done <patterns
  [ "$(wc -l <stages)" -eq $at ] || fail "$program $* --log" "$at lines on stderr" "$(cat stages)"
}

# A terminal to draw a bar on.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  terminal_there=yes
else
  terminal_there=
  skipped="the bar on a terminal (script of the package bsdutils)"
fi

# Runs the program on a terminal; what came to see is in ./seen, a line for each time the cursor went
# back to the left.
on_terminal() { # ARGUMENT...
  script -qec "'$clif' $*" /dev/null >typescript 2>&1 </dev/null
  code=$?
  tr '\r' '\n' <typescript | sed '/^$/d' >seen
}

# The bar is there, and afterwards is not: an erased line follows, and no other bar.
escape=$(printf '\033')
expect_bar() { # UNIT WHAT
  expect_line seen "^ *[0-9]+% \[[#.]{20}\] [0-9.e-]+ $1/s, [0-9:]+ left" "$2"
  awk -v off="${escape}[K" '/ left/ { there = 1; next } index($0, off) == 1 { there = 0 }
    END { exit there }' seen || fail "$2" "a bar that is taken off" "$(tail -n 3 seen)"
}

# Work of three seconds; what takes no second draws nothing, and with --quiet or --log nothing does.
bar_on_terminal() { # ARGUMENT...; all but --steps
  [ -n "$terminal_there" ] || return 0
  succeeds "$@" --steps 20000 --log
  rate=$(sed -n 's|^clif: ran .*: \([0-9.e]*\) steps x samples/s$|\1|p' stderr)
  steps=$(echo "$rate" | awk '{ print int(3 * $1) + 1 }')
  on_terminal "$@" --steps "$steps"
  expect_code 0 "a bar"
  expect_bar 'steps x samples' "$program $* on a terminal"
  for option in --quiet --log; do
    on_terminal "$@" --steps "$steps" $option
    tr -cd '\033' <typescript >escapes
    expect_empty escapes "no bar with $option"
  done
  on_terminal "$@" --steps 10
  tr -cd '\033' <typescript >escapes
  expect_empty escapes "no bar in the first second"
  # The sentence about Ctrl-C does not stand behind the bar.
  (
    while [ ! -s pid ] || ! grep -q ' left' typescript; do
      sleep 0.1
      [ ! -e over ] || exit
    done
    kill -INT "$(cat pid)"
  ) &
  rm -f pid over
  script -qefc "echo \$\$ >pid; exec '$clif' $* --steps $((100 * steps))" /dev/null >typescript 2>&1 </dev/null
  : >over
  wait $!
  tr '\r' '\n' <typescript >seen
  expect_line seen "^$escape\[Kclif: stopped by Ctrl-C after [0-9]+ of [0-9]+ steps x samples" \
    "Ctrl-C on a terminal"
}

skipped=${skipped-}
finish() {
  if [ $failures -ne 0 ]; then
    echo "$failures checks failed"
    exit 1
  fi
  [ -z "$skipped" ] || { echo "skipped: $skipped"; exit 77; }
  echo "all checks passed"
}

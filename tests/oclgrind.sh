#!/usr/bin/env bash
# oclgrind.sh OCLGRIND LOG PROGRAM [ARGUMENT...]: runs a program on Oclgrind, which looks for data
# races, accesses out of bounds and wrong API calls.
# Its exit code is the program's, whatever it found: a log with anything in it is a failure.
set -euo pipefail
oclgrind=$1 log=$2
shift 2
rm -f "$log" "$log.pipe"
# Oclgrind begins its log anew with every context; from a pipe nothing can be taken back.
mkfifo "$log.pipe"
exec 3<>"$log.pipe" # a writer that stays, so that contexts may come and go
cat "$log.pipe" >"$log" 3>&- &
code=0
"$oclgrind" --data-races --check-api --log "$log.pipe" "$@" 3>&- || code=$?
exec 3>&-
wait
rm -f "$log.pipe"
if [ -s "$log" ]; then
  echo "Oclgrind reports (the program's exit code is $code):"
  head -n 100 "$log"
  exit 1
fi
exit $code

#!/usr/bin/env bash
# oclgrind.sh OCLGRIND LOG PROGRAM [ARGUMENT...]: runs a program on Oclgrind with all its checks.
# Oclgrind's exit code is the program's, whatever it found: a log with anything in it is a failure.
set -euo pipefail
oclgrind=$1 log=$2
shift 2
rm -f "$log"
code=0
"$oclgrind" --data-races --uninitialized --check-api --log "$log" "$@" || code=$?
if [ -s "$log" ]; then
  echo "Oclgrind reports:"
  head -n 100 "$log"
  exit 1
fi
exit $code

#!/usr/bin/env bash
# oclgrind.sh OCLGRIND LOG PROGRAM [ARGUMENT...]: runs a program on Oclgrind, which looks for data
# races, accesses out of bounds and wrong API calls. Its exit code is the program's, whatever it
# found: a log with anything in it is a failure.
# Not with --uninitialized: Oclgrind 21.10 takes what clEnqueueFillBuffer and
# clEnqueueWriteBufferRect wrote for uninitialized, and crashes on parts of vectors (v.lo).
set -euo pipefail
oclgrind=$1 log=$2
shift 2
rm -f "$log"
code=0
"$oclgrind" --data-races --check-api --log "$log" "$@" || code=$?
if [ -s "$log" ]; then
  echo "Oclgrind reports (the program's exit code is $code):"
  head -n 100 "$log"
  exit 1
fi
exit $code

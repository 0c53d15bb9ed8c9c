#!/usr/bin/env bash
# leaks.sh LOG PROGRAM [ARGUMENT...]: runs a test under the address sanitizer, which looks for leaks
# too. PoCL 3.1 leaks some memory of LLVM's once in a process that compiles a kernel. Then all
# kernels are in PoCL's cache, and what still leaks in a second run is ours.
set -euo pipefail
log=$1
shift
code=0
"$@" 2>&1 | tee "$log" || code=$?
if [ $code != 0 ] && grep -q LeakSanitizer "$log"; then
  echo "leaks.sh: once more, with all kernels compiled"
  exec "$@"
fi
exit $code

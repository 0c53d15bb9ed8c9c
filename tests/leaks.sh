#!/usr/bin/env bash
# leaks.sh PROGRAM [ARGUMENT...]: runs a test under the address sanitizer, which looks for leaks too.
# PoCL 3.1 leaks some memory of LLVM's once in a process that compiles a kernel, so a first run,
# where leaks do not count, leaves all kernels in PoCL's cache. What leaks in the second run is ours.
set -euo pipefail
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 "$@"
exec "$@"

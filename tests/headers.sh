#!/usr/bin/env bash
# headers.sh INCLUDE_DIR C_COMPILER: every public header compiles on its own, as C11 and as C++.
set -euo pipefail
include=$1 cc=$2
cxx=
for candidate in c++ g++ clang++; do
  if command -v $candidate >/dev/null; then cxx=$candidate; break; fi
done
warnings=(-Wall -Wextra -Wpedantic -Wundef -Werror)
for header in "$include"/clif/*.h; do
  name=clif/${header##*/}
  echo "$name"
  "$cc" -std=c11 "${warnings[@]}" -I "$include" -fsyntax-only -x c - <<<"#include <$name>"
  [ -z "$cxx" ] ||
    "$cxx" -std=c++11 "${warnings[@]}" -I "$include" -fsyntax-only -x c++ - <<<"#include <$name>"
done
[ -n "$cxx" ] || { echo "skipped: no C++ compiler (package g++), fine as C"; exit 77; }

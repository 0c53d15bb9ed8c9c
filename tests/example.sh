#!/usr/bin/env bash
# example.sh FILE INCLUDE_DIR LIBRARY C_COMPILER WORK_DIR: the first C program in a document does
# what the document says. In a .md file that is the first ```c block, in a header the indented lines
# of the first comment.
set -euo pipefail
file=$1 include=$2 library=$3 cc=$4 work=$5
mkdir -p "$work"
case $file in
  *.md) awk '/^```/ { if (inside) exit; inside = ($0 == "```c"); next } inside' "$file" ;;
  *.h) awk '/^ \*   / { print substr($0, 6) } / \*\/$/ { exit }' "$file" ;;
esac >"$work/example.c"
[ -s "$work/example.c" ] || { echo "no C program found in $file"; exit 1; }

"$cc" -std=c11 -Wall -Wextra -Werror -I "$include" "$work/example.c" "$library" \
  -Wl,-rpath,"${library%/*}" -o "$work/example"
"$work/example" | tee "$work/output"
# v after n steps of a constant current of 1.5 is 1.5 (1 - 0.95^n): it reaches 1 at n = 22.
for step in 21 43 65 87; do
  grep -qx "spike at step $step" "$work/output" || { echo "missing: spike at step $step"; exit 1; }
done
[ "$(grep -c '^spike' "$work/output")" = 4 ] || { echo "expected four spikes"; exit 1; }

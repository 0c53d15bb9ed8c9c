#!/usr/bin/env bash
# exports.sh LIBRARY: the shared library exports the public API and nothing else.
set -euo pipefail
symbols=$(nm -D --defined-only "$1" | awk '{print $3}')
[ -n "$symbols" ] || { echo "no symbol is exported at all"; exit 1; }
others=$(grep -vE '^clif_[a-z0-9]' <<<"$symbols" || true)
[ -z "$others" ] || { echo "exported, but not part of the API:"; echo "$others"; exit 1; }

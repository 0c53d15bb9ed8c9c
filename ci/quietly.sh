# shellcheck shell=bash
# quietly.sh - for the scripts here to read in.

# quietly LOG COMMAND...: shows the output only of a command that fails.
quietly() {
  local log=$1
  shift
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 || {
    local code=$?
    cat "$log" >&2
    echo "failed: $*" >&2
    return $code
  }
}

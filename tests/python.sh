#!/usr/bin/env bash
# python.sh PYTHON SOURCE_DIR LIBRARY [torch PROGRAM]: the tests of the Python package, on the library
# and the program just built; with torch those of clif.torch, else the others.
set -euo pipefail
python=$1 source=$2 library=$3
modules=(numpy cffi pytest) tests=(python/tests --ignore=python/tests/with_torch)
if [ "${4-}" = torch ]; then
  modules+=(torch) tests=(python/tests/with_torch)
  export CLIF_PROGRAM=$5
fi
for module in "${modules[@]}"; do
  "$python" -c "import $module" 2>/dev/null || {
    echo "skipped: $python has no $module (package python3-$module)"
    exit 77
  }
done
export CLIF_LIBRARY=$library PYTHONPATH=$source/python PYTHONDONTWRITEBYTECODE=1
cd "$source"
exec "$python" -m pytest -q -p no:cacheprovider "${tests[@]}"

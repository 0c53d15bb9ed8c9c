#!/usr/bin/env bash
# python.sh PYTHON SOURCE_DIR LIBRARY: the tests of the Python package, on the library just built.
set -euo pipefail
python=$1 source=$2 library=$3
for module in numpy cffi pytest; do
  "$python" -c "import $module" 2>/dev/null || {
    echo "skipped: $python has no $module (package python3-$module)"
    exit 77
  }
done
export CLIF_LIBRARY=$library PYTHONPATH=$source/python PYTHONDONTWRITEBYTECODE=1
cd "$source"
exec "$python" -m pytest -q -p no:cacheprovider python/tests

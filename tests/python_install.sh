#!/usr/bin/env bash
# python_install.sh PYTHON SOURCE_DIR WORK_DIR: pip installs the package from a copy of the tree into
# a fresh environment; it brings its own library, and that is the one it uses.
set -euo pipefail
python=$1 source=$2 work=$3
skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "python_install: $*"
  exit 1
}

rm -rf "$work"
mkdir -p "$work/tree" "$work/elsewhere"
for module in numpy cffi; do
  "$python" -c "import $module" 2>/dev/null || skip "$python has no $module (package python3-$module)"
done
# numpy and cffi are the system's: they are not what is tried here.
"$python" -m venv --system-site-packages "$work/venv" >"$work/venv.log" 2>&1 ||
  skip "$python cannot make environments (package python3-venv)"
venv=$work/venv/bin/python
"$venv" -m pip install --quiet --disable-pip-version-check 'scikit-build-core>=0.10' \
  >"$work/backend.log" 2>&1 || skip "scikit-build-core is not to be had: no network, or no such package"

# What git would hand out, more or less: without what was built.
tar -C "$source" --exclude './build*' --exclude ./.git --exclude __pycache__ -cf - . |
  tar -C "$work/tree" -xf -
(
  cd "$work/tree"
  CMAKE_BUILD_PARALLEL_LEVEL=1 "$venv" -m pip install --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps . >"$work/install.log" 2>&1
) || { cat "$work/install.log"; fail "pip install . failed"; }
rm -rf "$work/tree"

unset CLIF_LIBRARY PYTHONPATH
cd "$work/elsewhere"
"$venv" - <<'END' || fail "the installed package does not run"
import pathlib, sys
import clif
import numpy as np

package = pathlib.Path(clif.__file__).parent
assert pathlib.Path(sys.prefix) in package.parents, package
assert pathlib.Path(clif.library_path).parent == package / "lib", clif.library_path
assert (pathlib.Path(clif.include_dir) / "clif" / "clif.h").is_file()
with open("/proc/self/maps") as maps:
    mapped = {line.split()[-1] for line in maps if "libclif" in line}
assert mapped == {clif.library_path}, mapped
spikes = clif.LIFNeuron(preset="standard").run(np.full(100, 1.5))
assert list(np.flatnonzero(spikes)) == [21, 43, 65, 87], spikes
files = sorted(p.name for p in package.rglob("*") if p.suffix not in (".py", ".pyc", ".h") and p.is_file())
assert files == ["libclif.so", "py.typed"], files
print("clif", clif.__version__, "from", clif.library_path)
END
CLIF_LIBRARY=/nowhere "$venv" -c 'import clif' 2>"$work/refused" && fail "CLIF_LIBRARY is not heeded"
grep -q "/nowhere (the environment variable CLIF_LIBRARY)" "$work/refused" || fail "$(cat "$work/refused")"

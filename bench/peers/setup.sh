#!/usr/bin/env bash
# Makes a virtual environment with the libraries that clif is compared with.
#   setup.sh debian [FOLDER]  beside Debian's PyTorch 1.13 (ci/setup.sh peers): 35 MB; the default
#   setup.sh pypi [FOLDER]    with all of today's releases and PyPI's PyTorch: 6 GB, most of it CUDA's
# FOLDER: build-peers or build-peers-pypi beside bench/. Nothing is written outside it.
set -euo pipefail

kind=${1:-debian}
case $kind in
  debian)
    # The last Norse and SpikingJelly that PyTorch 1.13 runs. --no-deps: what they ask for beyond
    # PyTorch and NumPy is for data sets, pictures and training.
    folder=build-peers venv=(--system-site-packages)
    install=(--no-deps snntorch==1.0.0 spikingjelly==0.0.0.0.14 setuptools==66.1.1 wheel==0.38.4)
    ;;
  pypi)
    folder=build-peers-pypi venv=()
    install=(torch==2.15.0 snntorch==1.0.0 norse==1.1.0 spikingjelly==2.0.0 cffi)
    ;;
  *) echo "setup: '$kind' is neither debian nor pypi" >&2; exit 2 ;;
esac
folder=${2:-$(cd "$(dirname "$0")/../.." && pwd)/$folder}

# Debian's own: another Python does not see Debian's PyTorch.
python=/usr/bin/python3
if [ "$kind" = debian ] && ! $python -c 'import torch' 2>/dev/null; then
  echo "setup: $python has no PyTorch; run ci/setup.sh peers first" >&2
  exit 1
fi

$python -m venv "${venv[@]}" "$folder"
pip() { "$folder/bin/pip" --disable-pip-version-check --quiet "$@"; }
pip install "${install[@]}"

# Norse 1.0.0 builds an extension in C++ when it is installed, for neurons other than the one
# compared. In pip's own build environment it would be built against another PyTorch, some GB which
# are downloaded for it, and then not load. So the line that asks for it is taken out.
if [ "$kind" = debian ]; then
  source=$(mktemp -d)
  trap 'rm -rf "$source"' EXIT
  pip download --no-deps --no-build-isolation --no-binary norse --dest "$source" norse==1.0.0
  tar -xf "$source/norse-1.0.0.tar.gz" -C "$source"
  sed -i '/ext_modules=/d' "$source/norse-1.0.0/setup.py"
  pip install --no-deps --no-build-isolation "$source/norse-1.0.0"
fi

echo "setup: done; $folder/bin/python bench/peers/compare_networks.py"

#!/usr/bin/env bash
# Installs the Debian / Ubuntu packages that are missing; does nothing, quickly, when all are there.
#   ci/setup.sh demo   what building and running needs
#   ci/setup.sh test   and what the tests need (the default)
#   ci/setup.sh full   and what the long checks need
set -euo pipefail

demo=(gcc libc6-dev make cmake
      opencl-headers ocl-icd-opencl-dev pocl-opencl-icd
      libclblast-dev libhdf5-dev libxxhash-dev)
# rusticl (mesa-opencl-icd) and Oclgrind are the second and third OpenCL implementation;
# clang with its runtime gives the sanitizers (gcc's leak checker misses lost OpenCL objects).
test=("${demo[@]}" libcmocka-dev mesa-opencl-icd oclgrind clang libclang-rt-dev binutils
      pkg-config)
# Not in every release's archive; its tests are then skipped and say so.
optional=(oclgrind)
full=("${test[@]}" clang-tidy clang-format shellcheck python3-numpy python3-h5py)

set_name=${1:-test}
case $set_name in
  demo) wanted=("${demo[@]}") ;;
  test) wanted=("${test[@]}") ;;
  full) wanted=("${full[@]}") ;;
  *) echo "setup: unknown set '$set_name'; use demo, test or full" >&2; exit 2 ;;
esac

# One question for all packages: the everyday answer, that nothing is missing, should be quick.
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for package in "${wanted[@]}"; do
  [[ $installed == *" installed:$package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: this script knows apt-get only; please install by hand: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup: not root and no sudo; please have these installed: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -q "$@"; }
apt update >/dev/null || echo "setup: going on with the package lists that are there" >&2

available=()
for package in "${missing[@]}"; do
  if [[ " ${optional[*]} " == *" $package "* ]] && [ -z "$(apt-cache madison "$package")" ]; then
    echo "setup: this release has no package $package; going on without"
  else
    available+=("$package")
  fi
done
[ ${#available[@]} -gt 0 ] || exit 0
echo "setup: installing ${available[*]}"
apt install -y --no-install-recommends "${available[@]}" >/dev/null

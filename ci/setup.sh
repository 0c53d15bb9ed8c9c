#!/usr/bin/env bash
# Installs the Debian / Ubuntu packages that are missing; does nothing, quickly, when all are there.
#   ci/setup.sh demo   what building and running needs
#   ci/setup.sh test   and what the tests need (the default)
#   ci/setup.sh full   and what the long checks need
#   ci/setup.sh peers  what demo does, and PyTorch, for the comparison in bench/peers only
set -euo pipefail

demo=(gcc libc6-dev make cmake
      opencl-headers ocl-icd-opencl-dev pocl-opencl-icd
      libclblast-dev libopenblas-dev libhdf5-dev libxxhash-dev)
# Compilers for GPUs, without one: ci/offline.sh. In Debian 12 ocloc is in intel-opencl-icd.
offline=(clang-15 libclc-15 llvm-spirv-15 spirv-tools intel-opencl-icd intel-ocloc)
# rusticl (mesa-opencl-icd) and Oclgrind are the second and third OpenCL implementation;
# clang with its runtime gives the sanitizers (gcc's leak checker misses lost OpenCL objects).
# gnuplot-nox draws for clif plot; the demo has no pictures, and clif runs without it.
# The Python package needs numpy and cffi, clif.torch torch, their tests pytest, pip and venv.
test=("${demo[@]}" libcmocka-dev mesa-opencl-icd oclgrind clang libclang-rt-dev binutils
      gnuplot-nox pkg-config
      python3-numpy python3-cffi python3-pytest python3-pip python3-venv
      python3-torch "${offline[@]}")
full=("${test[@]}" clang-tidy clang-format shellcheck python3-h5py)
peers=("${demo[@]}" python3-torch libopenblas0-pthread python3-venv)
# Not in every release's archive; what needs them is then skipped and says so.
optional=(oclgrind "${offline[@]}" python3-torch)

set_name=${1:-test}
case $set_name in
  demo) wanted=("${demo[@]}") ;;
  test) wanted=("${test[@]}") ;;
  full) wanted=("${full[@]}") ;;
  peers) wanted=("${peers[@]}") ;;
  *) echo "setup: unknown set '$set_name'; use demo, test, full or peers" >&2; exit 2 ;;
esac

# One question for all packages: the everyday answer, that nothing is missing, should be quick.
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=() extra=()
for package in "${wanted[@]}"; do
  if [[ $installed == *" installed:$package "* ]]; then
    continue
  elif [[ " ${optional[*]} " == *" $package "* ]]; then
    extra+=("$package")
  else
    missing+=("$package")
  fi
done
[ $((${#missing[@]} + ${#extra[@]})) -gt 0 ] || exit 0

# Without the optional ones things go on.
give_up() {
  echo "setup: $1:" "${missing[@]}" "${extra[@]}" >&2
  [ ${#missing[@]} = 0 ] || exit 1
  exit 0
}
command -v apt-get >/dev/null || give_up "this script knows apt-get only; please install by hand"
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || give_up "not root and no sudo; please have these installed"
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -q "$@"; }
apt update >/dev/null || echo "setup: going on with the package lists that are there" >&2

if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  apt install -y --no-install-recommends "${missing[@]}" >/dev/null
fi
# One by one, and removing nothing: there can be one libclc only, and Mesa may need another.
for package in "${extra[@]}"; do
  if [ -z "$(apt-cache madison "$package")" ]; then
    echo "setup: this release has no package $package; going on without"
  else
    echo "setup: installing $package"
    apt install -y --no-install-recommends --no-remove "$package" >/dev/null ||
      echo "setup: $package cannot be installed here; going on without"
  fi
done

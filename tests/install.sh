#!/usr/bin/env bash
# install.sh BUILD_DIR CONSUMER_DIR WORK_DIR C_COMPILER VERSION SOVERSION: an installed clif can be
# found, linked and run, also after the tree has been moved: shared and static, by CMake and by
# pkg-config.
set -euo pipefail
build=$1 consumer=$2 work=$3 cc=$4 version=$5 soversion=$6
fail() {
  echo "install: $*"
  exit 1
}

rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
prefix=$work/moved

library=$(find "$prefix" -name "libclif.so.$version")
[ -n "$library" ] || fail "no libclif.so.$version"
lib=${library%/*}
readelf -d "$library" | grep -q "SONAME.*\[libclif.so.$soversion\]" ||
  fail "the soname is not libclif.so.$soversion"
[ -L "$lib/libclif.so.$soversion" ] || fail "no link libclif.so.$soversion"

# check NAME PROGRAM shared|static
check() {
  if readelf -d "$2" | grep -q 'NEEDED.*libclif'; then linked=shared; else linked=static; fi
  [ $linked = "$3" ] || fail "$1: linked to the $linked library"
  said=$(LD_LIBRARY_PATH=$lib "$2") || fail "$1: $said"
  [ "$said" = "clif $version" ] || fail "$1: said '$said'"
  echo "$1: $said, $linked"
}

# by_cmake shared|static TARGET
by_cmake() {
  { cmake -S "$consumer" -B "$work/cmake-$1" -DCMAKE_C_COMPILER="$cc" \
      -DCMAKE_PREFIX_PATH="$prefix" -DCONSUMER_TARGET="$2" &&
    cmake --build "$work/cmake-$1"; } >"$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; exit 1; }
  check "find_package" "$work/cmake-$1/consumer" "$1"
}
by_cmake shared clif::clif
by_cmake static clif::clif_static

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH=$lib/pkgconfig
  [ "$(pkg-config --modversion clif)" = "$version" ] || fail "pkg-config has another version"
  read -ra flags < <(pkg-config --cflags --libs clif)
  "$cc" -std=c11 "$consumer/main.c" "${flags[@]}" -o "$work/pc-shared"
  check "pkg-config" "$work/pc-shared" shared
  read -ra flags < <(pkg-config --static --cflags --libs clif)
  # Both libraries are in one folder, and -lclif prefers the shared one.
  "$cc" -std=c11 "$consumer/main.c" "${flags[@]/#-lclif/-l:libclif.a}" -o "$work/pc-static"
  check "pkg-config --static" "$work/pc-static" static
else
  echo "no pkg-config: clif.pc was not tried"
fi

"$prefix/bin/clif" --version >"$work/version" || fail "bin/clif does not run where it was moved to"

#!/bin/sh
# Builds OUTDIR/libxlm-cuda-emulator.so and puts the headers kernels are compiled with beside it.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 OUTDIR" >&2
  exit 2
fi

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# Contraction is off so that a product has the same bits on every machine.
flags="-std=c++17 -O3 -g0 -fPIC -fvisibility=hidden -ffp-contract=off -Wall -Wextra"

# Two at a time: the smallest machines it is built on have two cores.
export CXX="${CXX:-g++}" flags objects
cd "$here/src"
printf '%s\n' ./*.cpp | xargs -P 2 -I {} sh -c '"$CXX" $flags -c "$1" -o "$objects/$(basename "$1" .cpp).o"' sh {}

# The library is put in place in one step: a build beside a running test never leaves half a file.
"$CXX" -shared -Wl,-soname,libxlm-cuda-emulator.so -Wl,-z,now,-z,nodelete -o "$objects/library.so" "$objects"/*.o -ldl -lm
cp "$here"/include/*.h "$out/"
cp "$objects/library.so" "$out/.libxlm-cuda-emulator.so.new"
mv "$out/.libxlm-cuda-emulator.so.new" "$out/libxlm-cuda-emulator.so"

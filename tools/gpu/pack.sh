#!/usr/bin/env bash
# Makes a folder that tests and measures backend-cuda on a machine with a GPU and without a network: pack.sh OUTDIR
# It holds Node, the bundled programs, koffi, recordings. To run there: bash OUTDIR/run.sh SECONDS
set -eu
[ $# -eq 1 ] || { echo "usage: pack.sh OUTDIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
golden=${XLM_GOLDEN:-../shared/golden}

npm run -s build:kernels
rm -rf "$out"/{bin,golden,node_modules,packages,node}
node --conditions=@xlm/source --import tsx tools/gpu/bundle.ts "$out/bin"
cp tools/bench/peers/cuda_step.py "$out/bin/peers/"
cp tools/gpu/{env,run,test}.sh tools/gpu/README.md "$out/"

# koffi: its module, and its library for this system alone.
for file in koffi/{package.json,index.js,src/koffi/index.js,src/koffi/src/static.js} @koromix/koffi-linux-x64/{package.json,index.js,linux_x64/koffi.node}; do
  install -D "node_modules/$file" "$out/node_modules/$file"
done

# Recorded training runs, with the weights that they start from.
if [ -d "$golden/train" ]; then
  files=("$golden"/train/*.{json,safetensors} "$golden"/model/a/{weights.safetensors,config.json}
    "$golden"/model/c/{encoder.safetensors,decoder.safetensors,config.json})
  for file in "${files[@]}"; do install -D -m 644 "$file" "$out/golden/${file#"$golden"/}"; done
else
  mkdir -p "$out/packages/trainer/test/fixtures"
  cp -r packages/trainer/test/fixtures/train "$out/packages/trainer/test/fixtures/"
fi

gzip -9 -c "$(node -p process.execPath)" >"$out/node.gz"
size=$(du -sm --apparent-size "$out" | cut -f 1)
echo "$out: $size MiB"
[ "$size" -lt 64 ] || { echo "more than 64 MiB" >&2; exit 1; }

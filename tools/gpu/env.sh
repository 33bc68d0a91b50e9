# Sourced by test.sh and run.sh: where the programs are, the Node that runs them, where NVIDIA's libraries lie.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -d "$here/bin" ]; then # a packed folder
  root=$here bin=$here/bin node=$here/node golden=$here/golden
  [ -x "$node" ] || { gzip -dc "$here/node.gz" >"$node" && chmod +x "$node"; } || exit 1
else # a checkout
  root=$(cd "$here/../.." && pwd) node=$(command -v node) golden=${XLM_GOLDEN:-$root/../shared/golden}
  bin=$root/node_modules/.cache/gpu
fi
cd "$root" || exit 1

# The emulator instead of a GPU, to see that nothing is missing: in a checkout as npm run test:cuda-emulated builds it, in a packed
# folder the file that XLM_CUDA_EMULATOR_FILE names.
export XLM_CUDA=${XLM_CUDA:-gpu}
if [ -n "${XLM_CUDA_EMULATOR_FILE:-}" ] && [ ! -e node_modules/.cache/cuda-emulator ]; then
  mkdir -p node_modules/.cache
  ln -s "$(dirname "$XLM_CUDA_EMULATOR_FILE")" node_modules/.cache/cuda-emulator
fi

# The driver where containers have it, and NVIDIA's wheels, wherever this machine's Python keeps them.
if [ "$XLM_CUDA" = gpu ]; then
  folders=$(python3 -c '
import glob, sys
print(":".join(sorted({lib for at in sys.path for lib in glob.glob(at + "/nvidia/*/lib")
                       if glob.glob(lib + "/libnvrtc.so.*") or glob.glob(lib + "/libcublasLt.so.*")})))' 2>/dev/null)
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64${folders:+:$folders}
fi

started=$SECONDS
# left BUDGET MOST: seconds for the next program.
left() {
  local rest=$(($1 - (SECONDS - started)))
  echo $((rest < $2 ? rest : $2))
}

#!/usr/bin/env bash
# All there is to do on a GPU machine, the most valuable first: run.sh [SECONDS] [WORDS AND FLAGS OF THE BENCHMARK...]
# Runs in a folder that pack.sh made. Files go to $OUT, or beside this script: tests.jsonl, bench.jsonl, run.log.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
budget=${1:-580}
[ $# -eq 0 ] || shift
export OUT=${OUT:-$here/out}
mkdir -p "$OUT"
rm -f "$OUT"/{tests,bench}.jsonl

all() {
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
  # The benchmark keeps at least half of the time.
  bash "$here/test.sh" --seconds $((budget / 2)) smoke conformance tfjs-suite training
  local most
  most=$(left $((budget - 10)) 1800)
  echo "== bench"
  timeout -k 5 "$most" "$node" "$bin/bench.mjs" cuda-step --python python3 "$@" | tee "$OUT/bench.jsonl"
  echo "-- bench: exit code ${PIPESTATUS[0]}"
  most=$(left "$budget" 300)
  if [ "$most" -gt 30 ]; then bash "$here/test.sh" --seconds "$most" sanitizer; fi
  echo "== summary after $((SECONDS - started)) s"
  cut -d , -f 1-5 "$OUT/tests.jsonl"
}
all "$@" 2>&1 | tee "$OUT/run.log"

#!/usr/bin/env bash
# Tests of backend-cuda on a GPU: test.sh [--seconds N] [smoke|conformance|tfjs-suite|training|sanitizer ...]
# Runs in a checkout or in a folder that pack.sh made. Results go to $OUT/tests.jsonl where OUT is set.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

budget=3600
if [ "${1:-}" = --seconds ]; then
  budget=$2
  shift 2
fi
[ $# -gt 0 ] || set -- smoke conformance tfjs-suite training sanitizer
[ -d "$here/bin" ] || "$node" --conditions=@xlm/source --import tsx tools/gpu/bundle.ts "$bin" || exit 1
[ -z "${OUT:-}" ] || export XLM_RESULTS=$OUT/tests.jsonl

# Recorded training runs: the whole of them where they are, else the beginnings that are part of a clone.
if [ -d "$golden/train" ]; then
  recordings=("$golden/train" "$golden")
else
  recordings=(packages/trainer/test/fixtures/train)
fi

failed=0
# run TEST MOST COMMAND...: at most so many seconds.
run() {
  local test=$1 most status
  most=$(left "$budget" "$2")
  shift 2
  echo "== $test"
  if [ "$most" -lt 5 ]; then
    echo "not run: the time is up"
    failed=1
    return
  fi
  local from=$SECONDS
  timeout -k 5 "$most" "$@"
  status=$?
  [ $status -ne 124 ] || echo "0 passed, 1 failed, 0 skipped: stopped after $most seconds"
  [ $status -eq 0 ] || failed=1
  echo "-- $test: exit code $status, $((SECONDS - from)) s"
}

for test; do
  case $test in
  smoke) run smoke 120 "$node" "$bin/smoke.mjs" ;;
  conformance) run conformance 600 "$node" "$bin/conformance.mjs" ;;
  tfjs-suite) run tfjs-suite 900 "$node" "$bin/tfjs-suite.mjs" "$bin/tfjs-suite-specs.mjs" ;;
  training) run training 600 "$node" "$bin/training.mjs" "${recordings[@]}" ;;
  sanitizer)
    # Of the laws those that compute once each; then a few training steps.
    sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
    if [ "$XLM_CUDA" != gpu ] || [ -z "$sanitizer" ]; then
      echo "== sanitizer"
      echo "0 passed, 0 failed, 1 skipped: compute-sanitizer was not found, or this is no GPU"
    else
      check=("$sanitizer" --error-exitcode 9 --print-limit 5)
      run sanitizer-memcheck 300 "${check[@]}" --tool memcheck "$node" "$bin/conformance.mjs" bf16 --only "agrees with"
      run sanitizer-racecheck 300 "${check[@]}" --tool racecheck "$node" "$bin/smoke.mjs" bf16
    fi
    ;;
  *)
    echo "there is no test $test" >&2
    exit 2
    ;;
  esac
done
exit $failed

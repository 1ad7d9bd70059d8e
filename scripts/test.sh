#!/usr/bin/env bash
# Every check but the linters', in two lanes that keep a core busy each: pytest here; the R package, the short seed
# of the campaign against the readers, a run with the newest versions and the site there. What the second lane said
# follows when both are done, and what failed stands at the very end, where a log that is cut still shows it.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

said=$(mktemp -d)
second_lane() {
  local started=$SECONDS
  for check in "scripts/check-r.sh" "make fuzz-seed" "make smoke-newest" "make docs"; do
    echo "== $check"
    $check || echo "FAILED $check" >>"$said/failed"
    echo "== $check: $((SECONDS - started)) s after the start"
  done
}

second_lane >"$said/second" 2>&1 &
lane=$!
trap 'kill -- $lane 2>/dev/null || true; rm -rf "$said"' EXIT

.venv/bin/python -m pytest 2>&1 | tee "$said/pytest" || echo "FAILED pytest" >>"$said/failed"
wait "$lane"
cat "$said/second"
echo "== what failed"
grep -E '^(FAILED|ERROR) ' "$said/pytest" | cut -c1-300 || true
grep -E "^(FAILED|ERROR) |^\[ FAIL [1-9]|Failure \(|Error \(" "$said/second" | cut -c1-300 || true
cat "$said/failed" 2>/dev/null || echo "nothing"
tail -n 1 "$said/pytest"
[ ! -e "$said/failed" ]

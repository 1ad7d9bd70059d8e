#!/usr/bin/env bash
# Every check but the linters', in two lanes that keep a core busy each: pytest here; the R package, the short seed
# of the campaign against the readers, a run with the newest versions and the site there. What the second lane said
# follows when both are done.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

second_lane() {
  local failed=0 started=$SECONDS
  for check in "scripts/check-r.sh" "make fuzz-seed" "make smoke-newest" "make docs"; do
    echo "== $check"
    $check || { failed=1; echo "== $check FAILED"; }
    echo "== $check: $((SECONDS - started)) s after the start"
  done
  return $failed
}

said=$(mktemp)
second_lane >"$said" 2>&1 &
lane=$!
trap 'kill -- $lane 2>/dev/null || true; rm -f "$said"' EXIT

first=0
.venv/bin/python -m pytest || first=$?
second=0
wait "$lane" || second=$?
cat "$said"
[ "$first" -eq 0 ] && [ "$second" -eq 0 ]

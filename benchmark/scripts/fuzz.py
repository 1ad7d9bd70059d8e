"""No input crashes it: damaged and hostile files for every reader, wrong calls for every door.

    python benchmark/scripts/fuzz.py --out build/fuzz

Mutants follow from the seed; those that end badly lie in the folder with what was done to them. The exit code
is 1 where there are any.
"""

import argparse
import json
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fuzzing.calls import MAKERS, do, try_calls
from fuzzing.campaign import BAD, DOORS, KINDS, counted, read, try_door
from fuzzing.pool import Worker

from semst._log import let_through

MADE = ("done", "refused", *BAD)  # what a wrong call may end in


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="for the table and bad mutants")
    parser.add_argument("--mutants", type=int, default=200, help="of every reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--doors", nargs="*", default=list(DOORS), help="readers; all by default")
    parser.add_argument("--calls", nargs="*", default=list(MAKERS), help="wrong calls; all by default")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")  # of what writes the input
    let_through(logging.ERROR)
    mutants = []
    for name in given.doors:
        began = time.monotonic()
        worker = Worker(read)  # anew: R, once started in a process, changes what can be imported there
        numbers = range(given.first, given.first + given.mutants)
        found = try_door(DOORS[name], numbers, seed=given.seed, worker=worker, keep=given.out)
        worker.close()
        mutants += found
        row = counted(found, KINDS)[0]
        ends = ", ".join(f"{row[kind]} {kind}" for kind in KINDS if row[kind])
        print(f"{name}: {ends} ({time.monotonic() - began:.0f} s)", flush=True)
    worker, calls = Worker(do), []
    for name in given.calls:
        found = try_calls(name, worker)
        calls += found
        row = counted(found, MADE)[0]
        print(f"{name}: {', '.join(f'{row[kind]} {kind}' for kind in MADE if row[kind])}", flush=True)
    worker.close()
    (given.out / "calls.json").write_text(json.dumps([asdict(one) for one in calls], indent=1))
    (given.out / "calls.md").write_text(_markdown(counted(calls, MADE), "calls", MADE))
    (given.out / "mutants.json").write_text(json.dumps([asdict(one) for one in mutants], indent=1))
    (given.out / "readers.md").write_text(_markdown(counted(mutants, KINDS), "reader", KINDS))
    bad = [one for one in (*mutants, *calls) if one.outcome in BAD]
    for one in bad[:50]:
        print(f"{one.outcome}: {one.door} {one.number} ({one.recipe}): {one.said}")
    print(f"{len(mutants)} mutants and {len(calls)} calls, {len(bad)} ended badly; see {given.out}")
    return 1 if bad else 0


def _markdown(rows: list[dict], what: str, kinds: Sequence[str]) -> str:
    if not rows:
        return ""
    total = {key: sum(row[key] for row in rows) for key in ("tried", *kinds)}
    lines = [f"| {what} | tried | {' | '.join(kinds)} |", "|---|" + "--:|" * (1 + len(kinds))]
    for row in [*rows, {"door": "all", **total}]:
        lines.append(f"| {row['door']} | {row['tried']} | {' | '.join(str(row[k]) for k in kinds)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

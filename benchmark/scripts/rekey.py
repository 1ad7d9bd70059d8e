"""Rows of earlier code taken over as rows of the present code, where a sample run anew finds the same scores.

A row's key follows the code that computes, so a change of the code that leaves all results alone (a function
that moved, say) leaves rows without a key that fits. This runs the cheapest rows of every model, with and
without FSM, on the present code. Where all their scores come out alike to the last digit, the rows of that
model get the present key; they still say which code made them. Other rows stay as they are.

    python benchmark/scripts/rekey.py docs/benchmarks/rows.jsonl.gz docs/benchmarks/table3.yaml --data DATA
"""

import argparse
import gzip
import json
import logging
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from semst_benchmark import Store, load_suite
from semst_benchmark._files import replacing
from semst_benchmark._log import let_through
from semst_benchmark._plan import Run, plan
from semst_benchmark._run import do_run

Group = tuple[str, bool]  # a model, and whether it has FSM


def main() -> None:
    """Run the sample and write the file anew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path, help="rows.jsonl.gz, written anew")
    parser.add_argument("suites", nargs="+", help="suites that the rows belong to")
    parser.add_argument("--data", type=Path, required=True, help="folder with the slices")
    parser.add_argument("--check", type=int, default=1, help="rows to run anew, of each model and FSM")
    given = parser.parse_args()
    let_through(logging.ERROR)
    rows = [json.loads(line) for line in gzip.decompress(given.rows.read_bytes()).splitlines()]
    runs = {run.config_hash: run for name in given.suites for run in plan(load_suite(name), given.data).runs}
    groups: dict[Group, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        run = runs.get(row["key"].partition("-")[0])
        if run is not None and run.key != row["key"]:
            groups[run.arm.model, bool(run.arm.fsm)].append(row)
    for group, old in sorted(groups.items()):
        cheapest = sorted(old, key=lambda row: row["cpu_seconds"])[: given.check]
        alike = all(comes_out_alike(row, runs[row["key"].partition("-")[0]], given.data) for row in cheapest)
        print(f"{group[0]}{' + FSM' if group[1] else ''}: {'alike' if alike else 'OTHER SCORES'}", flush=True)
        if alike:
            for row in old:
                row["key"] = runs[row["key"].partition("-")[0]].key
    lines = (json.dumps(row, sort_keys=True) + "\n" for row in sorted(rows, key=lambda row: row["key"]))
    with replacing(given.rows) as part:
        part.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def comes_out_alike(row: dict[str, Any], run: Run, data: Path) -> bool:
    """Whether a run of the present code has the scores of the row, in all ways that both have."""
    with tempfile.TemporaryDirectory() as folder:
        found = do_run(run, data, Store(Path(folder)))
    if found["status"] != "done":
        raise SystemExit(f"{run.data.name}, {run.arm.name}, seed {run.seed}: {found['error']}")
    ways = [
        (clusterer, how)
        for clusterer, refinements in row["scores"].items()
        for how in refinements
        if how in found["scores"].get(clusterer, {})
    ]
    return bool(ways) and all(row["scores"][c][how] == found["scores"][c][how] for c, how in ways)


if __name__ == "__main__":
    main()

"""Nothing is broken or lost by a kill: jobs killed at moments spread over their time, and done again.

    python benchmark/scripts/kills.py --kills 300 --out build/fuzz

A table of the kills goes to the output stream and to the folder. The exit code is 1 where anything is wrong.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # processes are forked

import argparse
import json
import logging
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path

import torch
from fuzzing.jobs import JOBS
from fuzzing.killing import Kill, try_kills

from semst._log import let_through


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="for the table")
    parser.add_argument("--kills", type=int, default=300, help="of all jobs together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", nargs="*", default=[job.name for job in JOBS], help="all by default")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    let_through(logging.ERROR)
    torch.set_num_threads(1)
    chosen = [job for job in JOBS if job.name in given.jobs]
    shares = sum(job.share for job in chosen)
    kills: list[Kill] = []
    rows = ["| job | kills | while it ran | broken or lost | differs | left over | s |", "|---|" + "--:|" * 6]
    for job in chosen:
        began = time.monotonic()
        found = try_kills(job, max(1, round(given.kills * job.share / shares)), seed=given.seed)
        kills += found
        ends = [one.wrong.partition(":")[0] for one in found]
        lost = sum(end in ("broken", "lost", "neither of before nor of after") for end in ends)
        differs = sum(end.startswith("done again") for end in ends)
        in_time, left = sum(one.in_time for one in found), ends.count("left over")
        seconds = time.monotonic() - began
        rows.append(
            f"| {job.name} | {len(found)} | {in_time} | {lost} | {differs} | {left} | {seconds:.0f} |"
        )
        print(rows[-1], flush=True)
    (given.out / "kills.json").write_text(json.dumps([asdict(one) for one in kills], indent=1))
    (given.out / "kills.md").write_text("\n".join(rows) + "\n")
    wrong = [one for one in kills if one.wrong]
    for one in wrong[:50]:
        print(f"{one.job} {one.number}, after {one.after} s: {one.wrong}")
    print(f"{len(kills)} kills, {len(wrong)} with something wrong; see {given.out}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""All measurements of time and memory, a table and a plot of them.

Steps of training (``step.py``) by spots and by genes, beside the dense reference, and whole runs of the
default on large slices made for it (``large_slice.py``), each in a process of its own. What is in the folder
already is not measured again, so that an interrupted series goes on.

    python benchmark/scripts/bench.py --out build/bench --sizes 10000x500 30000x500 100000x1000
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench_report import report

from semst_benchmark import parse_suite, run_suite

HERE = Path(__file__).parent
KINDS = {
    "dense": ["--which", "dense"],
    "paper": ["--which", "paper"],
    "paper, bfloat16": ["--which", "paper", "--precision", "bf16-mixed"],
    "default": ["--which", "semst"],
}


def run(script: str, *arguments: str) -> dict[str, Any]:
    """Run one measurement and return what it printed last."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        # out of memory is a result, too
        return {"failed": done.stderr.strip().splitlines()[-1:] or [f"code {done.returncode}"]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def whole_run(name: str, folder: Path, n_domains: int) -> dict[str, Any]:
    """Run the default on ``<name>.h5ad`` of the folder, in the benchmark's own way."""
    suite = parse_suite(
        {
            "title": name,
            "datasets": [{"name": name, "n_domains": n_domains}],
            "arms": ["semst"],
            "seeds": 1,
            "clusterers": ["own"],
            "fresh_process": True,
        },
        where="bench",
    )
    row = run_suite(suite, folder, folder / "whole", retry_failed=True, progress=False).rows.iloc[0]
    if row["status"] != "done":
        return {"failed": [row["error"]]}
    measured = {key: float(row[key]) for key in ("seconds", "cpu_seconds", "peak_gb")}
    record = json.loads(row["record"])
    return {
        "n_spots": int(row["n_spots"]),
        **measured,
        "stage_seconds": record["timings"],
        "clusterer": record["clustering"]["method"],
    }


def size(text: str) -> tuple[int, int]:
    """Read "10000x500" as spots and genes."""
    spots, _, genes = text.partition("x")
    return int(spots), int(genes)


def main() -> None:
    """Measure what is missing and write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", nargs="*", default=["5000x500", "10000x500", "20000x500"])
    parser.add_argument("--steps", nargs="*", default=["1000x1000", "2000x1000", "3600x1000", "3600x3000"])
    parser.add_argument(
        "--source", type=Path, help="slice to make the large ones from; a simulated one if absent"
    )
    parser.add_argument("--mean-counts", default="200", help="mean counts of a spot of the large slices")
    parser.add_argument("--n-domains", type=int, default=7)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    store = given.out / "bench.jsonl"
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    known = {(row["what"], row["size"]) for row in rows}

    def keep(what: str, text: str, result: dict[str, Any]) -> None:
        rows.append({"what": what, "size": text, "cores": os.cpu_count(), **result})
        with store.open("a") as handle:
            handle.write(json.dumps(rows[-1]) + "\n")
        print(what, text, result.get("failed", ""), f"load {os.getloadavg()[0]:.1f}", flush=True)

    for text in given.steps:
        spots, genes = size(text)
        for kind, arguments in KINDS.items():
            if (kind, text) not in known:
                keep(kind, text, run("step.py", *arguments, "--spots", str(spots), "--genes", str(genes)))
    for text in given.sizes:
        if ("whole", text) in known:
            continue
        spots, genes = size(text)
        slice_file = given.out / f"slice-{text}.h5ad"
        made = ["--out", str(slice_file), "--spots", str(spots), "--genes", str(genes)]
        made += ["--mean-counts", given.mean_counts]
        made += ["--source", str(given.source)] if given.source else []
        subprocess.run([sys.executable, str(HERE / "large_slice.py"), *made], check=True)
        keep("whole", text, {"n_genes": genes, **whole_run(slice_file.stem, given.out, given.n_domains)})
        slice_file.unlink()
    report(rows, given.out)


if __name__ == "__main__":
    main()

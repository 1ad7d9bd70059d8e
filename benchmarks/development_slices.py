"""One configuration on the four development slices: accuracy, time and memory as a table.

Every spot is trained, annotated spots are scored, K is the number of annotated domains, the last epoch is
taken.
Each run is a process of its own, so that its peak memory is its own.

    .venv/bin/python benchmarks/development_slices.py --data ../shared/data --seeds 0 1 2 3 4 --cluster mclust
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SLICES = {
    "dlpfc_151673": "sum_umi_full",
    "dlpfc_151675": "sum_umi_full",
    "starmap_mvc_BY3_1k": None,
    "starmap_mpfc_BZ5": None,
}


def run_one(path: Path, depth_key: str | None, seed: int, cluster: str, settings: dict) -> dict:
    """Run one slice once and score it; called in the process of the run."""
    import semst

    adata = semst.io.read(path)
    truth = adata.obs["ground_truth"]
    started = time.perf_counter()
    semst.tl.semst(
        adata,
        int(truth.nunique()),
        depth_key=depth_key,
        random_state=seed,
        cluster=cluster,
        progress=False,
        **settings,
    )
    seconds = time.perf_counter() - started
    scores = {}
    for name, column in (("unrefined", "semst_unrefined"), ("refined", "semst")):
        for metric, value in semst.metrics.score(truth, adata.obs[column]).items():
            scores[f"{metric}_{name}"] = value
    record = adata.uns["semst"]
    return {
        **scores,
        "seconds": seconds,
        "timings": record["timings"],
        "branch_share": record.get("branch_share"),
        "clusterer": record["clustering"]["method"],
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
    }


def main() -> None:
    """Run all slices and seeds and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--slices", nargs="+", default=list(SLICES))
    parser.add_argument("--cluster", default="auto")
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON of further settings")
    parser.add_argument("--out", type=Path, help="JSON lines, one a run")
    parser.add_argument("--one", nargs=2, metavar=("SLICE", "SEED"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        name, seed = given.one
        depth_key = SLICES.get(name)
        row = run_one(given.data / f"{name}.h5ad", depth_key, int(seed), given.cluster, given.settings)
        print(json.dumps(row, default=float))
        return

    print("| slice | ARI | ARI refined | NMI | NMI refined | seconds | peak GB | clusterer | branch share |")
    print("|---|---|---|---|---|---|---|---|---|")
    means = []
    for name in given.slices:
        rows = []
        for seed in given.seeds:
            command = [sys.executable, __file__, "--data", str(given.data), "--cluster", given.cluster]
            command += ["--settings", json.dumps(given.settings), "--one", name, str(seed)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name}, seed {seed}:\n{done.stderr}")
            rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
            if given.out:
                with given.out.open("a") as handle:
                    handle.write(json.dumps({"slice": name, "seed": seed, **rows[-1]}) + "\n")
        cells = [name]
        for key in ("ari_unrefined", "ari_refined", "nmi_unrefined", "nmi_refined"):
            values = np.array([row[key] for row in rows])
            cells.append(f"{values.mean():.3f} ± {values.std(ddof=1) if len(values) > 1 else 0:.3f}")
        cells.append(f"{np.median([row['seconds'] for row in rows]):.0f}")
        cells.append(f"{max(row['peak_gb'] for row in rows):.1f}")
        cells.append(rows[0]["clusterer"])
        shares = [row["branch_share"] for row in rows if row["branch_share"] is not None]
        cells.append(f"{np.mean(shares):.2f}" if shares else "")
        print("| " + " | ".join(cells) + " |", flush=True)
        means.append([np.mean([row[k] for row in rows]) for k in ("ari_unrefined", "ari_refined")])
    print(f"mean of the slices: ARI {np.mean(means, axis=0)[0]:.3f}, refined {np.mean(means, axis=0)[1]:.3f}")


if __name__ == "__main__":
    main()

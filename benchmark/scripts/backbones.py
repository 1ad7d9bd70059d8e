"""One backbone on annotated slices, plain or with FSM: accuracy, time and memory as a table.

Every spot is trained, annotated spots are scored, K is the number of annotated domains, the last epoch is
taken; settings are the model's own defaults unless ``--settings`` says otherwise. Each run is a process of
its own, so that its peak memory is its own.

    .venv/bin/python benchmark/scripts/backbones.py graphst ../shared/data/dlpfc_151673.h5ad --seeds 0 1
    .venv/bin/python benchmark/scripts/backbones.py stagate ../shared/data/*.h5ad --fsm --semantics random
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

DEPTH_KEY = "sum_umi_full"  # library sizes of slices that hold part of the genes
LABELS = "ground_truth"
COLUMNS = ("ari_unrefined", "ari_refined", "nmi_unrefined", "nmi_refined")


def run_one(model: str, path: Path, seed: int, given: argparse.Namespace) -> dict:
    """Run one slice once and score it; called in the process of the run."""
    import semst

    adata = semst.io.read(path)
    truth = adata.obs[LABELS]
    begun, cpu_begun = time.perf_counter(), time.process_time()
    semst.tl.backbone(
        adata,
        model,
        int(truth.nunique()),
        fsm=given.fsm,
        semantics=given.semantics,
        depth_key=DEPTH_KEY if DEPTH_KEY in adata.obs else None,
        cluster=given.cluster,
        random_state=seed,
        device=given.device,
        progress=False,
        key_added="run",
        **given.settings,
    )
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
    scores = {}
    for name, column in (("unrefined", "run_unrefined"), ("refined", "run")):
        for metric, value in semst.metrics.score(truth, adata.obs[column]).items():
            scores[f"{metric}_{name}"] = value
    record = adata.uns["run"]
    return {
        **scores,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "training_seconds": record["timings"]["training"],
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "losses": {part: float(values[-1]) for part, values in record["history"].items()},
    }


def row_of(path: Path, runs: list[dict]) -> str:
    """One line of the table: means and standard deviations over the seeds."""
    cells = [path.stem]
    for key in COLUMNS:
        values = np.array([run[key] for run in runs])
        spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
        cells.append(f"{values.mean():.3f}{spread}")
    for key in ("cpu_seconds", "training_seconds"):
        cells.append(f"{np.median([run[key] for run in runs]):.0f}")
    cells.append(f"{max(run['peak_gb'] for run in runs):.2f}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run all slices and seeds and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("slices", type=Path, nargs="+", help="annotated .h5ad files")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--fsm", action="store_true", help="plug FSM in")
    parser.add_argument("--semantics", default="minilm-genes", help="source of the vectors for FSM")
    parser.add_argument("--cluster", default="mclust")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--settings", type=json.loads, default={}, help="JSON of settings of the model")
    parser.add_argument("--out", type=Path, help="JSON lines, one a run")
    parser.add_argument("--one", type=int, metavar="SEED", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(run_one(given.model, given.slices[0], given.one, given), default=float))
        return

    print("| slice | ARI | ARI refined | NMI | NMI refined | CPU s | training s (wall) | peak GB |")
    print("|---|---|---|---|---|---|---|---|")
    for path in given.slices:
        runs = []
        for seed in given.seeds:
            command = [sys.executable, __file__, given.model, str(path), "--one", str(seed)]
            command += ["--semantics", given.semantics, "--cluster", given.cluster, "--device", given.device]
            command += ["--settings", json.dumps(given.settings)] + ["--fsm"] * given.fsm
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{path.stem}, seed {seed}:\n{done.stderr}")
            runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
            if given.out:
                setting = {"model": given.model, "slice": path.stem, "seed": seed, "fsm": given.fsm}
                with given.out.open("a") as handle:
                    handle.write(json.dumps({**setting, **runs[-1]}) + "\n")
        print(row_of(path, runs), flush=True)


if __name__ == "__main__":
    main()

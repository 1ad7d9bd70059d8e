"""Do all models give the bits they gave? Hashes of embedding and domains of every model, written or compared.

    python benchmark/scripts/same_bits.py --data DATA --out before.json        # with the code as it was
    python benchmark/scripts/same_bits.py --data DATA --against before.json    # with the code as it is

Bits hold for one machine, one set of libraries and one number of threads (one here): both runs belong side by
side. Every model runs plain with its own settings and, for a few epochs, with FSM on random vectors.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from anndata import AnnData

import semst

MODELS = [
    "semst", "semanticst", "graphst", "stagate", "gaaest", "sedr", "staig", "stdcl", "mafn", "spatial-mgcn",
    "dusted",
]  # fmt: skip
BZ5 = "starmap_mpfc_BZ5"
SHORT = {"epochs": 5}


def slices(data: Path | None) -> dict[str, AnnData]:
    """The simulated cortex and, where its file is there, a STARmap slice."""
    found = {"cortex": semst.datasets.simulated_cortex(n_spots=700, random_state=0)}
    if data is not None:
        found[BZ5] = semst.io.read(data / f"{BZ5}.h5ad")
    return found


def runs(model: str) -> dict[str, dict[str, Any]]:
    """Settings of the runs of a model by name."""
    if model == "semst":
        return {
            "plain": {},
            "fsm": {**SHORT, "semantics": "random"},
            "concat": {**SHORT, "semantics": "random", "fusion": "concat"},
            "paper": {**SHORT, "preset": "paper", "semantics": "random"},
            "tiles": {**SHORT, "tile_spots": 300, "semantics": "random"},
            "radius": {**SHORT, "radius": 400.0},
        }
    short = {**SHORT, **({"clustering_epochs": 5} if model == "sedr" else {})}
    some: dict[str, dict[str, Any]] = {
        "plain": {},
        "fsm": {**short, "fsm": True, "semantics": "random"},
    }
    if model == "semanticst":
        some["samples"] = {**short, "sample_key": "half", "tile_spots": 300}
    return some


def digest(values: np.ndarray) -> str:
    """A short hash of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]


def run(adata: AnnData, model: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Run a model on a copy and hash what it wrote."""
    adata = adata.copy()
    adata.obs["half"] = pd.Categorical(np.where(np.arange(adata.n_obs) < adata.n_obs // 2, "a", "b"))
    n_domains = int(adata.obs["ground_truth"].nunique())
    started = time.process_time()
    common: dict[str, Any] = {"random_state": 0, "cluster": "mixture", "progress": False, "key_added": "run"}
    if model == "semst":
        semst.tl.semst(adata, n_domains, **common, **settings)
    else:
        semst.tl.backbone(adata, model, n_domains, **common, **settings)
    labels = adata.obs["run"].cat.codes.to_numpy()
    return {
        "embedding": digest(adata.obsm["X_run"]),
        "domains": digest(labels),
        "unrefined": digest(adata.obs["run_unrefined"].cat.codes.to_numpy()),
        "ari": round(float(semst.metrics.ari(adata.obs["ground_truth"], adata.obs["run"])), 4),
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> int:
    """Run, then write or compare; the exit status is 1 where anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help=f"folder with {BZ5}.h5ad")
    parser.add_argument("--out", type=Path, help="JSON to write")
    parser.add_argument("--against", type=Path, help="JSON of an earlier run, to compare with")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--slices", default=None, help="some of them only")
    parser.add_argument("--runs", default=None, help="some of them only: plain, fsm, ...")
    options = parser.parse_args()
    torch.set_num_threads(1)
    before = json.loads(options.against.read_text()) if options.against else {}
    found: dict[str, Any] = {}
    differing = 0
    for place, adata in slices(options.data).items():
        if options.slices and place not in options.slices.split(","):
            continue
        for model in options.models.split(","):
            for how, settings in runs(model).items():
                if options.runs and how not in options.runs.split(","):
                    continue
                name = f"{place}/{model}/{how}"
                one = run(adata, model, settings)
                verdict = ""
                if name in before:
                    changed = [k for k in ("embedding", "domains", "unrefined") if one[k] != before[name][k]]
                    differing += bool(changed)
                    verdict = f"DIFFERS in {', '.join(changed)}" if changed else "the same"
                print(f"{name:<40} ARI {one['ari']:.4f} {one['seconds']:7.1f} s  {verdict}", flush=True)
                found[name] = one
                if options.out:
                    options.out.write_text(json.dumps(found, indent=1))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

"""How many domains: what `n_domains="auto"` chooses on annotated slices, and what the choice is worth.

A row a slice: the chosen number with its stability, the runners-up, the number of annotated classes, and
the ARI of refined domains on annotated spots with the chosen and with the annotated number. No label takes
part in a choice. One thread; the CPU seconds are those of the run with "auto", the choice included.

    python benchmark/scripts/how_many.py DATA/*.h5ad
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import logging
import time
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import torch

import semst
from semst import metrics

DEPTH_KEY, LABELS = "sum_umi_full", "ground_truth"
HEADS = (
    "slice",
    "chosen (stability ± its standard error)",
    "runners-up",
    "silhouette, BIC, ICL",
    "annotated",
    "ARI, chosen",
    "ARI, annotated number",
    "CPU s",
)


def domains(adata: ad.AnnData, n_domains: int | str, seed: int) -> tuple[float, dict[str, Any]]:
    """ARI of the refined domains on annotated spots, and the record of the run."""
    depth = DEPTH_KEY if DEPTH_KEY in adata.obs else None
    semst.tl.semst(
        adata,
        n_domains,
        random_state=seed,
        depth_key=depth,
        device="cpu",
        progress=False,
        explain=False,
    )
    return metrics.ari(adata.obs[LABELS], adata.obs["semst"]), adata.uns["semst"]


def row(path: Path, seed: int) -> list[str]:
    """The cells of a slice."""
    adata = semst.io.read(path)
    annotated = int(adata.obs[LABELS].nunique())
    started = time.process_time()
    score, record = domains(adata, "auto", seed)
    seconds = time.process_time() - started
    choice = record["choice"]
    peaks = [
        (int(number), f"{int(number)} ({value:.3f} ± {error:.3f})")
        for number, value, error in zip(
            *(choice["peaks"][name] for name in ("n_domains", "stability", "stability_se")), strict=True
        )
    ]
    chosen = int(choice["n_domains"])
    at = int(np.flatnonzero(choice["k"] == chosen)[0])
    others = [choice["choices"].get(name, "–") for name in ("silhouette", "bic", "icl")]
    return [
        path.stem,
        f"{chosen} ({choice['stability'][at]:.3f} ± {choice['stability_se'][at]:.3f})"
        + ("" if peaks else ", no peak"),
        ", ".join(shown for number, shown in peaks if number != chosen) or "–",
        ", ".join(map(str, others)),
        str(annotated),
        f"{score:.3f}",
        f"{domains(adata, annotated, seed)[0]:.3f}",
        f"{seconds:.0f}",
    ]


def main() -> None:
    """Print the table, a row as soon as it is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slices", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("semst").setLevel(logging.ERROR)
    print("| " + " | ".join(HEADS) + " |")
    print("|" + "---|" * len(HEADS))
    for path in given.slices:
        print("| " + " | ".join(row(path, given.seed)) + " |", flush=True)


if __name__ == "__main__":
    main()

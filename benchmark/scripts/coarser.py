"""Cuts of a finer run beside a run with the number itself, on annotated slices.

A row a slice: the default is run with the annotated number of domains, K, and with some more; these are
merged to K again (`semst.tl.cut`). ARI of refined domains on annotated spots. One thread.

    python benchmark/scripts/coarser.py DATA/*.h5ad --more 4 2
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import logging
from pathlib import Path

import numpy as np
import torch

import semst
from semst import metrics

DEPTH_KEY, LABELS = "sum_umi_full", "ground_truth"


def scores(path: Path, more: list[int], seed: int) -> list[float]:
    """ARI of the run with K; then, for each number more, of that run and of its cut."""
    adata = semst.io.read(path)
    options = {"depth_key": DEPTH_KEY if DEPTH_KEY in adata.obs else None, "random_state": seed}
    number = int(adata.obs[LABELS].nunique())
    found = []
    for added in (0, *more):
        semst.tl.semst(adata, number + added, device="cpu", progress=False, explain=False, **options)
        found.append(metrics.ari(adata.obs[LABELS], adata.obs["semst"]))
        if added:
            semst.tl.cut(adata, number)
            found.append(metrics.ari(adata.obs[LABELS], adata.obs["semst_cut"]))
    return found


def main() -> None:
    """Print the table, and its means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slices", type=Path, nargs="+")
    parser.add_argument("--more", type=int, nargs="+", default=[4, 2])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("semst").setLevel(logging.ERROR)
    heads = ["slice", "K", *(f"K + {added}{cut}" for added in given.more for cut in ("", ", cut to K"))]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    table = []
    for path in given.slices:
        table.append(scores(path, given.more, given.seed))
        print("| " + " | ".join([path.stem, *(f"{score:.3f}" for score in table[-1])]) + " |", flush=True)
    print("| " + " | ".join(["mean", *(f"{score:.3f}" for score in np.mean(table, axis=0))]) + " |")


if __name__ == "__main__":
    main()

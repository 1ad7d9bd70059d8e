"""The same slice with its genes in another order: how far domains and embedding stay what they were.

    python benchmark/scripts/gene_order.py DATA/st_pdac_A.h5ad DATA/starmap_mpfc_BZ5.h5ad

Rare genes tie where the variable ones are cut off, and their order decides among them; so each slice is also
run on the genes that its own order chooses, where nothing ties.
"""

import argparse
import logging
from pathlib import Path

import anndata as ad
import numpy as np

import semst
from semst import metrics

N_ORDERS = 2


def run(adata: ad.AnnData, preset: str) -> semst.SemST:
    n_domains = int(adata.obs["ground_truth"].nunique())
    depth = "sum_umi_full" if "sum_umi_full" in adata.obs else None
    options = {"preset": preset, "depth_key": depth, "cluster": "mixture", "explain": False}
    return semst.SemST(n_domains, **options, progress=False).fit(adata)


def moved(one: semst.SemST, other: semst.SemST) -> tuple[float, int, float]:
    """ARI between the domains, spots that change theirs, change of the embedding's inner products."""
    labels, found = np.asarray(one.result_.labels), np.asarray(other.result_.labels)
    matched = semst.cluster.match_labels(found, labels)
    first, second = one.result_.embedding, other.result_.embedding
    kernels = [rows @ rows.T for rows in (first, second)]  # whatever the signs and the number of directions
    change = np.linalg.norm(kernels[0] - kernels[1]) / np.linalg.norm(kernels[0])
    return metrics.ari(labels, found), int((labels.astype(str) != matched.astype(str)).sum()), float(change)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slices", type=Path, nargs="+")
    parser.add_argument("--presets", nargs="+", default=["linear", "network"])
    given = parser.parse_args()
    logging.getLogger("semst").setLevel(logging.ERROR)
    print("| slice | preset | genes | ARI of the domains | spots that move | change of the embedding |")
    print("|---|---|---|---|---|---|")
    for path in given.slices:
        adata = semst.io.read(path)
        for preset in given.presets:
            whole = run(adata, preset)
            chosen = adata[:, adata.var_names.isin(whole.projections_.genes)].copy()
            for name, start, base in (("all", adata, whole), ("the chosen", chosen, run(chosen, preset))):
                found = []
                for seed in range(N_ORDERS):
                    order = np.random.default_rng(seed).permutation(start.n_vars)
                    found.append(moved(base, run(start[:, order].copy(), preset)))
                shown = [", ".join(f"{x:.3g}" for x in column) for column in zip(*found, strict=True)]
                print(f"| {path.stem} | {preset} | {name} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()

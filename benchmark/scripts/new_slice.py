"""Domains of a slice that was not fitted, by a model of another one: against its own run, and the annotation.

Two sections of one donor, read by each other's model; then with part of the genes taken away; and foreign
tissue, which is to be told as unlike what was fitted. One seed, one thread.

    python benchmark/scripts/new_slice.py /data/of/slices
"""

import argparse
import logging
import time
from pathlib import Path

import anndata as ad
import numpy as np

import semst
from semst import metrics

PAIR = ("dlpfc_151673", "dlpfc_151675")
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5)
N_SEEDS = 3


def read(folder: Path, name: str) -> ad.AnnData:
    return ad.read_h5ad(folder / f"{name}.h5ad")


def fitted(adata: ad.AnnData, **options) -> semst.tl.Estimator:
    settings = {"depth_key": "sum_umi_full", "explain": False, "progress": False, **options}
    return semst.tl.Estimator("semst", 7, **settings).fit(adata)


def ari(truth, labels) -> float:
    known = truth.notna().to_numpy()
    return metrics.ari(truth[known], labels[known])


def without(adata: ad.AnnData, genes, share: float, seed: int) -> ad.AnnData:
    """The slice without a random share of the genes of a fit."""
    rng = np.random.default_rng(seed)
    here = adata.var_names.intersection(genes)
    gone = rng.choice(here, int(share * len(genes)), replace=False)
    return adata[:, ~adata.var_names.isin(gone)].copy()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    logging.getLogger("semst").setLevel(logging.ERROR)
    slices = {name: read(data, name) for name in PAIR}
    fits = {}
    for name, adata in slices.items():
        start = time.process_time()
        fits[name] = fitted(adata)
        print(
            f"{name}: own run ARI {ari(adata.obs.ground_truth, fits[name].result_.labels):.3f}, "
            f"{time.process_time() - start:.1f} CPU s"
        )
    for source, target in (PAIR, PAIR[::-1]):
        adata, model, own = slices[target], fits[source], fits[target].result_.labels
        start = time.process_time()
        found = model.predict(adata)
        print(
            f"\n{target} by the model of {source}: ARI against the annotation "
            f"{ari(adata.obs.ground_truth, found.labels):.3f}, against its own run "
            f"{metrics.ari(own, found.labels):.3f}; {len(found.record['prediction']['missing_genes'])} of "
            f"{found.record['prediction']['n_genes']} genes missing; unlike "
            f"{found.record['prediction']['share_unlike']:.4f}; {time.process_time() - start:.1f} CPU s"
        )
        known = ari(adata.obs.ground_truth, found.labels)
        for share in SHARES:
            scores, agree = [], []
            for seed in range(N_SEEDS if share else 1):
                part = model.predict(without(adata, model.projections_.genes, share, seed), max_missing=1.0)
                scores.append(ari(adata.obs.ground_truth, part.labels))
                agree.append(metrics.ari(found.labels, part.labels))
            print(
                f"  another {share:.0%} missing: ARI {np.mean(scores):.3f}, with all of them {known:.3f}, "
                f"agreement {np.mean(agree):.3f}"
            )
    print("\nforeign tissue, read by the model of 151673 (share unlike)")
    model = fits[PAIR[0]]
    for name in ("her2st_A1", "st_pdac_A", "dlpfc_151675"):
        found = model.predict(read(data, name), max_missing=1.0)
        print(
            f"  {name}: {found.unlike.mean():.3f}, {len(found.record['prediction']['missing_genes'])} missing"
        )
    shuffled = slices[PAIR[1]].copy()
    order = np.random.default_rng(0).permutation(shuffled.n_vars)
    shuffled.X = shuffled.X[:, order]
    print(f"  dlpfc_151675, genes permuted: {model.predict(shuffled).unlike.mean():.3f}")


if __name__ == "__main__":
    main()

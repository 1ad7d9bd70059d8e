"""A slice and simulated twins of it, run jointly: the same spots should get the same domains.

A twin has Poisson counts around those of the slice, averaged half with its six nearest spots' and multiplied
by a factor a gene (log-normal, 0.3) as another run of the instrument would have, and is turned by a right
angle. Reported are, for each way of `batch`, the ARI against the annotation and the agreement of twins.

    python benchmark/scripts/twins.py /data/of/slices/starmap_mpfc_BZ5.h5ad
"""

import argparse
import logging
from itertools import combinations
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp

import semst
from semst import metrics


def twin(adata: ad.AnnData, seed: int) -> ad.AnnData:
    rng = np.random.default_rng(seed)
    near = semst.gr.knn_spatial_graph(adata.obsm["spatial"], n_neighs=6).adjacency + sp.eye(adata.n_obs)
    means = np.asarray((sp.diags(1 / np.asarray(near.sum(axis=1)).ravel()) @ near @ adata.X).todense())
    own = np.asarray(adata.X.todense())
    factor = rng.lognormal(0, 0.3, adata.n_vars)
    other = adata.copy()
    other.X = sp.csr_matrix(rng.poisson((0.5 * own + 0.5 * means) * factor).astype(np.float32))
    other.obsm["spatial"] = adata.obsm["spatial"] @ np.array([[0.0, -1.0], [1.0, 0.0]])
    return other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slice", type=Path)
    parser.add_argument("--twins", type=int, default=2)
    asked = parser.parse_args()
    logging.getLogger("semst").setLevel(logging.ERROR)
    adata = semst.io.read(asked.slice)
    slices = {"slice": adata, **{f"twin {seed}": twin(adata, seed) for seed in range(1, asked.twins + 1)}}
    truth = adata.obs["ground_truth"]
    options = {"cluster": "mixture", "explain": False, "progress": False}
    n_domains = int(truth.nunique())
    alone = {name: semst.SemST(n_domains, **options).fit(one).result_.labels for name, one in slices.items()}
    ways = {"alone": alone}
    for batch in ("none", "centre", "harmony"):
        copies = semst.tl.semst(slices, n_domains, batch=batch, copy=True, **options)
        ways[batch] = {name: one.obs["semst"].array for name, one in copies.items()}
    for way, labels in ways.items():
        same = [float(np.mean(np.asarray(a) == np.asarray(b))) for a, b in combinations(labels.values(), 2)]
        scores = ", ".join(f"{name} {metrics.ari(truth, found):.3f}" for name, found in labels.items())
        agreement = np.mean([metrics.ari(a, b) for a, b in combinations(labels.values(), 2)])
        print(f"{way:8}  {scores}; agreement {agreement:.3f}; the same label {np.mean(same):.3f}")
    model = semst.SemST(n_domains, **options).fit(adata)
    read = {name: model.predict(one) for name, one in slices.items()}
    for name, found in read.items():
        print(
            f"read by the slice's model: {name} {metrics.ari(truth, found.labels):.3f}, "
            f"unlike {found.unlike.mean():.3f}"
        )


if __name__ == "__main__":
    main()

"""What the constants of the linear path do on simulated tissues whose domains are known.

    python benchmark/scripts/simulated_tissues.py [--seeds 1]

Layers one or two spots wide around a centre, patches, a cortex, and single cells of ten types in six bands,
on grids and scattered, from 280 to 2,500 spots. Counts are gamma-Poisson with a depth of its own for every
spot; programmes of genes vary from spot to spot without regard to place. Forms: how far the covariance at
distance zero is extrapolated (0: the spot counts as far as its nearest vouch for it; 1: the whole line),
and the share of a slice that a ring may reach to. Printed are ARI before and after the vote that spares
narrow domains.
"""

import argparse
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy.sparse as sp

import semst
from semst import cluster, gr, metrics, pp
from semst.pp import _tissue_signal

FORMS = {
    "as it is": (0.5, 0.1),
    "no extrapolation": (0.0, 0.1),
    "whole line": (1.0, 0.1),
    "rings to a twentieth": (0.5, 0.05),
    "rings to a fifth": (0.5, 0.2),
    "all rings": (0.5, 1.0),
}
N_GENES = 3_000


def grid(n_spots: int, hexagonal: bool) -> np.ndarray:
    """Positions of a square or hexagonal grid, row by row."""
    side = int(np.ceil(np.sqrt(n_spots)))
    y, x = np.divmod(np.arange(side * side), side)
    if hexagonal:
        return np.column_stack([x + 0.5 * (y % 2), y * np.sqrt(3) / 2])
    return np.column_stack([x, y]).astype(float)


def layers(rng, n_spots, n_domains, width, hexagonal=False) -> tuple[np.ndarray, np.ndarray]:
    """Layers around a centre, the innermost taking what is left."""
    xy = grid(n_spots, hexagonal)
    radius = np.sqrt(((xy - xy.mean(axis=0)) ** 2 * [1, 1.3]).sum(axis=1))
    kept = np.argsort(radius, kind="stable")[:n_spots]
    depth = (radius[kept].max() - radius[kept]) / width
    return xy[kept], np.minimum(depth.astype(int), n_domains - 1)


def patches(rng, n_spots, n_domains, size, hexagonal=False) -> tuple[np.ndarray, np.ndarray]:
    """The largest of several smooth random fields."""
    xy = grid(n_spots, hexagonal)[:n_spots]
    near = np.exp(-((xy[:, None] - xy) ** 2).sum(axis=-1) / (2 * size**2))
    fields = near @ rng.normal(size=(n_spots, n_domains))
    return xy, np.unique((fields / fields.std(axis=0)).argmax(axis=1), return_inverse=True)[1]


def bands(rng, n_spots, n_domains) -> tuple[np.ndarray, np.ndarray]:
    """Wavy bands across scattered cells."""
    xy = rng.uniform(size=(n_spots, 2))
    cuts = np.linspace(0, 1, n_domains + 1)[1:-1]
    return 100 * xy, np.digitize(xy[:, 0] + 0.05 * np.sin(6 * xy[:, 1]), cuts)


def profiles(rng, n_kinds: int, n_genes: int, n_markers: int, fold: float) -> np.ndarray:
    """Log expression of kinds that differ in marker genes."""
    found = np.tile(rng.normal(0, 1.5, n_genes), (n_kinds, 1))
    for kind in found:
        kind[rng.choice(n_genes, n_markers, replace=False)] += np.log(fold) * rng.uniform(0.3, 1, n_markers)
    return found


def counts(rng, log_mean: np.ndarray, depth: float) -> sp.csr_matrix:
    """Gamma-Poisson counts with a depth of its own for every spot."""
    mean = np.exp(log_mean)
    mean *= depth * rng.lognormal(0, 0.5, (len(mean), 1)) / mean.sum(axis=1, keepdims=True)
    return sp.csr_matrix(rng.poisson(rng.gamma(2, 0.5, mean.shape) * mean).astype(np.float32))


def spots(rng, place: tuple[np.ndarray, np.ndarray], depth: float, fold: float):
    """Spots whose domain has markers, under programmes that have nothing to do with place."""
    xy, domain = place
    log_mean = profiles(rng, domain.max() + 1, N_GENES, 60, fold)[domain]
    for _ in range(4):
        log_mean[:, rng.choice(N_GENES, 100, replace=False)] += 0.4 * rng.normal(size=(len(xy), 1))
    return xy, domain, counts(rng, log_mean, depth)


def cells(rng, place: tuple[np.ndarray, np.ndarray], depth: float):
    """Cells of ten types, mixed in each domain's own proportions, with a few markers of the domain."""
    xy, domain = place
    shares = rng.dirichlet(np.full(10, 0.6), domain.max() + 1)
    kind = np.array([rng.choice(10, p=shares[one]) for one in domain])
    log_mean = profiles(rng, 10, 400, 25, 8.0)[kind]
    log_mean += profiles(rng, domain.max() + 1, 400, 15, 2.0)[domain] - log_mean.mean()
    return xy, domain, counts(rng, log_mean, depth)


def cortex(rng, n_spots: int):
    """The simulated cortex of the package."""
    adata = semst.datasets.simulated_cortex(n_spots=n_spots, n_genes=200, random_state=int(rng.integers(100)))
    known = adata.obs["ground_truth"].notna().to_numpy()
    domain = adata.obs["ground_truth"].cat.codes.to_numpy().astype(int)[known]
    return adata.obsm["spatial"][known], domain, sp.csr_matrix(adata.X[known])


TISSUES: dict[str, Callable] = {
    "layers 1.4 wide, 282": lambda r: spots(r, layers(r, 282, 5, 1.4), 8_000, 2.5),
    "layers 1.4 wide, 282, deep": lambda r: spots(r, layers(r, 282, 5, 1.4), 20_000, 4.0),
    "layers 1 wide, 282": lambda r: spots(r, layers(r, 282, 5, 1.0), 8_000, 2.5),
    "layers 1 wide, 282, deep": lambda r: spots(r, layers(r, 282, 7, 1.0), 20_000, 4.0),
    "layers 1 wide, 282, deep, hexagonal": lambda r: spots(r, layers(r, 282, 7, 1.0, True), 20_000, 4.0),
    "patches, 300": lambda r: spots(r, patches(r, 300, 5, 3.0), 3_000, 2.5),
    "patches, 400": lambda r: spots(r, patches(r, 400, 5, 4.0), 3_000, 2.5),
    "patches, 600": lambda r: spots(r, patches(r, 600, 5, 5.0), 1_500, 2.5),
    "patches, 1500, hexagonal": lambda r: spots(r, patches(r, 1_500, 5, 6.0, True), 1_500, 2.0),
    "cortex, 320": lambda r: cortex(r, 320),
    "cortex, 600": lambda r: cortex(r, 600),
    "cortex, 700": lambda r: cortex(r, 700),
    "cells, 1200": lambda r: cells(r, bands(r, 1_200, 6), 300),
    "cells, 2500": lambda r: cells(r, bands(r, 2_500, 6), 150),
}


def score(xy, domain, values, form: tuple[float, float], voters) -> tuple[float, float]:
    """ARI of the linear path's domains before and after the vote."""
    _tissue_signal.EXTRAPOLATED, widest = form
    rings = gr.neighbour_rings(xy, widest=widest)
    around = gr.ring_means(values, rings)
    signal = pp.fit_tissue_signal(values, around, reach=gr.ring_reach(xy, rings))
    found = cluster.mixture(signal.project(values, around), len(np.unique(domain))).labels
    voted = cluster.spare_narrow_domains(found, cluster.refine(found, voters))
    return metrics.ari(domain, found), metrics.ari(domain, voted)


def shown(scores, digits: int) -> str:
    """Before and after the vote."""
    return " → ".join(f"{score:.{digits}f}" for score in scores)


def main() -> None:
    """Print a table of tissues by forms."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seeds", type=int, default=1)
    rows: dict[str, dict[str, str]] = {}
    means: dict[str, list[tuple[float, float]]] = {form: [] for form in FORMS}
    n_seeds = options.parse_args().seeds
    for name, make in TISSUES.items():
        found: dict[str, list[tuple[float, float]]] = {form: [] for form in FORMS}
        for seed in range(n_seeds):
            xy, domain, matrix = make(np.random.default_rng(seed))
            features = pp.semst_features(matrix, pd.Index([f"G{i}" for i in range(matrix.shape[1])]))
            values = pp.fit_components(features.inputs, n_components=30).project(features.inputs)
            voters = gr.nearest_neighbours(xy, n_neighs=12, or_all=True)
            for form, constants in FORMS.items():
                found[form].append(score(xy, domain, values, constants, voters))
        for form, scores in found.items():
            means[form].append(tuple(np.mean(scores, axis=0)))
        rows[name] = {form: shown(means[form][-1], 2) for form in FORMS}
        print(name, rows[name], file=sys.stderr, flush=True)
    rows["mean"] = {form: shown(np.mean(scores, axis=0), 3) for form, scores in means.items()}
    print("| | " + " | ".join(FORMS) + " |\n|---" + "|---" * len(FORMS) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    main()

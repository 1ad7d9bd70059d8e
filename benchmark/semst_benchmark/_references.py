"""Simple references: features without a network, which every model has to be held against."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from anndata import AnnData

from semst import gr, pp
from semst.data import Slice, SliceKeys, read_slice, spread

from ._hidden_spot import N_KEPT, N_STARTS, hidden_spot, hidden_spot_and_near

SCALES = (6, 18, 36)
BANKSY_NEIGHS = 18
BANKSY_SHARE = 0.8  # of the neighbourhood's expression in the distances, for domains


@dataclass(frozen=True)
class Reference:
    """A feature matrix that is made in seconds.

    Attributes
    ----------
    title
        Name in tables.
    about
        What is done, in a line.
    rows
        Slice and log-normalised variable genes to spots x dimensions, and what is worth a record.
    n_starts
        Starts of the mixture that makes its own domains; ``None`` clusters it as the default is.
    """

    title: str
    about: str
    rows: Callable[[Slice, pp.Features], tuple[np.ndarray, dict[str, Any]]]
    n_starts: int | None = None

    def embed(self, adata: AnnData, reading: dict[str, Any]) -> tuple[np.ndarray, dict[str, Any]]:
        """Make the features, NaN for spots without counts, and the record."""
        data, kept = read_slice(adata, SliceKeys(**reading))
        features = pp.semst_features(data.counts, data.genes, depth=data.depth)
        values, record = self.rows(data, features)
        return spread(values, kept), record


def _components(features: pp.Features, n: int) -> np.ndarray:
    return pp.fit_components(features.inputs, n_components=n).project(features.inputs)


def _smoothed(data: Slice, features: pp.Features, *, n_components: int, n_neighs: int) -> np.ndarray:
    nearest = gr.nearest_neighbours(data.coordinates, n_neighs=n_neighs, samples=data.samples)
    return gr.smooth(_components(features, n_components), nearest)


def _multi_scale(data: Slice, features: pp.Features) -> np.ndarray:
    components = _components(features, N_KEPT)
    scales = [
        gr.smooth(
            components,
            gr.nearest_neighbours(data.coordinates, n_neighs=k, samples=data.samples, or_all=True),
        )
        for k in SCALES
    ]
    stacked = np.hstack(scales)
    return pp.fit_components(stacked, n_components=N_KEPT).project(stacked)


def _banksy(data: Slice, features: pp.Features) -> np.ndarray:
    nearest = gr.nearest_neighbours(data.coordinates, n_neighs=BANKSY_NEIGHS, samples=data.samples)
    # genes are not scaled: on the slices tried, scaling each gene made this reference weaker
    own = features.inputs.toarray()
    around = np.asarray(_neighbours_alone(nearest) @ own)
    stacked = np.hstack([np.sqrt(1 - BANKSY_SHARE) * own, np.sqrt(BANKSY_SHARE) * around])
    return pp.fit_components(stacked, n_components=20).project(stacked)


def _neighbours_alone(adjacency: Any) -> Any:
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    return adjacency.multiply(1 / np.maximum(degree, 1)[:, None]).tocsr()


REFERENCES: dict[str, Reference] = {
    "pca": Reference(
        "PCA", "20 principal components of log counts", lambda _, features: (_components(features, 20), {})
    ),
    "smoothed-pca": Reference(
        "smoothed PCA",
        "20 principal components averaged over a spot and its 6 nearest",
        lambda data, features: (_smoothed(data, features, n_components=20, n_neighs=6), {}),
    ),
    "smoothed-pca-12": Reference(
        "smoothed PCA, 12 near",
        "15 principal components averaged over a spot and its 12 nearest",
        lambda data, features: (_smoothed(data, features, n_components=15, n_neighs=12), {}),
    ),
    "multi-scale-pca": Reference(
        "smoothed PCA, 6, 18 and 36 near",
        "15 components of 15 components averaged over 6, 18 and 36 near spots; its own clusterer is the "
        f"mixture with {N_STARTS} starts",
        lambda data, features: (_multi_scale(data, features), {}),
        N_STARTS,
    ),
    "banksy-like": Reference(
        "BANKSY-like",
        f"own and neighbourhood expression (share {BANKSY_SHARE}, {BANKSY_NEIGHS} nearest), 20 "
        "principal components",
        lambda data, features: (_banksy(data, features), {}),
    ),
    "hidden-spot": Reference(
        "hidden spot",
        "15 leading components of what the rings of neighbours (1-6, 7-18, 19-36, 37-90) predict of a spot's "
        f"30 components; its own clusterer is the mixture with {N_STARTS} starts",
        hidden_spot,
        N_STARTS,
    ),
    "hidden-spot-near": Reference(
        "hidden spot, 6 near",
        "the same from the mean of that prediction and the components averaged over a spot and its 6 nearest",
        hidden_spot_and_near,
        N_STARTS,
    ),
}

"""What every run of a benchmark has in common, whatever the model: how it is clustered, refined and scored.

All spots are trained and the annotated ones scored; the number of domains is that of the annotated classes;
a model has one configuration for all data sets; the last epoch counts. Labels are read by the scores alone.
"""

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from semst import MissingDependencyError, cluster, gr, metrics
from semst.cluster import ClusterResult
from semst.pp import fit_components

WIDEST = 200  # embeddings with more dimensions are brought to principal components before a mixture sees them
N_COMPONENTS = 20
N_STARTS = 100
GRAPH_NEIGHS = 12  # mean degree of the graph that votes: that of the default's own spatial graph
WIDE_NEIGHS = 50

OWN = "own"
CLUSTERERS: dict[str, str] = {
    OWN: "the model's own clusterer",
    "mclust": f"mclust EEE, best likelihood of {N_STARTS} starts",
    "mclust-1": "mclust EEE from its own single start, as most publications use it",
    "mixture": f"the same mixture in Python, best likelihood of {N_STARTS} starts",
    "kmeans": "k-means, best of 20 starts",
    "leiden": "Leiden, resolution searched for the wanted number of domains",
}
REFINEMENTS: dict[str, str] = {
    "none": "as the clusterer gives them",
    OWN: "after the model's own refinement, for its own clusterer (references: the vote below)",
    "vote": f"after one vote among a spot and its neighbours in a graph of mean degree {GRAPH_NEIGHS}",
    "vote50": f"after one vote among a spot and its {WIDE_NEIGHS} nearest, as several relatives do",
}
_RUN: dict[str, Callable[[np.ndarray, int, int], ClusterResult]] = {
    "mclust": lambda X, k, seed: cluster.mclust(X, k, n_starts=N_STARTS, random_state=seed),
    "mclust-1": lambda X, k, seed: cluster.mclust(X, k, n_starts=1, random_state=seed),
    "mixture": lambda X, k, seed: cluster.mixture(X, k, n_starts=N_STARTS, random_state=seed),
    "kmeans": lambda X, k, seed: cluster.kmeans(X, k, random_state=seed),
    "leiden": lambda X, k, seed: cluster.leiden(X, k, random_state=seed),
    OWN: lambda X, k, seed: cluster.auto(X, k, n_starts=N_STARTS, random_state=seed),
}


@dataclass(frozen=True)
class Voting:
    """The graphs in which neighbours vote: the same for every model on a slice.

    Attributes
    ----------
    near
        Mean degree of about 12.
    wide
        The 50 nearest spots of each; fewer in slices of fewer spots.
    """

    near: sp.csr_matrix
    wide: sp.csr_matrix

    @classmethod
    def of(cls, coordinates: np.ndarray, samples: np.ndarray | None = None) -> "Voting":
        """Build both graphs from the positions of the spots."""
        sizes = [len(coordinates)] if samples is None else np.unique(samples, return_counts=True)[1]
        most = int(min(sizes)) - 1
        return cls(
            gr.spatial_graph(coordinates, n_neighs=min(GRAPH_NEIGHS, most), samples=samples).adjacency,
            gr.nearest_neighbours(coordinates, n_neighs=min(WIDE_NEIGHS, most), samples=samples),
        )

    def refine(self, labels: np.ndarray, how: str) -> np.ndarray:
        """Let the neighbours vote in the way ``how`` names (see ``REFINEMENTS``)."""
        if how == "none":
            return labels
        codes = np.where(labels < 0, np.nan, labels.astype(np.float64))  # spots without a domain have no vote
        refined = cluster.refine(codes, self.wide if how == "vote50" else self.near)
        return np.where(np.isnan(refined), -1, refined).astype(np.int16)


def find_domains(
    embedding: np.ndarray, n_domains: int, clusterer: str, random_state: int
) -> np.ndarray | str:
    """Cluster the spots that have an embedding.

    Parameters
    ----------
    embedding
        Spots x dimensions; rows that are NaN (spots without counts) stay without a domain.
    n_domains
        Wanted number.
    clusterer
        One of ``CLUSTERERS``.
    random_state
        Seed.

    Returns
    -------
    Domains 0 to K - 1, -1 for spots without one; or, where the clusterer is not on this machine, the reason.
    """
    try:
        return _with_embedding(_RUN[clusterer], embedding, n_domains, random_state)
    except MissingDependencyError as error:
        return str(error)


def best_mixture(embedding: np.ndarray, n_domains: int, random_state: int, *, n_starts: int) -> np.ndarray:
    """Cluster with the Python mixture and a number of starts of one's own; see :func:`find_domains`."""
    return _with_embedding(
        lambda X, k, seed: cluster.mixture(X, k, n_starts=n_starts, random_state=seed),
        embedding,
        n_domains,
        random_state,
    )


def _with_embedding(
    find: Callable[[np.ndarray, int, int], ClusterResult],
    embedding: np.ndarray,
    n_domains: int,
    random_state: int,
) -> np.ndarray:
    """Cluster the rows that are finite, of few dimensions; -1 for the others."""
    kept = np.isfinite(embedding).all(axis=1)
    rows = np.asarray(embedding[kept], dtype=np.float64)
    if rows.shape[1] > WIDEST:
        rows = fit_components(rows, n_components=N_COMPONENTS).project(rows)
    labels = np.full(len(kept), -1, dtype=np.int16)
    labels[kept] = find(rows, n_domains, random_state).labels
    return labels


def is_here(clusterer: str) -> bool:
    """Whether the clusterer seems to be on this machine; only mclust may be missing.

    R is not started to find out: it would change the environment in which worker processes start.
    """
    if not clusterer.startswith("mclust"):
        return True
    return importlib.util.find_spec("rpy2") is not None and shutil.which("R") is not None


def score(truth: Any, labels: np.ndarray, coordinates: np.ndarray, samples: np.ndarray | None) -> dict:
    """Score one set of domains with and without the annotation.

    Parameters
    ----------
    truth
        Annotation, missing for spots without one; ``None`` where there is none at all.
    labels
        Domains 0 to K - 1, -1 for spots without one.
    coordinates, samples
        For the figures that need no annotation; taken slice by slice and averaged by spots.

    Returns
    -------
    ``ari``, ``nmi``, ``accuracy`` and ``f1`` (macro) where there is an annotation, ``chaos`` and ``pas``.

    Examples
    --------
    >>> line = np.column_stack([np.arange(20.0), np.zeros(20)])
    >>> scores = score(["a"] * 10 + ["b"] * 10, np.repeat([0, 1], 10), line, None)
    >>> scores["ari"], round(scores["pas"], 2)
    (1.0, 0.0)
    """
    shown = named(labels)
    values: dict[str, float] = {}
    if truth is not None:
        found = metrics.score(truth, shown)
        values = {
            "ari": found["ari"],
            "nmi": found["nmi"],
            "accuracy": found["accuracy"],
            "f1": found["f1_macro"],
        }
    return {**values, **metrics.coherence(coordinates, shown, samples=samples)}


def named(labels: np.ndarray) -> np.ndarray:
    """Name domains "1" to "K" and leave those without one missing (``None``)."""
    return np.array([None if code < 0 else str(code + 1) for code in labels], dtype=object)

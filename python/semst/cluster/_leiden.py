"""Leiden communities, with the resolution searched for that gives a wanted number."""

from typing import Any

import numpy as np
from scipy import sparse

from semst import _words
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional
from semst.gr import expression_graph

from ._domain_mixture import DomainMixture
from ._result import ClusterResult, as_domains, canonical_order, check_embedding

N_TRIES = 40


def leiden(X: Any, n_domains: int, *, n_neighs: int = 15, random_state: int = 0) -> ClusterResult:
    """Cluster with Leiden on the graph of nearest neighbours, at a resolution that gives ``n_domains``.

    The resolution is bracketed by doubling and halving, then bisected. Where the number of communities jumps
    over ``n_domains``, other seeds are tried at the jump.

    Parameters
    ----------
    X
        Spots x dimensions; neighbours by Euclidean distance.
    n_domains
        Number of domains; the result has exactly so many.
    n_neighs
        Nearest neighbours of each spot.
    random_state
        Seed. The result depends on it and on the set of spots, not on their order.

    Returns
    -------
    Labels; ``details`` holds the resolution. Leiden has neither uncertainty nor likelihood.

    Raises
    ------
    MissingDependencyError
        If igraph or leidenalg is not installed.
    SemSTError
        If the embedding is not finite, ``n_domains`` or ``n_neighs`` does not fit it, or no resolution gives
        ``n_domains``; the message lists the numbers that came out.

    Notes
    -----
    Traag, Waltman and van Eck (2019), Scientific Reports 9; modularity with the resolution of
    Reichardt and Bornholdt (2006), Physical Review E 74.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> np.bincount(leiden(X, 2).labels).tolist()
    [60, 40]
    """
    igraph, _ = (optional(name, extra="leiden", what="Leiden") for name in ("igraph", "leidenalg"))
    rows, n_domains = check_embedding(X, n_domains)
    order = canonical_order(rows)
    ordered = rows[order]
    adjacency = expression_graph(ordered, n_neighs=n_neighs, metric="euclidean", random_state=random_state)
    upper = sparse.triu(adjacency, k=1).tocoo()
    graph = igraph.Graph(n=len(rows), edges=np.column_stack([upper.row, upper.col]))
    found, resolution = _search(graph, n_domains, random_state)
    labels = as_domains(ordered, found, n_domains, order=order, method="leiden")
    logger.info("leiden: %d domains at resolution %.4g", n_domains, resolution)
    details = {"resolution": resolution, "n_neighs": int(n_neighs), "random_state": int(random_state)}
    return ClusterResult(labels, None, "leiden", None, details, DomainMixture.of_labels(rows, labels))


def _search(graph: Any, n_domains: int, seed: int) -> tuple[np.ndarray, float]:
    """Labels and resolution of the first partition with ``n_domains`` communities."""
    seen: dict[int, float] = {}
    low, high = 0.0, np.inf
    resolution = 1.0
    for attempt in range(N_TRIES):
        # a bracket this narrow is a jump: only luck of the seed can split it
        at_jump = high - low < 1e-4 * high
        labels = _communities(graph, resolution, seed + attempt if at_jump else seed)
        n_found = int(labels.max()) + 1
        seen.setdefault(n_found, resolution)
        if n_found == n_domains:
            return labels, resolution
        if not at_jump:
            low, high = (resolution, high) if n_found < n_domains else (low, resolution)
            resolution = 2 * low if np.isinf(high) else (low + high) / 2
        if n_found > n_domains and resolution < 1e-6:
            break  # the graph itself falls into more pieces
    listed = ", ".join(f"{number} (at {seen[number]:.4g})" for number in sorted(seen))
    n_pieces = len(graph.connected_components())
    pieces = f" The neighbour graph falls into {n_pieces} unconnected pieces." if n_pieces > 1 else ""
    raise SemSTError(
        f"leiden found no resolution that gives {n_domains} domains; it gave {listed}.{pieces} Ask for one "
        f"of these numbers, change {_words.name('n_neighs')}, or use a clusterer that takes the number "
        'directly ("mclust", "mixture", "kmeans").'
    )


def _communities(graph: Any, resolution: float, seed: int) -> np.ndarray:
    leidenalg = optional("leidenalg", extra="leiden", what="Leiden")
    partition = leidenalg.find_partition(
        graph,
        leidenalg.RBConfigurationVertexPartition,
        resolution_parameter=resolution,
        n_iterations=-1,
        seed=seed,
    )
    return np.asarray(partition.membership, dtype=np.int64)

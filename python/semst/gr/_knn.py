"""The spatial graph: k nearest neighbours."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import KDTree

from semst._validate import check_coordinates, check_n_neighs

from ._edges import drop_self, in_sample, is_other, iterate_samples, symmetric_adjacency
from ._spatial import SpatialGraph

# relative: turning or scaling coordinates moves distances by far less, a pixel moves them by more
SAME_DISTANCE = 1e-9
_MORE = (
    16  # neighbours beyond those asked for that are looked up first: on a square lattice ties are no larger
)
BLOCK_ROWS = 50_000  # spots whose neighbours are looked up in one go


def knn_spatial_graph(
    coordinates: Any, *, n_neighs: int = 6, samples: Any = None, or_all: bool = False
) -> SpatialGraph:
    """Join each spot with its nearest spots; an edge stands where either end asked for it.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3; any unit. Several spots may share one position.
    n_neighs
        Nearest neighbours of each spot, itself not counted. After the union a spot can have more.
    samples
        One label per spot: neighbours are looked for within the spot's own sample (block-diagonal graph).
    or_all
        Join all spots of a sample too small for ``n_neighs``, instead of refusing it.

    Returns
    -------
    The graph with its mean degree, which is logged too. Equal distances are broken by position, never by the
    order of the spots.

    Raises
    ------
    SemSTError
        If coordinates or sample labels are unusable, or a sample has not more spots than ``n_neighs``.

    Examples
    --------
    >>> import numpy as np
    >>> graph = knn_spatial_graph(np.array([[0, 0], [0, 1], [0, 3], [0, 7]]), n_neighs=1)
    >>> graph.adjacency.toarray().astype(int).tolist()
    [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    """
    adjacency = nearest_neighbours(coordinates, n_neighs=n_neighs, samples=samples, or_all=or_all)
    return SpatialGraph.of(adjacency)


def nearest_neighbours(
    coordinates: Any, *, n_neighs: int, samples: Any = None, or_all: bool = False
) -> csr_matrix:
    """The adjacency of :func:`knn_spatial_graph` alone, without a report; same parameters and errors."""
    asked = directed_neighbours(coordinates, n_neighs=n_neighs, samples=samples, or_all=or_all).tocoo()
    return symmetric_adjacency(asked.row, asked.col, asked.shape[0])


def directed_neighbours(
    coordinates: Any, *, n_neighs: int, samples: Any = None, or_all: bool = False
) -> csr_matrix:
    """The nearest spots of each spot and no others: a row a spot, ``n_neighs`` entries in each.

    Parameters
    ----------
    coordinates, n_neighs, samples, or_all
        See :func:`knn_spatial_graph`.

    Returns
    -------
    Binary, spots x spots; not symmetric.

    Raises
    ------
    SemSTError
        As :func:`knn_spatial_graph`.

    Examples
    --------
    >>> import numpy as np
    >>> directed_neighbours(np.array([[0, 0], [0, 1], [0, 3]]), n_neighs=1).toarray().astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    """
    points = check_coordinates(coordinates, where="coordinates")
    rows, columns = [], []
    for name, members in iterate_samples(samples, len(points)):
        with in_sample(name):
            wanted = min(n_neighs, len(members) - 1) if or_all else n_neighs
            k = check_n_neighs(wanted, len(members)) if wanted or not or_all else 0
        if not k:  # a spot without company
            continue
        for own, near in nearest_in_order(points, members, k):
            rows.append(np.repeat(own, k))
            columns.append(near.ravel())
    row, column = (np.concatenate([np.empty(0, dtype=np.int32), *found]) for found in (rows, columns))
    return csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=(len(points),) * 2)


def nearest_in_order(
    points: np.ndarray, members: np.ndarray, k: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Look up the ``k`` nearest of every spot among ``members``, nearest first, block by block.

    Yields the spots' own numbers (b) and those of their neighbours (b x k), int32.
    """
    # the tree, and with it every tie, depends on positions only
    members = members[np.lexsort(points[members].T)]
    tree = KDTree(points[members])
    for first in range(0, len(members), BLOCK_ROWS):
        own = np.arange(first, min(first + BLOCK_ROWS, len(members)))
        neighbours = drop_self(tree.query(points[members[own]], k=k + 1)[1], own)
        yield members[own].astype(np.int32), members[neighbours].astype(np.int32)


def nearest_with_ties(
    points: np.ndarray, members: np.ndarray, k: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Look up the ``k`` nearest of every spot among ``members`` and all that are as near as the last of them.

    Yields, block by block, the spots' own numbers (b), those of their neighbours and the distances of these
    (b x k or more), nearest first.
    """
    members = members[np.lexsort(points[members].T)]
    tree = KDTree(points[members])
    for first in range(0, len(members), BLOCK_ROWS):
        own = np.arange(first, min(first + BLOCK_ROWS, len(members)))
        wanted = min(k + _MORE, len(members) - 1)
        while True:
            distances, found = tree.query(points[members[own]], k=wanted + 1)
            others = is_other(found, own)
            near = found[others].reshape(len(own), wanted)
            apart = distances[others].reshape(len(own), wanted)
            cut = apart[:, -1] <= (1 + SAME_DISTANCE) * apart[:, k - 1]
            if wanted == len(members) - 1 or not cut.any():
                break
            wanted = min(2 * wanted, len(members) - 1)
        yield members[own].astype(np.int32), members[near].astype(np.int32), apart

"""Small helpers that every graph builder needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from semst._errors import SemSTError


def iterate_samples(samples: Any, n_spots: int) -> Iterator[tuple[str | None, np.ndarray]]:
    """Yield the name and the row numbers of each sample; one nameless sample where there are no labels."""
    if samples is None:
        yield None, np.arange(n_spots)
        return
    labels = pd.Series(np.asarray(samples, dtype=object))
    if len(labels) != n_spots:
        raise SemSTError(
            f"There are {len(labels)} sample labels for {n_spots} spots; one per spot is needed."
        )
    if labels.isna().any():
        raise SemSTError(
            f"{int(labels.isna().sum())} of {n_spots} spots have no sample label. "
            "Label them or leave them out before building the graph."
        )
    codes, names = pd.factorize(labels.astype(str), sort=True)
    for code, name in enumerate(names):
        yield str(name), np.flatnonzero(codes == code)


@contextmanager
def in_sample(name: str | None) -> Iterator[None]:
    """Say in which sample an error arose."""
    try:
        yield
    except SemSTError as error:
        if name is None:
            raise
        raise SemSTError(f'Sample "{name}": {error}') from error


def symmetric_adjacency(rows: np.ndarray, columns: np.ndarray, n_spots: int) -> csr_matrix:
    """Binary union of the directed edges and their reverse, without self loops."""
    keep = rows != columns
    one_way = csr_matrix(
        (np.ones(np.count_nonzero(keep), dtype=np.float32), (rows[keep], columns[keep])),
        shape=(n_spots, n_spots),
    )
    adjacency = csr_matrix(one_way + one_way.T)
    adjacency.sum_duplicates()
    adjacency.data[:] = 1.0
    return adjacency


def drop_self(neighbours: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Take each row's own index out of its k + 1 nearest, or the last one where it is not among them."""
    return neighbours[is_other(neighbours, own)].reshape(len(neighbours), -1)


def is_other(neighbours: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Tell the k others in rows of k + 1 nearest; where a row's own index is missing, its last is no other.

    With duplicated rows a spot need not be its own first neighbour, so cutting the first column off is wrong.
    """
    other = neighbours != own[:, None]
    other[other.all(axis=1), -1] = False
    return other


def edge_lengths(adjacency: csr_matrix, coordinates: np.ndarray) -> csr_matrix:
    """Say how long every edge of a spatial graph is.

    Parameters
    ----------
    adjacency
        Spots x spots.
    coordinates
        Spots x 2 or 3.

    Returns
    -------
    Spots x spots, float32, with an entry for every edge; 0 between spots at one position.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> edge_lengths(csr_matrix([[0, 1], [1, 0]]), line).toarray().tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    rows = np.repeat(np.arange(adjacency.shape[0]), np.diff(adjacency.indptr))
    lengths = np.linalg.norm(coordinates[rows] - coordinates[adjacency.indices], axis=1).astype(np.float32)
    return csr_matrix((lengths, adjacency.indices, adjacency.indptr), shape=adjacency.shape)

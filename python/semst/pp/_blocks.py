"""Counts read a block of spots at a time, whether they are in memory or not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp

BLOCK_ROWS = 50_000


def row_blocks(counts: Any) -> Iterator[sp.csr_matrix]:
    """Go through the spots of a csr matrix, or of counts that are stored elsewhere, in csr blocks."""
    if hasattr(counts, "blocks"):
        yield from counts.blocks()
    elif counts.shape[0] <= BLOCK_ROWS:
        yield counts
    else:
        for start in range(0, counts.shape[0], BLOCK_ROWS):
            yield counts[start : start + BLOCK_ROWS]


def take_columns(counts: Any, columns: np.ndarray) -> sp.csr_matrix:
    """Counts of some genes, float32 csr; the matrix itself where it is all of them in their order.

    Parameters
    ----------
    counts
        Shape (n_spots, n_genes): a csr matrix, or counts that are stored elsewhere.
    columns
        Numbers of the genes, shape (m,).

    Returns
    -------
    Shape (n_spots, m); not to be changed, it may share its values with ``counts``.

    Examples
    --------
    >>> take_columns(sp.csr_matrix([[1, 2, 3]]), np.array([2, 0])).toarray().tolist()
    [[3.0, 1.0]]
    """
    whole = np.array_equal(columns, np.arange(counts.shape[1]))
    if whole and sp.issparse(counts):
        return sp.csr_matrix(counts, dtype=np.float32)
    return sp.csr_matrix(counts[:, columns], dtype=np.float32)

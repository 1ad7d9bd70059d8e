"""Adjacency matrices scaled for message passing."""

from typing import Literal

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix

from semst._errors import SemSTError

BLOCK_ROWS = 50_000  # rows scaled in one go


def normalise_adjacency(
    adjacency: csr_matrix, *, kind: Literal["symmetric", "row"] = "symmetric", self_loops: bool = True
) -> csr_matrix:
    """Scale an adjacency matrix by its degrees.

    Parameters
    ----------
    adjacency
        Spots x spots, not negative.
    kind
        ``"symmetric"``: D^-1/2 A D^-1/2 (the paper, after Kipf and Welling). ``"row"``: D^-1 A, so that every
        row is an average over neighbours.
    self_loops
        Set the diagonal to 1 first. A spot without neighbours then keeps its own value; without self loops
        its row is zero.

    Returns
    -------
    csr, float32.

    Raises
    ------
    SemSTError
        If ``kind`` is unknown.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> normalise_adjacency(csr_matrix([[0, 1], [1, 0]]), kind="row").toarray().tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if kind not in ("symmetric", "row"):
        raise SemSTError(f'kind must be "symmetric" or "row", not {kind!r}.')
    matrix = csr_matrix(adjacency)
    if self_loops:
        own = 1.0 - matrix.diagonal()
        matrix = csr_matrix(matrix + sparse.diags(own, dtype=matrix.dtype if own.size else None))
        matrix.eliminate_zeros()
    else:
        matrix = matrix.copy()
    matrix.sort_indices()
    # sums and factors in double precision, block by block: a second matrix of that width is never held
    ends = matrix.indptr
    starts = range(0, matrix.shape[0], BLOCK_ROWS)
    degree = np.concatenate(
        [np.asarray(matrix[i : i + BLOCK_ROWS].sum(axis=1, dtype=np.float64)).ravel() for i in starts]
        or [np.zeros(0)]
    )
    inverse = np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0)
    half = np.sqrt(inverse)
    data = np.empty(matrix.nnz, dtype=np.float32)
    for i in starts:
        last = min(i + BLOCK_ROWS, matrix.shape[0])
        entries = slice(ends[i], ends[last])
        values = matrix.data[entries].astype(np.float64)
        lengths = np.diff(ends[i : last + 1])
        if kind == "row":
            data[entries] = np.repeat(inverse[i:last], lengths) * values
        else:
            data[entries] = np.repeat(half[i:last], lengths) * values * half[matrix.indices[entries]]
    return csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)

"""Adjacency matrices scaled for message passing."""

from typing import Literal

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix

from semst._errors import SemSTError


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
    matrix = csr_matrix(adjacency, dtype=np.float64, copy=True)
    if self_loops:
        matrix = (matrix - sparse.diags(matrix.diagonal()) + sparse.identity(matrix.shape[0])).tocsr()
        matrix.eliminate_zeros()
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    inverse = np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0)
    if kind == "row":
        matrix = sparse.diags(inverse) @ matrix
    else:
        half = sparse.diags(np.sqrt(inverse))
        matrix = half @ matrix @ half
    matrix = csr_matrix(matrix, dtype=np.float32)
    matrix.sort_indices()
    return matrix

"""Averages over spatial neighbourhoods."""

import numpy as np
from scipy.sparse import csr_matrix

from ._normalise import normalise_adjacency


def smooth(values: np.ndarray, adjacency: csr_matrix) -> np.ndarray:
    """Average every spot with its neighbours, itself included.

    Parameters
    ----------
    values
        Spots x d.
    adjacency
        Binary graph without self loops, spots x spots.

    Returns
    -------
    Spots x d, float32; an isolated spot keeps its own values.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_matrix
    >>> pair_and_loner = csr_matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    >>> smooth(np.array([[0.0], [4.0], [7.0]]), pair_and_loner).ravel().tolist()
    [2.0, 2.0, 7.0]
    """
    return np.asarray(normalise_adjacency(adjacency, kind="row") @ values, dtype=np.float32)

"""Semantic vectors the way a network takes them in."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from semst import gr

# Deviations this small beside the values themselves are rounding of single precision, and no meaning.
ROUNDING = 1e-5


@dataclass(frozen=True)
class SemanticScale:
    """Centre and size that were taken off the vectors of the fit."""

    mean: np.ndarray
    size: float


def smooth_and_centre(
    vectors: np.ndarray, adjacency: sp.csr_matrix, *, scale: SemanticScale | None = None
) -> tuple[np.ndarray, SemanticScale]:
    """Average vectors over spatial neighbours, centre them and bring their entries to unit size.

    What all spots share (a prompt, the most frequent genes) says nothing about domains and would dominate.
    Vectors that are the same for all spots become zeros: what rounding leaves of them is not blown up.

    Parameters
    ----------
    vectors
        Shape (n_spots, d').
    adjacency
        Spatial graph, shape (n_spots, n_spots).
    scale
        Taken at an earlier fit; ``None`` takes it here.

    Returns
    -------
    Vectors of the same shape, and the scale.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> vectors, _ = smooth_and_centre(np.array([[1.0], [3.0]]), sp.csr_matrix((2, 2)))
    >>> vectors.tolist()
    [[-1.0], [1.0]]
    """
    smooth = gr.smooth(vectors, adjacency)
    if scale is None:
        mean = smooth.mean(axis=0)
        size = _root_mean_square(smooth - mean)
        if size <= ROUNDING * _root_mean_square(smooth):
            return np.zeros_like(smooth), SemanticScale(mean, 1.0)
        scale = SemanticScale(mean, size)
    return (smooth - scale.mean) / scale.size, scale


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))

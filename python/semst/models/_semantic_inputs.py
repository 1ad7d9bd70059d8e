"""Semantic vectors the way a network takes them in."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from semst import gr, pp
from semst._brief import brief

# Deviations this small beside the values themselves are rounding of single precision, and no meaning.
ROUNDING = 1e-5


@brief
@dataclass(frozen=True)
class SemanticScale:
    """Centre and size that were taken off the vectors of the fit.

    Attributes
    ----------
    mean
        Shape (d',); ``None`` where the mean of every slice was taken off it, as it will be off a later one.
    size
        What they were divided by.
    """

    mean: np.ndarray | None
    size: float


def smooth_and_centre(
    vectors: np.ndarray,
    adjacency: sp.csr_matrix,
    *,
    samples: np.ndarray | None = None,
    scale: SemanticScale | None = None,
) -> tuple[np.ndarray, SemanticScale]:
    """Average vectors over spatial neighbours, centre them and bring their entries to unit size.

    What all spots share (a prompt, the most frequent genes) says nothing about domains and would dominate.
    Vectors that are the same for all spots become zeros: what rounding leaves of them is not blown up.
    Of several slices each is centred by itself: weighed by expression, the vectors of genes carry what
    differs between slices as the genes do.

    Parameters
    ----------
    vectors
        Shape (n_spots, d').
    adjacency
        Spatial graph, shape (n_spots, n_spots).
    samples
        Slice of every spot where slices are to be centred by themselves, shape (n_spots,); ``None`` for one.
    scale
        Taken at an earlier fit; ``None`` takes it here. Of a fit of several slices it has no mean, and every
        slice has its own.

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
    slices = np.unique(np.zeros(len(smooth)) if samples is None else samples, return_inverse=True)[1]
    mean: np.ndarray | None = None  # of all spots, where they are centred together
    if scale is not None:
        mean = scale.mean
    elif not slices.any():
        mean = smooth.mean(axis=0)
    taken = pp.slice_means(smooth, slices).astype(np.float32)[slices] if mean is None else mean
    if scale is None:
        size = _root_mean_square(smooth - taken)
        if size <= ROUNDING * _root_mean_square(smooth):
            return np.zeros_like(smooth), SemanticScale(mean, 1.0)
        scale = SemanticScale(mean, size)
    return (smooth - taken) / scale.size, scale


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))

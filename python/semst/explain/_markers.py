"""Genes that mark a region."""

import numpy as np

from ._contrast import Contrast

N_MARKERS = 100
LEAST_SCORE = 2.0
LEAST_CHANGE = 0.1  # log2


def find_markers(contrast: Contrast, *, n_markers: int = N_MARKERS) -> list[np.ndarray]:
    """Take the genes that mark each region: score above 2, log2 fold change above 0.1, the best 100.

    Parameters
    ----------
    contrast
        Regions against the rest.
    n_markers
        At most so many.

    Returns
    -------
    For every region the numbers of its genes, best first.

    Examples
    --------
    >>> import numpy as np
    >>> score = np.array([[5.0, 1.0, 9.0, np.nan]])
    >>> [found.tolist() for found in find_markers(Contrast(score, np.ones_like(score), score, score))]
    [[2, 0]]
    """
    found = []
    for score, change in zip(contrast.score, contrast.change, strict=True):
        with np.errstate(invalid="ignore"):
            good = np.flatnonzero((score > LEAST_SCORE) & (change > LEAST_CHANGE))
        found.append(good[np.argsort(-score[good], kind="stable")][:n_markers])
    return found

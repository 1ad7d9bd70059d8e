"""Which of two sets of labels belong together."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix


def codes(labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers 0, 1, … for the labels (-1 for missing ones) and the label of each number, sorted.

    Examples
    --------
    >>> [part.tolist() for part in codes(["b", "a", None])]
    [[1, 0, -1], ['a', 'b']]
    """
    values = pd.Series(labels) if not isinstance(labels, pd.Series) else labels
    number, names = pd.factorize(values.to_numpy(dtype=object), sort=True)
    return number, np.asarray(names)


def best_matching(left: np.ndarray, right: np.ndarray) -> list[tuple[int, int]]:
    """Pair the codes of two labellings one to one so that most spots agree (Hungarian method).

    Among pairings with the same agreement the one with the higher F1 wins, so that names do not decide.
    Spots with a missing label (-1) on either side do not count. With different numbers of labels the surplus
    ones stay without a partner, and so do pairs without a common spot.

    Parameters
    ----------
    left, right
        Codes of both labellings, shape (n_spots,), as :func:`codes` gives them.

    Returns
    -------
    Pairs of a code of ``left`` and one of ``right``.

    Examples
    --------
    >>> best_matching(np.array([0, 0, 1, 1]), np.array([1, 1, 0, -1]))
    [(0, 1), (1, 0)]
    """
    both = (left >= 0) & (right >= 0)
    if not both.any():
        return []
    ones = np.ones(int(both.sum()), dtype=np.int64)
    overlap = coo_matrix((ones, (left[both], right[both]))).toarray()
    left_sizes, right_sizes = overlap.sum(axis=1, keepdims=True), overlap.sum(axis=0, keepdims=True)
    f1 = 2 * overlap / np.maximum(left_sizes + right_sizes, 1)
    tie_break = f1 * (1 + 1e-3 * left_sizes / len(ones)) / (4 * len(overlap))  # less than one spot in total
    rows, columns = linear_sum_assignment(overlap + tie_break, maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if overlap[r, c] > 0]

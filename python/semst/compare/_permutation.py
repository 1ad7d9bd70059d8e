"""Tests whose unit is the sample: conditions dealt out anew among the samples."""

from math import comb
from typing import Any

import numpy as np
from scipy.stats import permutation_test

LEAST_SAMPLES = 3  # in each group, for a test
_AT_ONCE = 4_000_000  # numbers that the arrangements of one block may take
_DIGITS = 12  # differences of rounding are none: a value that all samples share has no effect


def difference_p(
    first: np.ndarray, second: np.ndarray, *, n_permutations: int, random_state: int
) -> np.ndarray:
    """Return two-sided p values of differences of means between two groups of samples.

    All arrangements of the samples in two groups of these sizes are gone through where there are no more than
    ``n_permutations``, else as many random ones.

    Parameters
    ----------
    first, second
        Values, shapes (n_first, n_values) and (n_second, n_values).
    n_permutations
        Arrangements at most.
    random_state
        Seed of random ones.

    Returns
    -------
    Shape (n_values,); NaN where a group has fewer than three samples.

    Examples
    --------
    >>> first, second = np.array([[0.0], [1], [2]]), np.array([[7.0], [8], [9]])
    >>> difference_p(first, second, n_permutations=9999, random_state=0).tolist()  # 2 of 20 arrangements
    [0.1]
    """
    if min(len(first), len(second)) < LEAST_SAMPLES:
        return np.full(first.shape[1], np.nan)
    together = np.concatenate([first, second])
    together = np.round(together - together.mean(axis=0), _DIGITS)
    test = permutation_test(
        (together[len(first) :], together[: len(first)]),
        lambda b, a, axis: b.mean(axis=axis) - a.mean(axis=axis),
        permutation_type="independent",
        vectorized=True,
        n_resamples=n_permutations,
        batch=max(_AT_ONCE // together.size, 1),
        alternative="two-sided",
        axis=0,
        random_state=np.random.default_rng(random_state),
    )
    return np.asarray(test.pvalue)


def distance_p(first: np.ndarray, second: np.ndarray, *, n_permutations: int, random_state: int) -> float:
    """Return the p value of the squared distance between the means of two groups of samples.

    Of centred log-ratios this is the Aitchison distance: one test for the whole composition. Larger distances
    are the extreme ones.

    Parameters
    ----------
    first, second, n_permutations, random_state
        As in :func:`difference_p`.

    Returns
    -------
    The p value; NaN where a group has fewer than three samples.

    Examples
    --------
    >>> first, second = np.array([[0.0, 0], [1, 0], [2, 0]]), np.array([[7.0, 5], [8, 5], [9, 5]])
    >>> distance_p(first, second, n_permutations=9999, random_state=0)
    0.1
    """
    if min(len(first), len(second)) < LEAST_SAMPLES:
        return float("nan")
    together = np.concatenate([first, second])
    together = np.round(together - together.mean(axis=0), _DIGITS)

    def distance(one: Any, other: Any, axis: int) -> np.ndarray:
        """Squared distance between the means of the rows ``one`` and ``other`` of ``together``."""
        a, b = (together[np.moveaxis(rows, axis, -1)].mean(axis=-2) for rows in (one, other))
        return ((a - b) ** 2).sum(axis=-1)

    rows = np.arange(len(together))
    test = permutation_test(
        (rows[len(first) :], rows[: len(first)]),
        distance,
        permutation_type="independent",
        vectorized=True,
        n_resamples=n_permutations,
        batch=max(_AT_ONCE // together.size, 1),
        alternative="greater",
        random_state=np.random.default_rng(random_state),
    )
    return float(test.pvalue)


def smallest_p(n_first: int, n_second: int, n_permutations: int) -> float:
    """Return the smallest two-sided p value that :func:`difference_p` can give.

    Parameters
    ----------
    n_first, n_second
        Samples in the groups.
    n_permutations
        Arrangements at most.

    Returns
    -------
    Two in the number of arrangements.

    Examples
    --------
    >>> smallest_p(3, 3, 9999), round(smallest_p(4, 4, 9999), 4)
    (0.1, 0.0286)
    """
    every = comb(n_first + n_second, n_first)
    return 2 / every if every <= n_permutations else 2 / (n_permutations + 1)

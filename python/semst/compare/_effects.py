"""Differences between two groups of samples, with their intervals and tests."""

import numpy as np
import pandas as pd
from scipy import stats

from ._adjust import benjamini_hochberg
from ._permutation import LEAST_SAMPLES, difference_p, smallest_p

LEVEL = 0.05
_CONFIDENCE = 0.95


def difference_table(
    values: pd.DataFrame, second: np.ndarray, *, n_permutations: int, random_state: int
) -> pd.DataFrame:
    """Compare two groups of samples in every column.

    Parameters
    ----------
    values
        Samples x columns. NaN leaves a sample out of that column.
    second
        Mask over the samples: those of the second group.
    n_permutations, random_state
        As in :func:`difference_p`.

    Returns
    -------
    A row a column of ``values`` with ``n_first``, ``n_second`` (samples), ``difference`` of the
    means, second minus first, its ``standard_error`` and 95 % interval ``low`` to ``high`` (Welch), ``p`` of
    :func:`difference_p` and ``p_adjusted`` (Benjamini and Hochberg). NaN is what too few samples cannot
    tell: an interval takes two in each group, a test three.

    Examples
    --------
    >>> values = pd.DataFrame({"1": [0.0, 1, 2, 7, 8, 9]})
    >>> second = np.array([False, False, False, True, True, True])
    >>> difference_table(values, second, n_permutations=9999, random_state=0).round(2).iloc[0].to_list()
    [3.0, 3.0, 7.0, 0.82, 4.73, 9.27, 0.1, 0.1]
    """
    table = values.to_numpy(dtype=np.float64)
    rows = np.full((table.shape[1], 7), np.nan)
    there = np.isfinite(table)
    # columns that the same samples have are tested together: the same arrangements for all of them
    patterns, which = np.unique(there, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(which.ravel() == number)
        first, other = (table[np.ix_(pattern & group, columns)] for group in (~second, second))
        rows[columns, :2] = len(first), len(other)
        rows[columns, 2:6] = _welch(first, other)
        rows[columns, 6] = difference_p(
            first, other, n_permutations=n_permutations, random_state=random_state
        )
    names = ["n_first", "n_second", "difference", "standard_error", "low", "high", "p"]
    found = pd.DataFrame(rows, index=values.columns, columns=names)
    found[["n_first", "n_second"]] = found[["n_first", "n_second"]].astype(int)
    return found.assign(p_adjusted=benjamini_hochberg(rows[:, 6]))


def _welch(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Difference of means, its standard error, and both ends of its interval, a row a column."""
    n = len(first), len(second)
    if min(n) == 0:
        return np.full((first.shape[1], 4), np.nan)
    difference = second.mean(axis=0) - first.mean(axis=0)
    if min(n) == 1:
        nothing = np.full_like(difference, np.nan)
        return np.stack([difference, nothing, nothing, nothing], axis=1)
    parts = [group.var(axis=0, ddof=1) / len(group) for group in (first, second)]
    squared = parts[0] + parts[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = squared**2 / (parts[0] ** 2 / (n[0] - 1) + parts[1] ** 2 / (n[1] - 1))
    freedom = np.where(squared > 0, freedom, sum(n) - 2)  # without variance any will do
    reach = stats.t.ppf((1 + _CONFIDENCE) / 2, freedom) * np.sqrt(squared)
    return np.stack([difference, np.sqrt(squared), difference - reach, difference + reach], axis=1)


def limits(groups: tuple[str, str], n: tuple[int, int], *, n_tests: int, n_permutations: int) -> str:
    """Say what groups of ``n`` samples cannot show; empty where nothing is in the way.

    Examples
    --------
    >>> limits(("control", "case"), (3, 2), n_tests=7, n_permutations=9999)
    'of samples, "case" has 2: a test takes three or more in each group, so there are estimates and no p'
    >>> limits(("control", "case"), (6, 6), n_tests=7, n_permutations=9999)
    ''
    """
    few = [f'"{name}" has {count}' for name, count in zip(groups, n, strict=True) if count < LEAST_SAMPLES]
    if few:
        return (
            f"of samples, {' and '.join(few)}: a test takes three or more in each group, so there are "
            "estimates and no p"
        )
    least = smallest_p(*n, n_permutations)
    can_give = f"the smallest p that {n[0]} and {n[1]} samples can give is {least:.2g}"
    if least > LEVEL:
        return f"{can_give}: nothing can be below {LEVEL:g}"
    if least * n_tests > LEVEL:
        return f"{can_give}: after adjustment for {n_tests} tests one alone cannot be below {LEVEL:g}"
    return ""

"""Means, spreads and paired differences, with intervals that say what they are intervals of."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.95
N_BOOTSTRAP = 10_000


@dataclass(frozen=True)
class Difference:
    """Paired difference of two arms, on the mean over slices.

    Attributes
    ----------
    mean
        Mean over the slices of the mean over their seeds.
    t_low, t_high
        95 % t interval over seeds of the mean over slices: these slices, other seeds. NaN where a slice has
        one seed.
    low, high
        95 % bootstrap interval over slices and seeds within them: other slices too. NaN with one slice and
        one seed.
    n_slices, n_seeds
        How many there are; of seeds, the fewest that a slice has.
    """

    mean: float
    t_low: float
    t_high: float
    low: float
    high: float
    n_slices: int
    n_seeds: int

    @property
    def clear(self) -> bool:
        """Whether zero lies outside both intervals, on three slices or more: two say nothing of others."""
        return self.n_slices > 2 and (min(self.t_low, self.low) > 0 or max(self.t_high, self.high) < 0)


def paired_difference(differences: pd.DataFrame, *, random_state: int = 0) -> Difference:
    """Summarise differences of paired runs.

    Parameters
    ----------
    differences
        One row a slice, one column a seed; seeds that a slice lacks are NaN.
    random_state
        Seed of the bootstrap.

    Returns
    -------
    Mean and both intervals.

    Notes
    -----
    Where all slices have the same seeds, the t interval is that of the seeds' means over the slices. Else it
    is made from the variance within every slice (Welch and Satterthwaite), so that no run is set aside.

    The bootstrap draws slices with replacement, then seeds of each with replacement. With few slices it is
    coarse; with four it can only give what four slices can show.

    Examples
    --------
    >>> table = pd.DataFrame([[0.1, 0.2], [0.3, 0.2]])
    >>> round(paired_difference(table).mean, 3)
    0.2
    """
    values = differences.to_numpy(dtype=np.float64)
    mean = float(np.nanmean(values, axis=1).mean())
    slices = [row[np.isfinite(row)] for row in values]
    n_seeds = min(len(row) for row in slices)
    t_low, t_high = np.nan, np.nan
    if n_seeds > 1:
        even = bool(np.isfinite(values).all())
        t_low, t_high = t_interval(values.mean(axis=0)) if even else welch_interval(slices)
    low, high = np.nan, np.nan
    if values.size > 1:
        rng = np.random.default_rng(random_state)
        drawn = np.stack([_resampled_means(rng, row) for row in slices])  # slices x draws, seeds resampled
        # each time a slice is drawn it brings a resampling of its own
        picked = rng.integers(len(slices), size=(len(slices), N_BOOTSTRAP))
        which = rng.integers(N_BOOTSTRAP, size=picked.shape)
        tail = 100 * (1 - LEVEL) / 2
        low, high = np.percentile(drawn[picked, which].mean(axis=0), [tail, 100 - tail])
    return Difference(mean, float(t_low), float(t_high), float(low), float(high), len(values), n_seeds)


def t_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % t interval of the mean.

    Examples
    --------
    >>> low, high = t_interval(np.array([1.0, 2.0, 3.0]))
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    half = stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def welch_interval(groups: list[np.ndarray]) -> tuple[float, float]:
    """95 % t interval of the mean of the groups' means, each group with a variance of its own.

    The degrees of freedom are those of Welch (1947) and Satterthwaite (1946). A group has two values or more.

    Examples
    --------
    >>> low, high = welch_interval([np.array([1.0, 2.0, 3.0])])
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    mean = float(np.mean([group.mean() for group in groups]))
    shares = np.array([group.var(ddof=1) / len(group) for group in groups]) / len(groups) ** 2
    variance = shares.sum()
    if variance == 0:
        return mean, mean
    freedom = variance**2 / sum(s**2 / (len(g) - 1) for s, g in zip(shares, groups, strict=True))
    half = stats.t.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(variance)
    return mean - float(half), mean + float(half)


def _resampled_means(rng: np.random.Generator, row: np.ndarray) -> np.ndarray:
    return row[rng.integers(len(row), size=(N_BOOTSTRAP, len(row)))].mean(axis=1)

"""Subsamples of spots, mixtures of each, and how well their partitions agree."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from semst._draw import pick

from ._starts import quick_mixture

MOST = 3_000  # spots of a subsample
SHARE = 0.8  # of the spots: sets of 10 such subsamples choose alike twice as often as sets of 10 halves


@dataclass(frozen=True)
class Part:
    """Some of the rows, and the slices they are of."""

    rows: np.ndarray
    slices: np.ndarray | None

    @classmethod
    def of(cls, rows: np.ndarray, slices: np.ndarray | None, chosen: np.ndarray) -> "Part":
        """Take the rows ``chosen``."""
        return cls(rows[chosen], None if slices is None else slices[chosen])

    def mixture(self, k: int, n_starts: int, rng: np.random.Generator) -> Any:
        """Fit a mixture; the function that gives posteriors of any rows, and the log-likelihood."""
        return quick_mixture(self.rows, k, n_starts, rng, self.slices)


def draw_subsamples(
    rng: np.random.Generator,
    rows: np.ndarray,
    slices: np.ndarray | None,
    most_domains: int,
    n_subsamples: int,
) -> list[Part]:
    """Draw subsamples, each with three spots for every one of the most domains where there are so many."""
    n = len(rows)
    size = max(min(MOST, int(SHARE * n)), min(n, 3 * most_domains))
    if size == n:
        return [Part(rows, slices)] * n_subsamples
    drawn = (np.sort(pick(rng, n, size, slices, share=SHARE)) for _ in range(n_subsamples))
    return [Part.of(rows, slices, chosen) for chosen in drawn]


def mean_agreement(partitions: list[np.ndarray]) -> tuple[float, float]:
    """Mean agreement of all pairs, and its standard error over the subsamples (NaN of only two).

    Pairs share subsamples and are not independent, so subsamples, not pairs, are left out one by one
    (jackknife; for means over pairs: Arvesen 1969, Ann Math Stat 40).
    """
    n = len(partitions)
    pairs = np.zeros((n, n))
    for a, b in combinations(range(n), 2):
        pairs[a, b] = pairs[b, a] = adjusted_rand_score(partitions[a], partitions[b])
    total = pairs.sum()
    if n < 3:
        return float(total / (n * (n - 1))), float("nan")
    without = (total - 2 * pairs.sum(axis=1)) / ((n - 1) * (n - 2))
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return float(total / (n * (n - 1))), float(error)

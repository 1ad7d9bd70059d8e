"""Spots drawn at random, of one slice or evenly of several."""

import numpy as np


def draw(rng: np.random.Generator, n: int, most: int, samples: np.ndarray | None = None) -> np.ndarray:
    """Rows of at most ``most`` of ``n`` spots, in rising order; of several slices as :func:`pick` does."""
    return np.arange(n) if n <= most else np.sort(pick(rng, n, most, samples))


def pick(
    rng: np.random.Generator,
    n: int,
    size: int,
    samples: np.ndarray | None = None,
    *,
    share: float = 1.0,
) -> np.ndarray:
    """Draw ``size`` of ``n`` spots without replacement.

    With ``samples`` (the slice of every spot, numbered from 0) no slice drowns another: small slices give all
    they have and the larger ones as many as each other. ``share`` is the part of itself that a slice gives at
    most: what is drawn again and again, to see how far domains hold, must not hold the same spots each time.
    """
    if samples is None:
        return rng.choice(n, size, replace=False)
    sizes = np.bincount(samples)
    quotas = even_quotas(np.ceil(max(share, size / n) * sizes).astype(np.int64), size)
    return np.concatenate(
        [
            rng.choice(np.flatnonzero(samples == number), quota, replace=False)
            for number, quota in enumerate(quotas)
        ]
    )


def even_quotas(sizes: np.ndarray, most: int) -> np.ndarray:
    """Share ``most`` out evenly: none gets more than its size, what small ones leave goes to the others.

    Examples
    --------
    >>> even_quotas(np.array([100, 2, 9]), 20).tolist()
    [9, 2, 9]
    """
    quotas = np.zeros(len(sizes), dtype=np.int64)
    left = most
    for given, number in enumerate(np.argsort(sizes, kind="stable")):
        quotas[number] = min(int(sizes[number]), left // (len(sizes) - given))
        left -= quotas[number]
    return quotas

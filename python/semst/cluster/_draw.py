"""Spots drawn at random, of one slice or evenly of several."""

from typing import Any

import numpy as np

from semst._errors import SemSTError
from semst.metrics import codes


def slice_codes(samples: Any, order: np.ndarray) -> np.ndarray | None:
    """Number of the slice, 0, 1, ..., of the spots in ``order``; ``None`` where all are of one slice.

    Examples
    --------
    >>> slice_codes(["b", "a", "b"], np.array([1, 0, 2])).tolist(), slice_codes(["a", "a"], np.arange(2))
    ([0, 1, 1], None)
    """
    if samples is None:
        return None
    number, names = codes(samples)
    if len(number) != len(order) or (number < 0).any():
        missing = f", {int((number < 0).sum())} of them missing" if (number < 0).any() else ""
        raise SemSTError(
            f"samples holds {len(number)} values{missing}, for {len(order)} spots. Give the slice of every "
            "spot, or None for one slice."
        )
    return None if len(names) == 1 else number[order]


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

    With ``samples`` (numbers of :func:`slice_codes`) no slice drowns another: small slices give all they have
    and the larger ones as many as each other. ``share`` is the part of itself that a slice gives at most:
    what is drawn again and again, to see how far domains hold, must not hold the same spots each time.
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

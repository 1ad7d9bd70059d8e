"""How well slices mix, and domains keep apart, among the neighbours of a spot in an embedding."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from semst._errors import SemSTError

ROUNDS = 60  # of bisection: the perplexity is met within rounding
BLOCK = 4096  # spots handled at a time


def lisi(embedding: Any, labels: Any, *, perplexity: float = 30.0) -> np.ndarray:
    r"""Effective number of labels around every spot (local inverse Simpson index).

    .. math:: \mathrm{LISI}_i = \Big( \sum_l \big( \sum_{j: l_j = l} p_{ij} \big)^2 \Big)^{-1}

    with Gaussian weights p over the nearest :math:`3 \times` ``perplexity`` spots, the spot itself left out,
    whose width is set for every spot so that their entropy is the logarithm of ``perplexity`` (Korsunsky et
    al., Nature Methods 16, 2019). Neighbours are exact.

    Parameters
    ----------
    embedding
        Spots x dimensions.
    labels
        One a spot; spots without a label, or with an embedding that is NaN, are left out.
    perplexity
        Effective number of neighbours; smaller where there are too few spots.

    Returns
    -------
    Shape (n_spots,), from 1 to the number of labels; NaN for spots that were left out.

    Raises
    ------
    SemSTError
        If lengths differ, or fewer than 5 spots are left.

    Examples
    --------
    >>> import numpy as np
    >>> apart = np.repeat([0.0, 100.0], 20)[:, None] + np.linspace(0, 1, 40)[:, None]
    >>> lisi(apart, np.repeat(["a", "b"], 20), perplexity=5).max().round(3).item()
    1.0
    """
    rows = np.asarray(embedding, dtype=np.float64)
    codes, names = pd.factorize(pd.Series(np.asarray(labels, dtype=object)))
    if rows.ndim != 2 or len(rows) != len(codes):
        raise SemSTError(
            f"The embedding has the shape {rows.shape} and there are {len(codes)} labels; a row and a label "
            "are needed for every spot."
        )
    used = np.flatnonzero((codes >= 0) & np.isfinite(rows).all(axis=1))
    if len(used) < 5:
        raise SemSTError(f"Only {len(used)} spots have both an embedding and a label; 5 are the least.")
    k = min(int(3 * perplexity), len(used) - 1)
    distances, neighbours = NearestNeighbors(n_neighbors=k).fit(rows[used]).kneighbors()
    own = codes[used]
    found = np.full(len(rows), np.nan)
    for start in range(0, len(used), BLOCK):
        part = slice(start, start + BLOCK)
        weights = _weights(distances[part], np.log(min(perplexity, k / 3)))
        shares = np.zeros((len(weights), len(names)))
        np.add.at(shares, (np.arange(len(weights))[:, None], own[neighbours[part]]), weights)
        found[used[part]] = 1 / np.square(shares).sum(axis=1)
    return found


def ilisi(embedding: Any, samples: Any, *, perplexity: float = 30.0) -> float:
    """Median :func:`lisi` of the slices: 1 where they stay apart, their number where they mix evenly.

    Parameters
    ----------
    embedding, samples, perplexity
        See :func:`lisi`.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(60.0)[:, None]
    >>> round(ilisi(line, np.tile(["a", "b"], 30), perplexity=10), 1)
    1.9
    """
    return float(np.nanmedian(lisi(embedding, samples, perplexity=perplexity)))


def clisi(embedding: Any, domains: Any, *, perplexity: float = 30.0) -> float:
    """Median :func:`lisi` of domains: 1 where the neighbours of a spot share its domain.

    Parameters
    ----------
    embedding, domains, perplexity
        See :func:`lisi`; spots without a domain are left out.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(60.0)[:, None]
    >>> clisi(line, np.repeat(["a", "b"], 30), perplexity=5) < 1.1
    True
    """
    return float(np.nanmedian(lisi(embedding, domains, perplexity=perplexity)))


def _weights(distances: np.ndarray, entropy: float) -> np.ndarray:
    """Gaussian weights of every row's neighbours whose entropy is ``entropy``."""
    distances = distances - distances[:, :1]  # the same weights, and none of them all zero
    low, high = np.zeros((len(distances), 1)), np.full((len(distances), 1), np.inf)
    beta = np.ones((len(distances), 1))
    for _ in range(ROUNDS):
        raw = np.exp(-beta * distances)
        total = raw.sum(axis=1, keepdims=True)
        found = np.log(total) + beta * (distances * raw).sum(axis=1, keepdims=True) / total
        wide = found > entropy
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
    raw = np.exp(-beta * distances)
    return raw / raw.sum(axis=1, keepdims=True)

"""How well domains hold when part of the spots is taken away."""

from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from semst._draw import pick

from ._result import canonical_order, check_embedding
from ._slice_codes import slice_codes
from ._starts import quick_mixture

SHARE = 0.8
MOST = 2_000  # spots of a subsample


def stability(
    X: Any,
    labels: Any,
    n_domains: int,
    *,
    n_subsamples: int = 3,
    n_starts: int = 8,
    random_state: int = 0,
    samples: Any = None,
) -> float:
    """Mean agreement of domains with those found anew on random subsamples of the spots.

    Each subsample (80 % of the spots, at most 2,000) is fitted by a mixture of its own (the model of
    :func:`mixture`) and the two partitions are compared on its spots. It asks for no annotation: 1 means
    that the data leave no choice, and low values that many partitions are about as good.

    Parameters
    ----------
    X
        Spots x dimensions.
    labels
        Domains, one per spot, of any type.
    n_domains
        Number of domains.
    n_subsamples
        How many subsamples are drawn.
    n_starts
        Starts of each mixture.
    random_state
        Seed.
    samples
        Slice of every spot, where there are several: subsamples come evenly from them, with at most 80 % of
        each. ``None`` for one slice.

    Returns
    -------
    Mean adjusted Rand index.

    Raises
    ------
    SemSTError
        If the embedding is not finite, or ``n_domains`` does not fit a subsample or ``samples`` the spots.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(9, 1, (40, 2))])
    >>> round(stability(X, np.repeat([0, 1], [60, 40]), 2), 2)
    1.0
    """
    rows, n_domains = check_embedding(X, n_domains)
    names = np.unique(np.asarray(labels), return_inverse=True)[1]
    order = canonical_order(rows)  # what is drawn must not depend on the order of the spots
    rows, names, slices = rows[order], names[order], slice_codes(samples, order)
    rng = np.random.default_rng(random_state)
    size = max(n_domains, min(MOST, int(SHARE * len(rows))))
    scores = []
    for _ in range(n_subsamples):
        some = pick(rng, len(rows), size, slices, share=SHARE)
        own = None if slices is None else slices[some]
        posterior, _ = quick_mixture(rows[some], n_domains, n_starts, rng, own)
        scores.append(adjusted_rand_score(names[some], posterior(rows[some]).argmax(axis=1)))
    return float(np.mean(scores))

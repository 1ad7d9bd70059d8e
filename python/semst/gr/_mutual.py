"""Mutual nearest neighbours between slices."""

from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from semst._validate import check_n_neighs

from ._edges import iterate_samples, symmetric_adjacency
from ._expression import check_features, nearest_neighbour_descent

BLOCK_BYTES = 64e6  # one block of similarities
EXACT_PAIRS = 4e8  # up to so many pairs of spots every one is compared


def mutual_neighbours(features: Any, samples: Any, *, n_neighs: int = 5, random_state: int = 0) -> csr_matrix:
    """Join spots of different slices that are each among the other's nearest in feature space.

    Such pairs are likely the same kind of tissue in both slices, whatever else differs between these
    (Haghverdi et al., Nature Biotechnology 36, 2018).

    Parameters
    ----------
    features
        Spots x features, dense; compared by cosine.
    samples
        One label per spot.
    n_neighs
        Nearest spots of every other slice that are asked for; fewer in smaller slices.
    random_state
        Seed of the approximate search that is used for slices whose spots make more than 4 · 10⁸ pairs, where
        pynndescent is installed.

    Returns
    -------
    Spots x spots, csr, float32, ones, symmetric; no edge within a slice.

    Raises
    ------
    SemSTError
        If features or sample labels are unusable.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1, 0], [0, 1], [2, 0.1], [0.2, 3]])
    >>> mutual_neighbours(rows, ["a", "a", "b", "b"], n_neighs=1).nonzero()[1].tolist()
    [2, 3, 0, 1]
    """
    rows = normalize(np.asarray(check_features(features), dtype=np.float32))
    members = [indices for _, indices in iterate_samples(samples, len(rows))]
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for first, second in combinations(members, 2):
        there = _nearest(rows[first], rows[second], n_neighs, random_state)
        back = _nearest(rows[second], rows[first], n_neighs, random_state)
        both = there.multiply(back.T).tocoo()
        left.append(first[both.row])
        right.append(second[both.col])
    return symmetric_adjacency(np.concatenate(left), np.concatenate(right), len(rows))


def _nearest(own: np.ndarray, others: np.ndarray, n_neighs: int, random_state: int) -> csr_matrix:
    """Binary matrix (own x others) of the spots in ``others`` that are nearest to each of ``own``."""
    k = min(check_n_neighs(n_neighs, n_neighs + 1), len(others))
    few = len(own) * len(others) <= EXACT_PAIRS
    descent = None if few else nearest_neighbour_descent(len(own))
    if descent is None:
        step = max(1, int(BLOCK_BYTES / (4 * len(others))))
        found = np.concatenate(
            [
                np.argpartition(own[start : start + step] @ others.T, len(others) - k, axis=1)[:, -k:]
                for start in range(0, len(own), step)
            ]
        )
    else:
        index = descent(others, metric="cosine", n_neighbors=30, random_state=random_state, n_jobs=1)
        found = index.query(own, k=k)[0]
    pointers = np.arange(0, found.size + 1, k)
    return csr_matrix((np.ones(found.size, np.float32), found.ravel(), pointers), (len(own), len(others)))

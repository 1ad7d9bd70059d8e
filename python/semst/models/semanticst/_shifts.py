"""What lies between slices, from spots that are each other's nearest."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from semst import gr

ROUNDS = 5  # of the shift of a whole slice; the pairs are looked for anew after each
NEAREST_PAIRS = 50  # that make the shift of a spot


def shift_between_slices(scores: np.ndarray, samples: np.ndarray, *, n_neighs: int, width: int) -> np.ndarray:
    """Estimate what lies between every spot and the slices before its own.

    First the shift of a slice as a whole, the mean difference of mutual nearest neighbours, so that a slice
    with other proportions of tissue, or with a tissue of its own, is not pulled to a common mean; then, for
    every spot, the mean difference of the pairs nearest to it by expression, with Gaussian weights (after
    Haghverdi et al., Nature Biotechnology 36, 2018). Slices are taken by size, the largest stays as it is,
    and each is compared with all that were corrected before it.

    Parameters
    ----------
    scores
        Averaged over nearest spots, shape (n, p).
    samples
        Slice of every spot.
    n_neighs
        Mutual neighbours asked for.
    width
        Leading components in which they are found.

    Returns
    -------
    Shape (n, p); zero for the largest slice.

    Examples
    --------
    >>> import numpy as np
    >>> own = np.array([[9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    >>> rows, slices = np.vstack([own, own[:2] + 1.0]), np.array(["a", "a", "a", "b", "b"])
    >>> shift_between_slices(rows, slices, n_neighs=1, width=2)[-1].round(6).tolist()
    [1.0, 1.0]
    """
    names, sizes = np.unique(samples, return_counts=True)
    names = names[np.argsort(-sizes, kind="stable")]
    corrected = scores.astype(np.float64)
    done = samples == names[0]
    for name in names[1:]:
        here = samples == name
        for _ in range(ROUNDS):
            new, old = _pairs(corrected[:, :width], here, done, n_neighs)
            if not len(new):
                break
            corrected[here] -= (corrected[new] - corrected[old]).mean(axis=0)
        new, old = _pairs(corrected[:, :width], here, done, n_neighs)
        if len(new):
            corrected[here] -= _near_each_spot(corrected, np.flatnonzero(here), new, old, width)
        done |= here
    return (scores - corrected).astype(np.float32)


def _pairs(
    rows: np.ndarray, here: np.ndarray, done: np.ndarray, n_neighs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mutual nearest neighbours between a slice and those before it: the spot of each pair in either."""
    both = np.flatnonzero(done | here)
    side = np.where(here[both], "new", "old")
    pairs = gr.mutual_neighbours(rows[both] - rows[both].mean(axis=0), side, n_neighs=n_neighs).tocoo()
    new, old = both[pairs.row], both[pairs.col]
    chosen = here[new]
    return new[chosen], old[chosen]


def _near_each_spot(
    corrected: np.ndarray, spots: np.ndarray, new: np.ndarray, old: np.ndarray, width: int
) -> np.ndarray:
    """Weighted mean difference of the pairs nearest to every spot, shape (n_spots, p)."""
    k = min(NEAREST_PAIRS, len(new))
    search = NearestNeighbors(n_neighbors=k).fit(corrected[new, :width])
    distances, found = search.kneighbors(corrected[spots, :width])
    reach = np.maximum(np.median(distances, axis=1, keepdims=True), 1e-12)
    weights = np.exp(-0.5 * np.square(distances / reach))
    weights /= weights.sum(axis=1, keepdims=True)
    differences = corrected[new] - corrected[old]
    total = np.zeros((len(spots), corrected.shape[1]))
    for place in range(k):  # one (n_spots, p) table at a time
        total += weights[:, [place]] * differences[found[:, place]]
    return total

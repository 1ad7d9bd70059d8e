"""The shift between slices, from spots that are each other's nearest."""

import numpy as np

from semst import gr

ROUNDS = 5  # the pairs are looked for anew after every correction


def shift_between_slices(scores: np.ndarray, samples: np.ndarray, *, n_neighs: int, width: int) -> np.ndarray:
    """Estimate what lies between every slice and the largest one, once for the slice as a whole.

    The shift of a slice is the mean difference of mutual nearest neighbours, so that a slice with other
    proportions of tissue, or with a tissue of its own, is not pulled to a common mean. Slices are taken by
    size; each is compared with all that were corrected before it.

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
    >>> shift_between_slices(rows, slices, n_neighs=1, width=2)[-1].tolist()
    [1.0, 1.0]
    """
    names, sizes = np.unique(samples, return_counts=True)
    names = names[np.argsort(-sizes, kind="stable")]
    corrected = scores.astype(np.float64)
    done = samples == names[0]
    for name in names[1:]:
        here = samples == name
        both = np.flatnonzero(done | here)
        side = np.where(here[both], "new", "old")
        for _ in range(ROUNDS):
            centred = corrected[both, :width] - corrected[both, :width].mean(axis=0)
            pairs = gr.mutual_neighbours(centred, side, n_neighs=n_neighs).tocoo()
            new, old = both[pairs.row], both[pairs.col]
            chosen = here[new]
            if not chosen.any():
                break
            corrected[here] -= (corrected[new[chosen]] - corrected[old[chosen]]).mean(axis=0)
        done |= here
    return (scores - corrected).astype(np.float32)

"""Means of values by slice."""

import numpy as np
import scipy.sparse as sp


def slice_means(values: sp.csr_matrix | np.ndarray, slices: np.ndarray) -> np.ndarray:
    """Mean of every column over the spots of every slice.

    Parameters
    ----------
    values
        Shape (n_spots, p); sparse values stay so.
    slices
        Slice of every spot, whole numbers from 0 with none left out, shape (n_spots,).

    Returns
    -------
    Shape (n_slices, p), float64. The order of the spots moves it within rounding of double precision only.

    Examples
    --------
    >>> import numpy as np
    >>> slice_means(np.array([[1.0], [3.0], [9.0]]), np.array([0, 0, 1])).ravel().tolist()
    [2.0, 9.0]
    """
    means = []
    for number in range(int(slices.max()) + 1):
        own = values[slices == number]
        if sp.issparse(own):
            sums = np.bincount(own.indices, weights=own.data, minlength=own.shape[1])
            means.append(sums / own.shape[0])
        else:
            means.append(own.mean(axis=0, dtype=np.float64))
    return np.stack(means)

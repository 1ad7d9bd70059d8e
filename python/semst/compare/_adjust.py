"""Several tests at once."""

import numpy as np
from scipy.stats import false_discovery_control


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjust p values for their number, by Benjamini and Hochberg; NaN is no test, and stays.

    Parameters
    ----------
    p
        Shape (n_tests,).

    Returns
    -------
    Adjusted values, shape (n_tests,).

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, np.nan, 0.03])).tolist()
    [0.02, nan, 0.03]
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        adjusted[tested] = false_discovery_control(p[tested], method="bh")
    return adjusted

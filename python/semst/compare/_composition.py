"""Counts of a composition as ratios, which can be compared."""

import numpy as np
import pandas as pd

PSEUDO_COUNT = 0.5  # a domain that a sample lacks has a logarithm, too


def centred_log_ratios(counts: pd.DataFrame) -> pd.DataFrame:
    """Logarithm of every count (plus 0.5) over the geometric mean of its sample.

    ``clr[s, d] = log(counts[s, d] + 0.5) - mean over d of log(counts[s, d] + 0.5)`` (Aitchison 1982).

    Parameters
    ----------
    counts
        Spots, samples x domains.

    Returns
    -------
    Samples x domains; every row adds up to 0.

    Examples
    --------
    >>> counts = pd.DataFrame({"1": [1.5, 0.5], "2": [0.5, 0.5]}, index=["a", "b"])
    >>> (centred_log_ratios(counts) / np.log(2)).round(3).to_numpy().tolist()
    [[0.5, -0.5], [0.0, 0.0]]
    """
    logs = (counts + PSEUDO_COUNT).apply(np.log)
    return logs.sub(logs.mean(axis=1), axis=0)

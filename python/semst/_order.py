"""The order in which slices are taken, drawn and named."""

import numpy as np
import pandas as pd


def in_order(samples: pd.Series) -> list[str]:
    """Names of slices, each once, in the order of the column's categories, else sorted, numbers by size.

    Examples
    --------
    >>> in_order(pd.Series(["10", "2", "2"]))
    ['2', '10']
    """
    if isinstance(samples.dtype, pd.CategoricalDtype):
        return [str(name) for name in samples.cat.remove_unused_categories().cat.categories]
    names = sorted({str(name) for name in samples.dropna()})
    numbers = pd.to_numeric(pd.Series(names, dtype=object), errors="coerce")
    return [names[i] for i in np.argsort(numbers, kind="stable")] if numbers.notna().all() else names

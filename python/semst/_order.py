"""The order in which slices and domains are taken, drawn and named."""

import re
from collections.abc import Iterable

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


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort names, the numbers in them by size and before letters.

    Examples
    --------
    >>> natural_order(["10", "3.10", "3.2", "2", "WM"])
    ['2', '3.2', '3.10', '10', 'WM']
    """
    return sorted(names, key=_parts)


def _parts(name: str) -> list[tuple[int, int, str]]:
    found = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in found]

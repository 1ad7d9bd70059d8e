"""Domains, or other labels of spots."""

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _words
from semst._errors import SemSTError

from ._general import require_key

_MOST = 200  # more distinct values than this is a measurement, not a set of domains


def get_labels(adata: AnnData, key: str) -> pd.Categorical:
    """``adata.obs[key]`` as categories of strings, those in use only; numbers in numeric order."""
    column = require_key(adata.obs, key, what=_words.slot("obs"))
    if isinstance(column.dtype, pd.CategoricalDtype):
        labels = pd.Categorical(column).remove_unused_categories()
    else:
        if column.dtype.kind == "f" and (column.dropna() == column.dropna().round()).all():
            column = column.astype("Int64")  # whole numbers became floats only to make room for NaN
        labels = pd.Categorical(column)
    if len(labels.categories) > _MOST:
        raise SemSTError(
            f"{_words.slot('obs', key)} has {len(labels.categories)} different values: it looks like a "
            f"measurement. A column with at most {_MOST} categories is needed."
        )
    labels = labels.rename_categories(str)
    numbers = pd.to_numeric(pd.Series(labels.categories), errors="coerce")
    if numbers.notna().all() and not labels.ordered:
        labels = labels.reorder_categories(list(labels.categories[np.argsort(numbers, kind="stable")]))
    return labels

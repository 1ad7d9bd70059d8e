"""One obs column as categories in the order people expect, and whose colours go together."""

import numpy as np
import pandas as pd
from anndata import AnnData

from semst._errors import SemSTError
from semst._validate import require_key
from semst.cluster import match_labels

from ._palette import other_colors

_MOST = 200  # more distinct values than this is a measurement, not a set of domains


def get_labels(adata: AnnData, key: str) -> pd.Categorical:
    """``adata.obs[key]`` as categories of strings, those in use only; numbers in numeric order."""
    column = require_key(adata.obs, key, what="adata.obs")
    if isinstance(column.dtype, pd.CategoricalDtype):
        labels = pd.Categorical(column).remove_unused_categories()
    else:
        if column.dtype.kind == "f" and (column.dropna() == column.dropna().round()).all():
            column = column.astype("Int64")  # whole numbers became floats only to make room for NaN
        labels = pd.Categorical(column)
    if len(labels.categories) > _MOST:
        raise SemSTError(
            f'adata.obs["{key}"] has {len(labels.categories)} different values: it looks like a measurement. '
            f"A column with at most {_MOST} categories is needed."
        )
    labels = labels.rename_categories(str)
    numbers = pd.to_numeric(pd.Series(labels.categories), errors="coerce")
    if numbers.notna().all() and not labels.ordered:
        labels = labels.reorder_categories(list(labels.categories[np.argsort(numbers, kind="stable")]))
    return labels


def matched_colors(
    labels: pd.Categorical, reference: pd.Categorical, reference_colors: list[str]
) -> list[str]:
    """Give every domain the colour of the reference domain it overlaps most with, one to one (Hungarian).

    Domains left over take colours of the palette that the reference does not use, as long as there are any.
    """
    renamed = match_labels(labels, reference)
    color_of = dict(zip(reference.categories, reference_colors, strict=True))
    partners = [renamed[labels.codes == code][0] for code in range(len(labels.categories))]
    lonely = [name for name in partners if name not in color_of]
    spare = iter(other_colors(len(lonely), than=reference_colors))
    return [color_of[name] if name in color_of else next(spare) for name in partners]

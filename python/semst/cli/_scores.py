"""Columns that can be scored, and scores as lines."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from anndata import AnnData

from semst import _words
from semst._errors import SemSTError
from semst._validate import require_key

from ._telling import line


def require_labels(adata: AnnData, column: str) -> pd.Series:
    """Get ``adata.obs[column]``, or fail with the columns there are."""
    labels = require_key(adata.obs, column, what=_words.slot("obs"))
    if labels.isna().all():
        raise SemSTError(
            f"{_words.slot('obs', column)} has no value that is not missing: there is nothing to score."
        )
    return labels


def print_scores(scores: Mapping[str, Any], *, title: str) -> None:
    """Print one score per line, aligned."""
    line(title)
    width = max(map(len, scores), default=0)
    for name, value in scores.items():
        line(f"  {name:<{width}}  {_shown(value)}")


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) or hasattr(value, "dtype") else str(value)

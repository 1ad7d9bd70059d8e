"""Scores as lines for people and as plain values for machines."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import typer
from anndata import AnnData

from semst import _words
from semst._errors import SemSTError
from semst._validate import require_key


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
    typer.echo(title)
    width = max(map(len, scores), default=0)
    for name, value in scores.items():
        typer.echo(f"  {name:<{width}}  {_shown(value)}")


def jsonable(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce scores to what JSON knows; NaN, which it does not, becomes null."""
    plain: dict[str, Any] = {}
    for name, value in scores.items():
        number = value.item() if hasattr(value, "item") else value
        plain[name] = None if isinstance(number, float) and not math.isfinite(number) else number
    return plain


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) or hasattr(value, "dtype") else str(value)

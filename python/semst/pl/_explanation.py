"""The marker genes and terms of domains, as :func:`semst.tl.explain` has kept them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._errors import MissingKeyError

_TABLES = ("domains", "markers", "terms")


def get_explanation(adata: AnnData, key: str) -> Mapping[str, Any]:
    """The explanation of the domains in ``adata.obs[key]``, or an error that says how to get one."""
    if not is_explained(adata, key):
        raise MissingKeyError(
            f"{_words.slot('uns', _keys.explained(key))} holds no explanation. Make one first: "
            f"{_words.step('explain', key=key)}."
        )
    return adata.uns[_keys.explained(key)]


def is_explained(adata: AnnData, key: str) -> bool:
    """Whether the domains in ``adata.obs[key]`` have been explained."""
    found = adata.uns.get(_keys.explained(key))
    return isinstance(found, Mapping) and all(name in found for name in _TABLES)


def first_rows(table: pd.DataFrame, domain: str, n: int) -> pd.DataFrame:
    """The best ``n`` rows of one domain in a long table, best first."""
    return table[table["domain"].astype(str) == domain].head(n)


def names_of(adata: AnnData, key: str) -> dict[str, tuple[str, str]]:
    """Name and reason of every domain that a language model could name."""
    found = adata.uns.get(_keys.names(key))
    table = found.get("names") if isinstance(found, Mapping) else None
    if not isinstance(table, pd.DataFrame):
        return {}
    named = table[table["status"] == "named"]
    return {
        str(domain): (str(name), str(reason))
        for domain, name, reason in zip(named["domain"], named["name"], named["reason"], strict=True)
    }


def spots_of(labels: pd.Categorical) -> np.ndarray:
    """Number of spots of every category."""
    return np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.categories))

"""Spots of several samples, for what is compared between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _words, compare
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import get_labels

ONE_SAMPLE = "all"


@dataclass(frozen=True)
class SampledSpots:
    """Spots that have a domain and are of a sample that counts.

    ``rows`` are their numbers in the object; ``domains`` and ``samples`` have one entry each. ``conditions``
    is that of every sample, and ``groups`` the two that are compared; both are ``None`` without conditions.
    """

    rows: np.ndarray
    domains: pd.Categorical
    samples: pd.Categorical
    conditions: pd.Series | None
    groups: tuple[str, str] | None

    def sizes(self) -> pd.DataFrame:
        """Count spots, samples x domains."""
        n = len(self.domains.categories)
        cells = self.samples.codes.astype(np.int64) * n + self.domains.codes
        counts = np.bincount(cells, minlength=len(self.samples.categories) * n).reshape(-1, n)
        return pd.DataFrame(
            counts,
            index=pd.Index(self.samples.categories, name="sample"),
            columns=pd.Index(self.domains.categories, name="domain"),
        )


def sampled_spots(
    adata: AnnData,
    key: str,
    *,
    sample_key: str | None,
    condition_key: str | None,
    groups: Sequence[str] | None,
) -> SampledSpots:
    """Read domains, samples and conditions; samples of other conditions than ``groups`` are left out."""
    if groups is not None and condition_key is None:
        raise SemSTError(
            f"{_words.name('groups')} are conditions: name the obs column that has them "
            f"({_words.given('condition_key')})."
        )
    if condition_key is not None and sample_key is None:
        raise SemSTError(
            "Conditions are compared between samples: name the obs column that tells these apart "
            f"({_words.given('sample_key')})."
        )
    domains = get_labels(adata, key)
    samples = _samples(adata, sample_key)
    kept = domains.codes >= 0
    conditions, chosen = None, None
    if condition_key is not None:
        by_spot = _complete(adata, condition_key, "condition")
        conditions = compare.conditions_of(samples, by_spot)
        chosen = compare.choose_groups(by_spot, groups)
        conditions = conditions[conditions.isin(chosen)].cat.remove_unused_categories()
        kept &= np.isin(samples.codes, samples.categories.get_indexer(conditions.index))
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise SemSTError(f"No spot of these samples has a domain in {_words.slot('obs', key)}.")
    wanted = samples if conditions is None else conditions.index
    empty = [name for name in pd.unique(wanted) if name not in set(samples[rows])]
    if empty:
        logger.warning(f"left out, without a spot that has a domain: {', '.join(map(str, empty))}")
    samples = samples[rows].remove_unused_categories()
    if conditions is not None:
        conditions = conditions.loc[samples.categories]
    return SampledSpots(rows, domains[rows].remove_unused_categories(), samples, conditions, chosen)


def tell(note: str, effects: pd.DataFrame | None) -> None:
    """Log what a comparison of so few samples cannot show; that there is no p at all as a warning."""
    if note and effects is not None:
        (logger.info if effects["p"].notna().any() else logger.warning)(note)


def _samples(adata: AnnData, sample_key: str | None) -> pd.Categorical:
    if sample_key is None:
        names: list[Any] = [ONE_SAMPLE] * adata.n_obs
        return pd.Categorical(names)
    return _complete(adata, sample_key, "sample")


def _complete(adata: AnnData, key: str, what: str) -> pd.Categorical:
    labels = get_labels(adata, key)
    missing = int((labels.codes < 0).sum())
    if missing:
        raise SemSTError(
            f"{_words.slot('obs', key)} is missing for {missing} of {adata.n_obs} spots; every spot needs to "
            f"have a {what}. Fill the column, or leave these spots out."
        )
    return labels

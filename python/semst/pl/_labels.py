"""Domains as pictures show them: their order, a choice of them, and colours that go with another column's."""

from collections.abc import Sequence

import pandas as pd
from anndata import AnnData

from semst import _validate, _words
from semst._errors import SemSTError
from semst._order import in_order, natural_order
from semst.cluster import match_labels

from ._palette import other_colors


def get_labels(adata: AnnData, key: str) -> pd.Categorical:
    """``adata.obs[key]`` as categories of strings, those in use only, in the order that pictures show."""
    labels = _validate.get_labels(adata, key)
    column = adata.obs[key]
    kind = column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    if labels.ordered or pd.api.types.is_numeric_dtype(kind):
        return labels
    names = [str(name) for name in labels.categories]
    if pd.to_numeric(pd.Series(names, dtype=object), errors="coerce").notna().all():
        if any(name.startswith("-") for name in names):
            return labels
        names = sorted(names)  # 3.10, a part of 3, comes after 3.2, whatever it is as a number
    return labels.reorder_categories(shown_order(names))


def slice_names(column: pd.Series) -> list[str]:
    """Names of slices, each once, in the order that pictures show."""
    chosen = isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered
    names = in_order(column)
    return names if chosen else shown_order(names)


def shown_order(names: Sequence[str]) -> list[str]:
    """The order of names in a picture: as given, unless that is the alphabet's, which nobody has chosen.

    Examples
    --------
    >>> shown_order(["L1", "L10", "L2"]), shown_order(["white matter", "L1", "L10", "L2"])
    (['L1', 'L2', 'L10'], ['white matter', 'L1', 'L10', 'L2'])
    """
    names = list(names)
    return natural_order(names) if names == sorted(names) else names


def only_groups(labels: pd.Categorical, groups: str | Sequence[str] | None, *, key: str) -> pd.Categorical:
    """Take the label from all spots that are of other domains; all domains stay as categories.

    Raises
    ------
    SemSTError
        If ``groups`` is empty, or names a domain that is not there.
    """
    if groups is None:
        return labels
    wanted = [groups] if isinstance(groups, str) else list(dict.fromkeys(map(str, groups)))
    there = ", ".join(map(str, labels.categories))
    if not wanted:
        raise SemSTError(
            f"{_words.name('groups')} names no domain. Those of {_words.slot('obs', key)} are: {there}."
        )
    unknown = [name for name in wanted if name not in labels.categories]
    if unknown:
        raise SemSTError(
            f"{_words.name('groups')}: {_words.slot('obs', key)} has no {', '.join(unknown)}. Its domains "
            f"are: {there}."
        )
    return labels.set_categories(wanted).set_categories(labels.categories)


def matched_names(labels: pd.Categorical, reference: pd.Categorical) -> list[str]:
    """For every domain the name of the reference domain it overlaps most with, one to one (Hungarian).

    Domains left over have names that the reference has not.
    """
    renamed = match_labels(labels, reference)
    return [str(renamed[labels.codes == code][0]) for code in range(len(labels.categories))]


def matched_colors(
    labels: pd.Categorical, reference: pd.Categorical, reference_colors: list[str]
) -> list[str]:
    """Give every domain the colour of the reference domain it is matched with.

    Domains left over take colours of the palette that the reference does not use, as long as there are any.
    """
    color_of = dict(zip(reference.categories, reference_colors, strict=True))
    partners = matched_names(labels, reference)
    lonely = [name for name in partners if name not in color_of]
    spare = iter(other_colors(len(lonely), than=reference_colors))
    return [color_of[name] if name in color_of else next(spare) for name in partners]

"""Colours of the domains of one column that go with those of another."""

import pandas as pd

from semst._validate import get_labels
from semst.cluster import match_labels

from ._palette import other_colors

__all__ = ["get_labels", "matched_colors"]


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

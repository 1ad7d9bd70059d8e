"""What pictures of compared samples share: colours and names of domains."""

from collections.abc import Mapping, Sequence

import pandas as pd
from anndata import AnnData

from ._labels import get_labels
from ._palette import category_colors
from ._text import shorten

LONGEST = 1.4  # inches that a name may take


def written(name: str, size: float) -> str:
    """A name, cut where it is too long for its place."""
    return shorten(name, LONGEST, size)


def compared_colors(
    key: str, domains: list[str], adata: AnnData | None, colors: Mapping[str, str] | Sequence[str] | None
) -> list[str]:
    """Colour of every domain: as given, else as ``adata`` has it, else from the palette."""
    if adata is None or colors is not None:
        index = pd.Index(range(len(domains))).astype(str)
        adata = AnnData(obs=pd.DataFrame({key: pd.Categorical(domains, categories=domains)}, index=index))
        return category_colors(adata, key, pd.Index(domains), colors)
    categories = get_labels(adata, key).categories
    color_of = dict(zip(categories, category_colors(adata, key, categories, None), strict=True))
    return [color_of[name] for name in domains]

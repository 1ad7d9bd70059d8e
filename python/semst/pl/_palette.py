"""Colours that stay apart for colour-blind eyes."""

from collections.abc import Mapping, Sequence

import pandas as pd
from anndata import AnnData
from matplotlib.colors import is_color_like, to_hex

from semst._errors import SemSTError
from semst._log import logger

MISSING = "#D9D9D9"  # spots without a label

# 1-8: Okabe & Ito (2008), their black softened so that it does not rule the picture.
# 9-24: chosen one after the other from a grid over sRGB, each as far as possible in CIELAB from those before
# it, from white and from MISSING; the distance is the smallest of the deuteranopic, the protanopic (Machado
# et al. 2009) and half the normal one. Any two of the 24 are 15 or more apart in each of the three views.
_COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#F0E442",
    "#333333",
    "#3C0FA5",
    "#4BF078",
    "#690F00",
    "#5A0F5A",
    "#0078FF",
    "#FF0F5A",
    "#69693C",
    "#B4E1A5",
    "#1E3C96",
    "#A5005A",
    "#006978",
    "#784B00",
    "#B487FF",
    "#C3A54B",
    "#00D2E1",
    "#E1A5A5",
)


def palette(n: int) -> list[str]:
    """Colour-blind-safe colours for ``n`` domains.

    The first eight are those of Okabe & Ito (black softened to a dark grey); up to 24 each colour was chosen
    to be as far as possible from those before it for normal, deuteranopic and protanopic eyes. Beyond 24 the
    colours repeat and the log says so.

    Parameters
    ----------
    n
        Number of domains, 0 or more.

    Returns
    -------
    ``n`` hexadecimal colours.

    Examples
    --------
    >>> palette(3)
    ['#0072B2', '#E69F00', '#009E73']
    """
    if n > len(_COLORS):
        logger.warning("%d domains, but only %d colours: colours repeat in the picture", n, len(_COLORS))
    return [_COLORS[i % len(_COLORS)] for i in range(n)]


def other_colors(n: int, *, than: Sequence[str]) -> list[str]:
    """Colours of the palette that are not among ``than``; they repeat where there are too few.

    Examples
    --------
    >>> other_colors(1, than=["#0072B2"])
    ['#E69F00']
    """
    free = [color for color in _COLORS if color not in than]
    if n > len(free):
        logger.warning("%d domains have no partner and %d colours are left: colours repeat", n, len(free))
    return [(free or list(_COLORS))[i % max(len(free or _COLORS), 1)] for i in range(n)]


def category_colors(
    adata: AnnData, key: str, categories: pd.Index, colors: Mapping[str, str] | Sequence[str] | None
) -> list[str]:
    """Colour of every category: as given, else as kept in ``uns`` in scanpy's way, else from the palette."""
    if isinstance(colors, Mapping):
        absent = [name for name in categories if name not in colors]
        if absent:
            raise SemSTError(f"colors has no colour for {', '.join(absent)}. It has: {', '.join(colors)}.")
        chosen: list[str] = [colors[name] for name in categories]
    elif colors is not None:
        if len(colors) < len(categories):
            raise SemSTError(
                f'colors has {len(colors)} colours, but adata.obs["{key}"] has {len(categories)} categories. '
                "Give one colour for each, or a dictionary from category to colour."
            )
        chosen = list(colors[: len(categories)])
    else:
        kept = adata.uns.get(f"{key}_colors")
        # a leftover of other categories says nothing about these
        chosen = [str(c) for c in kept] if kept is not None and len(kept) == len(categories) else []
        column = adata.obs[key]
        if chosen and isinstance(column.dtype, pd.CategoricalDtype):  # kept in the order of the column
            own = [str(name) for name in column.cat.categories if (column == name).any()]
            color_of = dict(zip(own, chosen, strict=False))
            chosen = [color_of[name] for name in categories if name in color_of]
        if len(chosen) != len(categories) or not all(is_color_like(c) for c in chosen):
            return palette(len(categories))
    wrong = [str(c) for c in chosen if not is_color_like(c)]
    if wrong:
        raise SemSTError(f"colors holds {', '.join(wrong)}, which matplotlib does not know as colours.")
    return [to_hex(c).upper() for c in chosen]

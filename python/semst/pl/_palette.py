"""Colours that stay apart for colour-blind eyes."""

from collections.abc import Mapping, Sequence

import pandas as pd
from anndata import AnnData
from matplotlib.colors import is_color_like, to_hex

from semst import _words
from semst._colors import COLORS, first_colors, kept_colors
from semst._errors import SemSTError
from semst._log import logger
from semst._typed import typed
from semst._validate import get_labels

MISSING = "#D9D9D9"  # spots without a label


@typed
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
    if n > len(COLORS):
        logger.warning("%d domains, but only %d colours: colours repeat in the picture", n, len(COLORS))
    return first_colors(n)


def other_colors(n: int, *, than: Sequence[str]) -> list[str]:
    """Colours of the palette that are not among ``than``; they repeat where there are too few.

    Examples
    --------
    >>> other_colors(1, than=["#0072B2"])
    ['#E69F00']
    """
    free = [color for color in COLORS if color not in than]
    if n > len(free):
        logger.warning("%d domains have no partner and %d colours are left: colours repeat", n, len(free))
    return [(free or list(COLORS))[i % max(len(free or COLORS), 1)] for i in range(n)]


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
                f"colors has {len(colors)} colours, but {_words.slot('obs', key)} has {len(categories)} "
                "categories. Give one colour for each, or a dictionary from category to colour."
            )
        chosen = list(colors[: len(categories)])
    else:
        # by the order of the object, which other programs have, whatever that of the picture is
        known = get_labels(adata, key).categories
        kept = kept_colors(adata, key, known)
        color_of = dict(zip(known, palette(len(known)) if kept is None else kept, strict=True))
        chosen = [color_of[name] for name in categories]
    wrong = [str(c) for c in chosen if not is_color_like(c)]
    if wrong:
        raise SemSTError(f"colors holds {', '.join(wrong)}, which matplotlib does not know as colours.")
    return [to_hex(c).upper() for c in chosen]

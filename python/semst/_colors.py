"""Colours of domains: those that stay apart, those that are kept with the data, and shades of one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from anndata import AnnData

from . import _keys

# 1-8: Okabe & Ito (2008), their black softened so that it does not rule the picture.
# 9-24: chosen one after the other from a grid over sRGB, each as far as possible in CIELAB from those before
# it, from white and from MISSING; the distance is the smallest of the deuteranopic, the protanopic (Machado
# et al. 2009) and half the normal one. Any two of the 24 are 15 or more apart in each of the three views.
COLORS = (
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

_LIGHTNESS = (0.30, 0.92)  # of OKLab: darker shades look black, lighter ones white
_APART = 0.1  # in OKLab, below which two colours on a map are taken for one
_SHIFTS = (0.0, -0.08, 0.08, -0.16, 0.16)  # of the lightness of shades, nearest first
_PARTS = (1.0, 0.75, 1.25)  # of their reach
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def first_colors(n: int) -> list[str]:
    """The first ``n`` colours of the palette; they repeat where there are too few."""
    return [COLORS[i % len(COLORS)] for i in range(n)]


def kept_colors(adata: AnnData, key: str, categories: Sequence[str] | pd.Index) -> list[str] | None:
    """Colours of categories as kept in ``uns`` in scanpy's way; ``None`` where there are none for these.

    A leftover of other categories says nothing about these.
    """
    from matplotlib.colors import is_color_like

    kept = adata.uns.get(_keys.colors(key))
    chosen = [str(c) for c in kept] if kept is not None and len(kept) == len(categories) else []
    column = adata.obs[key]
    if chosen and isinstance(column.dtype, pd.CategoricalDtype):  # kept in the order of the column
        own = [str(name) for name in column.cat.categories if (column == name).any()]
        color_of = dict(zip(own, chosen, strict=False))
        chosen = [color_of[name] for name in categories if name in color_of]
    whole = len(chosen) == len(categories) and all(is_color_like(c) for c in chosen)
    return chosen if whole else None


def keep_colors(adata: AnnData, key: str) -> list[str]:
    """Write the palette's colours of a column into ``uns`` in scanpy's way, unless some that fit are there.

    All tools then draw a domain alike. Returned is the slot, where it was written.
    """
    categories = list(adata.obs[key].cat.categories)
    slot = _keys.colors(key)
    if slot in adata.uns and kept_colors(adata, key, categories) is not None:
        return []
    adata.uns[slot] = np.array(first_colors(len(categories)))
    return [f"uns[{slot!r}]"]


def colors_of(adata: AnnData, key: str, categories: Sequence[str] | pd.Index) -> dict[str, str]:
    """Colour of every category: as kept in ``uns``, else from the palette, in its order."""
    chosen = kept_colors(adata, key, categories)
    if chosen is None:
        chosen = first_colors(len(categories))
    return dict(zip(map(str, categories), chosen, strict=True))


def shades(color: str, n: int, *, reach: float = 0.36, shift: float = 0.0) -> list[str]:
    """Shades of a colour, from dark to light: the same hue, evenly spaced in lightness (OKLab).

    Parameters
    ----------
    color
        Any colour that Matplotlib knows.
    n
        Number of shades.
    reach
        Lightness from the first to the last, of 1 from black to white; around that of the colour, and moved
        where black or white would be near.
    shift
        How much lighter all of them are than so.

    Returns
    -------
    ``n`` hexadecimal colours.

    Notes
    -----
    OKLab: B. Ottosson (2020), a perceptual colour space for image processing.

    Examples
    --------
    >>> shades("#0072B2", 2)
    ['#023E64', '#50AAEE']
    """
    from matplotlib.colors import to_hex

    lab = _oklab(color)
    first = float(np.clip(lab[0] - reach / 2 + shift, _LIGHTNESS[0], _LIGHTNESS[1] - reach))
    steps = first + reach * (np.linspace(0, 1, n) if n > 1 else np.array([0.5]))
    return [to_hex(tuple(_in_gamut(lightness, lab[1:]))).upper() for lightness in steps]


def shades_apart(color: str, n: int, others: Sequence[str], *, reach: float = 0.36) -> list[str]:
    """Shades of a colour that are not taken for one of the others: lighter or darker where they would be.

    Parameters
    ----------
    color, n, reach
        See :func:`shades`.
    others
        Colours that stay beside them.

    Returns
    -------
    The first that are far enough from the others, else those that are farthest.

    Examples
    --------
    >>> shades_apart("#0072B2", 2, ["#E69F00"]) == shades("#0072B2", 2)
    True
    >>> shades_apart("#0072B2", 2, ["#56B4E9"]) == shades("#0072B2", 2)
    False
    """
    best: tuple[float, list[str]] = (-1.0, [])
    for shift in _SHIFTS:
        for part in _PARTS:
            tried = shades(color, n, reach=part * reach, shift=shift)
            apart = min(
                (float(np.linalg.norm(_oklab(one) - _oklab(two))) for one in tried for two in others),
                default=1.0,
            )
            if apart >= _APART:
                return tried
            best = max(best, (apart, tried))
    return best[1]


def _oklab(color: str) -> np.ndarray:
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def _in_gamut(lightness: float, hue: np.ndarray) -> np.ndarray:
    """The sRGB colour of this lightness and hue, as strong as the given one or as the screen can show."""
    for strength in np.linspace(1, 0, 41):
        lms = np.linalg.solve(_TO_LAB, np.array([lightness, *(strength * hue)])) ** 3
        linear = np.linalg.solve(_TO_LMS, lms)
        if (linear >= -1e-6).all() and (linear <= 1 + 1e-6).all():
            break
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

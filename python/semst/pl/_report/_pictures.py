"""Pictures of a page, as the other functions of this room draw them."""

import base64
import io
from typing import Any

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semst import _keys
from semst.data import SliceKeys
from semst.pl._choose import choose_n_domains
from semst.pl._compare import compare
from semst.pl._domains import domains
from semst.pl._figure import figure_of
from semst.pl._history import history
from semst.pl._markers import markers
from semst.pl._tissue import slices
from semst.pl._uncertainty import uncertainty

from ._parts import Picture

_DPI = 144
_INCH = 96  # CSS pixels
_LEAST = 60  # CSS pixels an inch that leave 9 points legible


def tissue(adata: AnnData, key: str, keys: SliceKeys, *, truth: str | None) -> Picture:
    """The domains, in the colours they have everywhere, beside the annotation in matched ones."""
    where: dict[str, Any] = {"spatial_key": keys.spatial_key, "sample_key": keys.sample_key}
    if truth is not None:
        drawn: Any = compare(adata, [key, truth], **where)
        return _picture(drawn, f"The tissue with the domains {key} and the annotation {truth} side by side.")
    return _picture(
        domains(adata, key, **where), f"The tissue, every spot in the colour of its domain ({key})."
    )


def doubt(adata: AnnData, key: str, keys: SliceKeys) -> list[Picture]:
    """The uncertainty of every spot, a picture a slice, where the clusterer had one."""
    column = adata.obs.get(_keys.uncertainty(key))
    if column is None:
        return []
    known = np.isfinite(column.to_numpy(dtype=np.float64))
    pictures = []
    for name, rows in slices(adata, keys.sample_key):
        if known[rows].any():
            ax = uncertainty(adata[rows], key, spatial_key=keys.spatial_key)
            ax.set_title(key if name is None else name, parse_math=False)
            where = "The tissue" if name is None else f"The slice {name}"
            pictures.append(_picture(ax, f"{where}, every spot darker the less sure its domain is."))
    return pictures


def dots(adata: AnnData, key: str, keys: SliceKeys) -> list[Picture]:
    """Marker genes in all domains."""
    drawn = markers(adata, key, layer=keys.layer, use_raw=keys.use_raw, depth_key=keys.depth_key)
    return [_picture(drawn, "Dot plot: the first marker genes of every domain, in all domains.")]


def curves(adata: AnnData, key: str) -> list[Picture]:
    """The course of training, where there was one."""
    kept = adata.uns.get(key, {}).get("history", {})
    if not any(np.ndim(values) == 1 and np.size(values) for values in kept.values()):
        return []
    return [_picture(history(adata, key), "Curves of the training losses over the epochs.")]


def choice(adata: AnnData, key: str) -> list[Picture]:
    """What the criteria said of every number of domains, where it was chosen."""
    if "k" not in adata.uns.get(key, {}).get("choice", {}):
        return []
    return [_picture(choose_n_domains(adata, key), "Curves of the criteria over the number of domains.")]


def _picture(drawn: Axes | Figure, alt: str) -> Picture:
    """A figure as a data URI; it is closed, so that notebooks do not show it a second time."""
    figure = drawn if isinstance(drawn, Figure) else figure_of(drawn)
    held = io.BytesIO()
    try:
        figure.savefig(held, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
    finally:
        plt.close(figure)
    high, wide = matplotlib.image.imread(io.BytesIO(held.getvalue()), format="png").shape[:2]
    source = f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode('ascii')}"
    width, height, least = (
        round(pixels / _DPI * scale) for pixels, scale in ((wide, _INCH), (high, _INCH), (wide, _LEAST))
    )
    return Picture(source, alt, width, height, least)

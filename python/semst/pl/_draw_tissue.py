"""Spots of one slice on one axes, over its image."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize

from ._palette import MISSING
from ._shade import SHADE_ABOVE, shade_categories, shade_values
from ._spots import draw_spots, frame_tissue
from ._tissue import Tissue

_OVER_IMAGE = (
    0.7  # of the spacing, where the true size of a spot is not known: the tissue stays visible between
)


def draw_domains(
    ax: Axes, tissue: Tissue, labels: pd.Categorical, colors: list[str], *, img_alpha: float, size: float
) -> None:
    """Draw every spot in the colour of its domain, those without one in grey; ``labels`` are of all spots."""
    xy, codes = tissue.xy, labels.codes[tissue.shown]
    diameter = _begin(ax, tissue, img_alpha=img_alpha, size=size)
    if len(xy) > SHADE_ABOVE:
        codes = np.where(codes >= 0, codes, len(colors))
        shade_categories(ax, xy, codes, [*colors, MISSING], diameter=diameter)
        return
    known = codes >= 0
    _draw_missing(ax, xy[~known], diameter=diameter)
    if known.any():
        draw_spots(ax, xy[known], diameter=diameter, colors=np.asarray(colors)[codes[known]])


def draw_values(
    ax: Axes,
    tissue: Tissue,
    values: np.ndarray,
    *,
    norm: Normalize,
    cmap: Colormap,
    img_alpha: float,
    size: float,
) -> ScalarMappable:
    """Draw every spot in the colour of its value, NaN in grey; ``values`` are of all spots."""
    xy, values = tissue.xy, values[tissue.shown]
    diameter = _begin(ax, tissue, img_alpha=img_alpha, size=size)
    known = np.isfinite(values)
    if len(xy) > SHADE_ABOVE:
        if not known.all():
            rest = np.zeros(int((~known).sum()), dtype=np.int32)
            shade_categories(ax, xy[~known], rest, [MISSING], diameter=diameter)
        scale = ScalarMappable(norm, cmap)
        shade_values(ax, xy[known], values[known], scale.to_rgba, diameter=diameter)
        return scale
    _draw_missing(ax, xy[~known], diameter=diameter)
    spots = draw_spots(ax, xy[known], diameter=diameter, values=values[known])
    spots.set(norm=norm, cmap=cmap)
    return spots


def _begin(ax: Axes, tissue: Tissue, *, img_alpha: float, size: float) -> float:
    """Frame the tissue, lay the image under it, and find the diameter of a spot in data units."""
    image = tissue.image
    if image is None:
        diameter = tissue.spacing
    else:
        ax.imshow(image.pixels, extent=image.extent, origin="upper", cmap="gray", alpha=img_alpha, zorder=0)
        diameter = _OVER_IMAGE * tissue.spacing if image.spot_diameter is None else image.spot_diameter
    frame_tissue(ax, tissue.window)
    return size * diameter


def _draw_missing(ax: Axes, xy: np.ndarray, *, diameter: float) -> None:
    if len(xy):
        draw_spots(ax, xy, diameter=diameter, colors=[MISSING])

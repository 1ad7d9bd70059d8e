"""Spots of one slice on one axes: what all pictures of tissue share."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize

from semst._errors import SemSTError
from semst._log import logger
from semst._order import in_order
from semst._validate import get_coordinates, require_key

from ._image import TissueImage
from ._palette import MISSING
from ._shade import SHADE_ABOVE, shade_categories, shade_values
from ._spots import draw_spots, frame_tissue, spot_spacing

_OVER_IMAGE = (
    0.7  # of the spacing, where the true size of a spot is not known: the tissue stays visible between
)


def flat_coordinates(adata: AnnData, *, spatial_key: str) -> np.ndarray:
    """Give x and y of every spot; a third coordinate is not drawn."""
    return get_coordinates(adata, spatial_key=spatial_key)[:, :2]


def slices(adata: AnnData, sample_key: str | None) -> Iterator[tuple[str | None, np.ndarray]]:
    """Name and row numbers of every slice; all rows, without a name, where there is no key."""
    if adata.n_obs == 0:
        raise SemSTError("There are no spots to draw (adata has 0 rows).")
    if sample_key is None:
        yield None, np.arange(adata.n_obs)
        return
    column = require_key(adata.obs, sample_key, what="adata.obs")
    if column.isna().any():
        logger.warning(
            '%d of %d spots belong to no slice (adata.obs["%s"] is missing): not drawn',
            int(column.isna().sum()),
            len(column),
            sample_key,
        )
    names = column.astype("string").to_numpy()
    for name in in_order(column):
        yield name, np.flatnonzero(names == name)


def draw_domains(
    ax: Axes,
    xy: np.ndarray,
    labels: pd.Categorical,
    colors: list[str],
    *,
    image: TissueImage | None,
    img_alpha: float,
    size: float,
) -> None:
    """Draw every spot in the colour of its domain, those without one in grey."""
    diameter = _begin(ax, xy, image=image, img_alpha=img_alpha, size=size)
    if len(xy) > SHADE_ABOVE:
        codes = np.where(labels.codes >= 0, labels.codes, len(colors))
        shade_categories(ax, xy, codes, [*colors, MISSING], diameter=diameter)
        return
    known = labels.codes >= 0
    _draw_missing(ax, xy[~known], diameter=diameter)
    if known.any():
        draw_spots(ax, xy[known], diameter=diameter, colors=np.asarray(colors)[labels.codes[known]])


def draw_values(
    ax: Axes,
    xy: np.ndarray,
    values: np.ndarray,
    *,
    norm: Normalize,
    cmap: Colormap,
    image: TissueImage | None,
    img_alpha: float,
    size: float,
) -> ScalarMappable:
    """Draw every spot in the colour of its value, NaN in grey."""
    diameter = _begin(ax, xy, image=image, img_alpha=img_alpha, size=size)
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


def _begin(ax: Axes, xy: np.ndarray, *, image: TissueImage | None, img_alpha: float, size: float) -> float:
    """Frame the tissue, lay the image under it, and find the diameter of a spot in data units."""
    spacing = spot_spacing(xy)
    if image is None:
        diameter = spacing
    else:
        ax.imshow(image.pixels, extent=image.extent, origin="upper", cmap="gray", alpha=img_alpha, zorder=0)
        diameter = _OVER_IMAGE * spacing if image.spot_diameter is None else image.spot_diameter
    frame_tissue(ax, xy, spacing=spacing)
    return size * diameter


def _draw_missing(ax: Axes, xy: np.ndarray, *, diameter: float) -> None:
    if len(xy):
        draw_spots(ax, xy, diameter=diameter, colors=[MISSING])

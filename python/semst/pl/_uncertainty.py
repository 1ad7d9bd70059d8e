"""How sure the clusterer was of every spot."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize

from semst import _keys, _words
from semst._errors import MissingKeyError, SemSTError
from semst._typed import typed

from ._draw_tissue import draw_values
from ._figure import (
    LEGEND,
    check_picture_path,
    figure_of,
    legend_entries,
    new_panels,
    save_figure,
)
from ._scale_bar import draw_scale_bar
from ._tissue import tissues

# Evenly darker with doubt, also for colour-blind eyes; without the palest part, which is lost on white paper.
_CMAP = ListedColormap(colormaps["YlGnBu"](np.linspace(0.12, 1, 256)), name="doubt")


@typed
def uncertainty(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    spatial_key: str = _keys.SPATIAL,
    crop_coord: Sequence[float] | None = None,
    img: bool = False,
    img_alpha: float = 0.5,
    size: float = 1.0,
    scale_bar: bool = True,
    scalebar_dx: float | None = None,
    ax: Axes | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Axes:
    """Draw 1 - posterior probability of every spot's domain on the tissue.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.semst`. Not changed.
    key
        The ``key_added`` of that run: ``adata.obs[key + "_uncertainty"]`` is drawn.
    spatial_key
        Slot of ``adata.obsm`` with the coordinates; of three, the first two are drawn.
    crop_coord
        The part to show, ``(x_min, x_max, y_min, y_max)`` in the units of the coordinates, y downwards. The
        colours are those of the whole.
    img
        Lay the tissue image of ``uns["spatial"]`` under the spots where there is one.
    img_alpha
        Opacity of the image.
    size
        Factor for the diameter of the spots.
    scale_bar, scalebar_dx
        Bar under the panel, and its unit, as in :func:`domains`.
    ax
        Axes to draw into; default: a new figure.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The axes.

    Raises
    ------
    MissingKeyError
        If the column is not there (k-means and Leiden know no posterior).
    SemSTError
        If the column holds no finite number, no spot lies in ``crop_coord``, or ``save`` cannot be written.

    Examples
    --------
    >>> import anndata, numpy as np
    >>> import semst.pl
    >>> adata = anndata.AnnData(np.ones((3, 1)))
    >>> adata.obsm["spatial"] = np.array([[0, 0], [0, 1], [1, 0]])
    >>> adata.obs["semst_uncertainty"] = [0.0, 0.4, 0.1]
    >>> ax = semst.pl.uncertainty(adata)
    """
    check_picture_path(save, overwrite=overwrite)
    column = _keys.uncertainty(key)
    if column not in adata.obs:
        raise MissingKeyError(
            f'{_words.slot("obs")} has no "{column}". Only mclust and mixture give an uncertainty; k-means '
            "and leiden know no posterior."
        )
    values = adata.obs[column].to_numpy(dtype=np.float64)
    if not np.isfinite(values).any():
        raise SemSTError(f"{_words.slot('obs', column)} holds no finite number: there is nothing to draw.")
    (tissue,) = tissues(
        adata,
        spatial_key=spatial_key,
        sample_key=None,
        img=img,
        crop_coord=crop_coord,
        scale_bar=scale_bar,
        scalebar_dx=scalebar_dx,
    )
    if ax is None:
        figure, grid = new_panels(1, 1, aspect=tissue.aspect, shared=0.9)
        ax = grid[0, 0]
    figure = figure_of(ax)
    norm = Normalize(0, max(float(np.nanmax(values)), 1e-6))
    drawn = draw_values(ax, tissue, values, norm=norm, cmap=_CMAP, img_alpha=img_alpha, size=size)
    draw_scale_bar(ax, tissue.um_per_unit)
    figure.colorbar(drawn, ax=ax, shrink=0.7, label="uncertainty (1 - posterior)")
    ax.set_title(key)
    if not np.isfinite(values[tissue.shown]).all():
        ax.legend(
            handles=legend_entries(pd.Categorical([None]), []),
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            **LEGEND,
        )
    save_figure(figure, save, overwrite=overwrite)
    return ax

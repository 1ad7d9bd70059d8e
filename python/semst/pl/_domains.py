"""Domains on the tissue."""

import os
from collections.abc import Mapping, Sequence
from typing import overload

from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semst import _keys
from semst._errors import SemSTError

from ._figure import (
    aspect_of,
    check_picture_path,
    figure_of,
    legend_beside,
    legend_entries,
    legend_of_figure,
    legend_width,
    new_panels,
    save_figure,
)
from ._image import tissue_image
from ._labels import get_labels
from ._palette import category_colors
from ._tissue import draw_domains, flat_coordinates, slices

_IN_A_ROW = 4


@overload
def domains(
    adata: AnnData,
    key: str = ...,
    *,
    spatial_key: str = ...,
    sample_key: None = ...,
    img: bool = ...,
    img_alpha: float = ...,
    colors: Mapping[str, str] | Sequence[str] | None = ...,
    size: float = ...,
    ax: Axes | None = ...,
    save: str | os.PathLike | None = ...,
    overwrite: bool = ...,
) -> Axes: ...
@overload
def domains(
    adata: AnnData,
    key: str = ...,
    *,
    spatial_key: str = ...,
    sample_key: str,
    img: bool = ...,
    img_alpha: float = ...,
    colors: Mapping[str, str] | Sequence[str] | None = ...,
    size: float = ...,
    ax: None = ...,
    save: str | os.PathLike | None = ...,
    overwrite: bool = ...,
) -> Figure: ...
def domains(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    img: bool = True,
    img_alpha: float = 0.5,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    size: float = 1.0,
    ax: Axes | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Axes | Figure:
    """Draw the spatial domains on the tissue.

    Every spot is a circle as wide as the median distance between neighbouring spots, in the units of the
    coordinates, so the picture is the same in pixels and in micrometres and at every size of the axes. Over a
    tissue image the circle has the true diameter of the spot, where ``uns["spatial"]`` names it. y points
    downwards, as in the image.

    Parameters
    ----------
    adata
        Data with labels and coordinates. Not changed.
    key
        Column of ``adata.obs`` with the domains, or any other labels.
    spatial_key
        Slot of ``adata.obsm`` with the coordinates; of three, the first two are drawn.
    sample_key
        Column of ``adata.obs`` that tells slices apart: a panel for each.
    img
        Lay the tissue image of ``uns["spatial"]`` under the spots where there is one. With several slices the
        image of the library that is named as the slice.
    img_alpha
        Opacity of the image: paled, its purples and pinks do not swallow those of the domains.
    colors
        Colours in the order of the categories, or by name. Default: ``uns[key + "_colors"]`` where scanpy
        or you have put it, else :func:`palette`.
    size
        Factor for the diameter of the spots.
    ax
        Axes to draw into; default: a new figure. Not together with ``sample_key``.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The axes; with ``sample_key`` the figure.

    Raises
    ------
    MissingKeyError
        If a column or slot is not there.
    SemSTError
        If the labels are a measurement, colours do not suffice, or ``save`` cannot be written.

    Examples
    --------
    >>> import anndata, numpy as np
    >>> import semst.pl
    >>> adata = anndata.AnnData(np.ones((4, 1)))
    >>> adata.obsm["spatial"] = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> adata.obs["semst"] = ["0", "0", "1", "1"]
    >>> ax = semst.pl.domains(adata)
    >>> bool(ax.yaxis_inverted())
    True
    """
    check_picture_path(save, overwrite=overwrite)
    if ax is not None and sample_key is not None:
        raise SemSTError("ax= holds one slice. Leave ax out, or draw one slice of adata at a time.")
    labels = get_labels(adata, key)
    xy = flat_coordinates(adata, spatial_key=spatial_key)
    chosen = category_colors(adata, key, labels.categories, colors)
    parts = list(slices(adata, sample_key))
    aspect = max(aspect_of(xy[rows]) for _, rows in parts)
    entries = legend_entries(labels, chosen)

    if ax is not None:
        figure, axes = figure_of(ax), [ax]
    else:
        n_columns = min(len(parts), _IN_A_ROW)
        n_rows = -(-len(parts) // n_columns)
        figure, grid = new_panels(n_rows, n_columns, aspect=aspect, shared=legend_width(entries, aspect))
        axes = list(grid.flat)
    for panel, (name, rows) in zip(axes, parts, strict=False):
        image = tissue_image(adata, xy[rows], sample=name, spatial_key=spatial_key) if img else None
        draw_domains(panel, xy[rows], labels[rows], chosen, image=image, img_alpha=img_alpha, size=size)
        panel.set_title(key if name is None else name)
    for unused in axes[len(parts) :]:
        unused.set_axis_off()
    if sample_key is None:
        legend_beside(axes[0], entries, aspect=aspect)
    else:
        legend_of_figure(figure, entries, title=key, aspect=aspect)
    save_figure(figure, save, overwrite=overwrite)
    return axes[0] if sample_key is None else figure

"""Domains on the tissue."""

import os
from collections.abc import Mapping, Sequence
from typing import overload

from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semst import _keys
from semst._errors import SemSTError
from semst._typed import typed

from ._draw_tissue import draw_domains
from ._figure import (
    NOT_LABELLED,
    OTHERS,
    check_picture_path,
    figure_of,
    legend_beside,
    legend_entries,
    legend_of_figure,
    legend_width,
    new_panels,
    save_figure,
)
from ._labels import get_labels, only_groups
from ._palette import category_colors
from ._scale_bar import draw_scale_bar
from ._tissue import shown_rows, tissues

_IN_A_ROW = 4


@overload
@typed
def domains(
    adata: AnnData,
    key: str = ...,
    *,
    spatial_key: str = ...,
    sample_key: None = ...,
    groups: str | Sequence[str] | None = ...,
    crop_coord: Sequence[float] | None = ...,
    img: bool = ...,
    img_alpha: float = ...,
    colors: Mapping[str, str] | Sequence[str] | None = ...,
    size: float = ...,
    scale_bar: bool = ...,
    scalebar_dx: float | None = ...,
    ax: Axes | None = ...,
    save: str | os.PathLike | None = ...,
    overwrite: bool = ...,
) -> Axes: ...
@overload
@typed
def domains(
    adata: AnnData,
    key: str = ...,
    *,
    spatial_key: str = ...,
    sample_key: str,
    groups: str | Sequence[str] | None = ...,
    crop_coord: Sequence[float] | None = ...,
    img: bool = ...,
    img_alpha: float = ...,
    colors: Mapping[str, str] | Sequence[str] | None = ...,
    size: float = ...,
    scale_bar: bool = ...,
    scalebar_dx: float | None = ...,
    ax: None = ...,
    save: str | os.PathLike | None = ...,
    overwrite: bool = ...,
) -> Figure: ...
@typed
def domains(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    groups: str | Sequence[str] | None = None,
    crop_coord: Sequence[float] | None = None,
    img: bool = True,
    img_alpha: float = 0.5,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    size: float = 1.0,
    scale_bar: bool = True,
    scalebar_dx: float | None = None,
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
        Column of ``adata.obs`` that tells slices apart (``library_key`` of squidpy): a panel for each.
    groups
        Domains to draw in their colours, one or several; all other spots are light grey.
    crop_coord
        The part to show, in scanpy's order (that of squidpy's code is another one): ``(x_min, x_max, y_min,
        y_max)`` in the units of the coordinates, y downwards. With several slices each is cropped in its own
        coordinates, and those without a spot there are left out.
    img
        Lay the tissue image of ``uns["spatial"]`` under the spots where there is one. With several slices the
        image of the library that is named as the slice, or that a column as ``library_id`` or ``fov`` names.
    img_alpha
        Opacity of the image: paled, its purples and pinks do not swallow those of the domains.
    colors
        Colours in the order of the legend, or by name. Default: ``uns[key + "_colors"]`` where scanpy
        or you have put it, else :func:`palette`.
    size
        Factor for the diameter of the spots.
    scale_bar
        Whether a bar under the panel says how large the tissue is, where the data say how many micrometres
        a unit of the coordinates is: Visium by its grid, Visium HD by its scale factors, Xenium and MERSCOPE
        by the columns of their cells.
    scalebar_dx
        Micrometres in a unit of the coordinates, where you know what the data do not say, e.g. 0.12028 for
        pixels of CosMx.
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
        If the labels are a measurement, ``groups`` names a domain that is not there, no spot lies in
        ``crop_coord``, colours do not suffice, or ``save`` cannot be written.

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
    >>> some = semst.pl.domains(adata, groups="1", crop_coord=(-1, 1, -1, 2))
    >>> [text.get_text() for text in some.get_legend().get_texts()]
    ['1', 'others']
    """
    check_picture_path(save, overwrite=overwrite)
    if ax is not None and sample_key is not None:
        raise SemSTError("ax= holds one slice. Leave ax out, or draw one slice of adata at a time.")
    labels = get_labels(adata, key)
    chosen = category_colors(adata, key, labels.categories, colors)
    drawn = only_groups(labels, groups, key=key)
    parts = tissues(
        adata,
        spatial_key=spatial_key,
        sample_key=sample_key,
        img=img,
        crop_coord=crop_coord,
        scale_bar=scale_bar,
        scalebar_dx=scalebar_dx,
    )
    aspect = max(part.aspect for part in parts)
    entries = legend_entries(
        drawn[shown_rows(parts)], chosen, rest=NOT_LABELLED if groups is None else OTHERS
    )

    if ax is not None:
        figure, axes = figure_of(ax), [ax]
    else:
        n_columns = min(len(parts), _IN_A_ROW)
        n_rows = -(-len(parts) // n_columns)
        figure, grid = new_panels(n_rows, n_columns, aspect=aspect, shared=legend_width(entries, aspect))
        axes = list(grid.flat)
    for panel, part in zip(axes, parts, strict=False):
        draw_domains(panel, part, drawn, chosen, img_alpha=img_alpha, size=size)
        draw_scale_bar(panel, part.um_per_unit)
        panel.set_title(key if part.name is None else part.name)
    for unused in axes[len(parts) :]:
        unused.set_axis_off()
    if sample_key is None:
        legend_beside(axes[0], entries, aspect=aspect)
    else:
        legend_of_figure(figure, entries, title=key, aspect=aspect)
    save_figure(figure, save, overwrite=overwrite)
    return axes[0] if sample_key is None else figure

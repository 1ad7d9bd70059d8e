"""Labels side by side, matched domains in the same colour."""

import os
from collections.abc import Mapping, Sequence

from anndata import AnnData
from matplotlib.figure import Figure

from semst import _keys
from semst._errors import SemSTError
from semst.metrics import ari

from ._figure import (
    aspect_of,
    check_picture_path,
    legend_beside,
    legend_entries,
    legend_width,
    new_panels,
    save_figure,
)
from ._image import tissue_image
from ._labels import get_labels, matched_colors
from ._palette import category_colors
from ._tissue import draw_domains, flat_coordinates, slices


def compare(
    adata: AnnData,
    keys: Sequence[str],
    *,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    img: bool = False,
    img_alpha: float = 0.5,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    size: float = 1.0,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw several labels of the same spots side by side, e.g. annotation and domains.

    The first is the reference. In the others every domain has the colour of the reference domain that the
    Hungarian algorithm matches it with by overlap, over all spots that have both labels; domains without a
    counterpart have colours of their own. The titles carry the ARI against the reference, over the spots of
    the panel that have both labels.

    Parameters
    ----------
    adata
        Data with labels and coordinates. Not changed.
    keys
        Two or more columns of ``adata.obs``, the reference first, e.g. ``["ground_truth", "semst"]``.
    spatial_key
        Slot of ``adata.obsm`` with the coordinates; of three, the first two are drawn.
    sample_key
        Column of ``adata.obs`` that tells slices apart: a row of panels for each.
    img
        Lay the tissue image of ``uns["spatial"]`` under the spots where there is one.
    img_alpha
        Opacity of the image.
    colors
        Colours of the reference, in the order of its categories or by name; default as in :func:`domains`.
    size
        Factor for the diameter of the spots.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The figure, a column of panels for each key.

    Raises
    ------
    MissingKeyError
        If a column or slot is not there.
    SemSTError
        If there are fewer than two keys, a column is a measurement, or ``save`` cannot be written.

    Examples
    --------
    >>> import anndata, numpy as np
    >>> import semst.pl
    >>> adata = anndata.AnnData(np.ones((4, 1)))
    >>> adata.obsm["spatial"] = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> adata.obs["truth"] = ["a", "a", "b", "b"]
    >>> adata.obs["semst"] = ["1", "1", "0", "0"]
    >>> figure = semst.pl.compare(adata, ["truth", "semst"])
    >>> [ax.get_title() for ax in figure.axes]
    ['truth', 'semst (ARI 1.00)']
    """
    check_picture_path(save, overwrite=overwrite)
    keys = [keys] if isinstance(keys, str) else list(keys)
    if len(keys) < 2:
        raise SemSTError(
            f'{len(keys)} key given. Two or more are needed, e.g. keys=["ground_truth", "semst"].'
        )
    labels = [get_labels(adata, key) for key in keys]
    xy = flat_coordinates(adata, spatial_key=spatial_key)
    reference = labels[0]
    chosen = [category_colors(adata, keys[0], reference.categories, colors)]
    for other in labels[1:]:
        chosen.append(matched_colors(other, reference, chosen[0]))

    parts = list(slices(adata, sample_key))
    aspect = max(aspect_of(xy[rows]) for _, rows in parts)
    beside = max(legend_width(legend_entries(*one), aspect) for one in zip(labels, chosen, strict=True))
    figure, axes = new_panels(len(parts), len(keys), aspect=aspect, beside=beside)
    for row, (sample, spots) in zip(axes, parts, strict=True):
        image = tissue_image(adata, xy[spots], sample=sample, spatial_key=spatial_key) if img else None
        for ax, key, own, own_colors in zip(row, keys, labels, chosen, strict=True):
            draw_domains(ax, xy[spots], own[spots], own_colors, image=image, img_alpha=img_alpha, size=size)
            title = key if sample is None else f"{sample}: {key}"
            both = (reference[spots].codes >= 0) & (own[spots].codes >= 0)
            if own is not reference and both.any():
                title += f" (ARI {ari(reference[spots], own[spots]):.2f})"
            elif own is not reference:
                title += f" (no {keys[0]})"
            ax.set_title(title, fontsize=11)
            legend_beside(ax, legend_entries(own, own_colors), aspect=aspect)
    save_figure(figure, save, overwrite=overwrite)
    return figure

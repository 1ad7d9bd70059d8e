"""Labels side by side, matched domains in the same colour."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.figure import Figure

from semst import _keys, _words
from semst._errors import SemSTError
from semst._typed import typed
from semst.metrics import ari

from ._draw_tissue import draw_domains
from ._figure import (
    NOT_LABELLED,
    OTHERS,
    check_picture_path,
    legend_beside,
    legend_entries,
    legend_width,
    new_panels,
    save_figure,
)
from ._labels import get_labels, matched_colors, matched_names, only_groups
from ._palette import category_colors
from ._scale_bar import draw_scale_bar
from ._tissue import shown_rows, tissues


@typed
def compare(
    adata: AnnData,
    keys: Sequence[str],
    *,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    groups: str | Sequence[str] | None = None,
    crop_coord: Sequence[float] | None = None,
    img: bool = False,
    img_alpha: float = 0.5,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    size: float = 1.0,
    scale_bar: bool = True,
    scalebar_dx: float | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw several labels of the same spots side by side, e.g. annotation and domains.

    The first is the reference. In the others every domain has the colour of the reference domain that the
    Hungarian algorithm matches it with by overlap, over all spots that have both labels; domains without a
    counterpart have colours of their own. The titles carry the ARI against the reference, over the spots of
    the slice that have both labels, whatever part of them is shown.

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
    groups
        Domains of the reference to draw in their colours, one or several, and in the other panels those that
        are matched with them; all other spots are light grey.
    crop_coord
        The part to show, ``(x_min, x_max, y_min, y_max)`` in the units of the coordinates, y downwards. With
        several slices each is cropped in its own coordinates, and those without a spot there are left out.
    img
        Lay the tissue image of ``uns["spatial"]`` under the spots where there is one.
    img_alpha
        Opacity of the image.
    colors
        Colours of the reference, in the order of its legend or by name; default as in :func:`domains`.
    size
        Factor for the diameter of the spots.
    scale_bar, scalebar_dx
        Bar under the first panel of every row, and its unit, as in :func:`domains`.
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
        If there are fewer than two keys, a column is a measurement, ``groups`` names a domain that is not
        there, no spot lies in ``crop_coord``, or ``save`` cannot be written.

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
            f"{len(keys)} key given. Two or more are needed, e.g. "
            f"{_words.given('keys', ['ground_truth', 'semst'])}."
        )
    labels = [get_labels(adata, key) for key in keys]
    reference = labels[0]
    chosen = [category_colors(adata, keys[0], reference.categories, colors)]
    for other in labels[1:]:
        chosen.append(matched_colors(other, reference, chosen[0]))

    drawn = _only_matched(labels, groups, key=keys[0])
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
    rest, shown = NOT_LABELLED if groups is None else OTHERS, shown_rows(parts)
    entries = [
        legend_entries(own[shown], own_colors, rest=rest)
        for own, own_colors in zip(drawn, chosen, strict=True)
    ]
    beside = max(legend_width(one, aspect) for one in entries)
    figure, axes = new_panels(len(parts), len(keys), aspect=aspect, beside=beside)
    for row, part in zip(axes, parts, strict=True):
        for number, ax in enumerate(row):
            draw_domains(ax, part, drawn[number], chosen[number], img_alpha=img_alpha, size=size)
            title = keys[number] if part.name is None else f"{part.name}: {keys[number]}"
            ax.set_title(title + _score(labels, number, part.rows, keys[0]), fontsize=11)
            legend_beside(ax, entries[number], aspect=aspect)
        draw_scale_bar(row[0], part.um_per_unit)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _only_matched(
    labels: Sequence[pd.Categorical], groups: str | Sequence[str] | None, *, key: str
) -> list[pd.Categorical]:
    """Leave the chosen domains of the first labels, and those of the others that are matched with them."""
    if groups is None:
        return list(labels)
    reference = labels[0]
    first = only_groups(reference, groups, key=key)
    wanted = set(first.dropna())
    drawn = [first]
    for own in labels[1:]:
        partners = zip(own.categories, matched_names(own, reference), strict=True)
        partner_of_wanted = [name for name, partner in partners if partner in wanted]
        drawn.append(own.set_categories(partner_of_wanted).set_categories(own.categories))
    return drawn


def _score(labels: Sequence[pd.Categorical], number: int, rows: np.ndarray, reference_key: str) -> str:
    """What the title says of the agreement with the first labels."""
    if number == 0:
        return ""
    reference, own = labels[0][rows], labels[number][rows]
    both = (reference.codes >= 0) & (own.codes >= 0)
    if not both.any():
        return f" (no {reference_key})"
    return f" (ARI {ari(reference[both], own[both]):.2f})"

"""The tissue, and beside it what marks every domain."""

import math
import os
from collections.abc import Sequence
from typing import Any

import pandas as pd
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semst import _keys
from semst._typed import typed
from semst._validate import check_whole

from ._draw_tissue import draw_domains
from ._explain_rows import Row, draw_rows, rows_height, rows_width
from ._explanation import first_rows, get_explanation, names_of, spots_of
from ._figure import check_picture_path, save_figure
from ._labels import get_labels, only_groups
from ._palette import category_colors
from ._scale_bar import HIGH, draw_scale_bar
from ._tissue import Tissue, tissues

_TISSUE = (4.0, 5.0)  # inches that the tissue is wide and high at most
_GAP, _RIM = 0.3, 0.15  # inches between tissue and rows, and around all
_TITLE = 0.28  # inches over a panel


@typed
def explain(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    n_terms: int = 2,
    n_markers: int = 5,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    groups: str | Sequence[str] | None = None,
    crop_coord: Sequence[float] | None = None,
    scale_bar: bool = True,
    scalebar_dx: float | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw the domains on the tissue and beside it, a row each, what marks them.

    A row holds the domain's colour, its label, the name that a language model proposed (where there is one),
    its size, its first markers and its first terms, or the reason why it has no terms. ``q`` behind a term
    ranks the terms of a domain; it is no probability of error, because neighbouring spots are not
    independent. Beside it stands the share of random regions of the same size in which the term is as strong,
    where it is more than 5 %.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.explain`. Not changed.
    key
        Column of ``adata.obs`` with the domains.
    n_terms, n_markers
        Terms and marker genes of a domain at most, 0 or more.
    spatial_key
        Slot of ``adata.obsm`` with the coordinates; of three, the first two are drawn.
    sample_key
        Column of ``adata.obs`` that tells slices apart: a panel for each.
    groups
        Domains to draw and to write of, one or several; all other spots are light grey.
    crop_coord
        The part of the tissue to show, ``(x_min, x_max, y_min, y_max)`` in the units of the coordinates,
        y downwards. The rows are of the whole.
    scale_bar, scalebar_dx
        Bar under every panel, and its unit, as in :func:`domains`.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The figure; the last axes hold the rows, those before the tissue.

    Raises
    ------
    MissingKeyError
        If the domains have not been explained, or a column or slot is not there.
    SemSTError
        If ``n_terms`` or ``n_markers`` is negative, ``groups`` names a domain that is not there, no spot lies
        in ``crop_coord``, or ``save`` cannot be written.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, key="ground_truth", n_null=0)
    >>> figure = semst.pl.explain(adata, "ground_truth")
    >>> len(figure.axes)
    2
    """
    check_picture_path(save, overwrite=overwrite)
    n_terms = check_whole(n_terms, what="n_terms", least=0)
    n_markers = check_whole(n_markers, what="n_markers", least=0)
    labels = get_labels(adata, key)
    colors = category_colors(adata, key, labels.categories, None)
    rows = _rows(adata, key, labels, colors, n_terms=n_terms, n_markers=n_markers)
    drawn = only_groups(labels, groups, key=key)
    if groups is not None:
        rows = [row for row in rows if row.label in set(drawn.dropna())]
    parts = tissues(
        adata,
        spatial_key=spatial_key,
        sample_key=sample_key,
        img=True,
        crop_coord=crop_coord,
        scale_bar=scale_bar,
        scalebar_dx=scalebar_dx,
    )

    figure, panels, table = _axes(parts, rows_height(rows))
    for panel, part in zip(panels, parts, strict=True):
        draw_domains(panel, part, drawn, colors, img_alpha=0.5, size=1.0)
        draw_scale_bar(panel, part.um_per_unit)
        panel.set_title(key if part.name is None else part.name, fontsize=11, parse_math=False)
    draw_rows(table, rows)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _rows(
    adata: AnnData,
    key: str,
    labels: pd.Categorical,
    colors: Sequence[str],
    *,
    n_terms: int,
    n_markers: int,
) -> list[Row]:
    explanation = get_explanation(adata, key)
    names, sizes = names_of(adata, key), spots_of(labels)
    of_domain = explanation["domains"].assign(domain=lambda table: table["domain"].astype(str))
    notes = of_domain.set_index("domain")["note"].astype(str).to_dict()
    rows = []
    for domain, color, n_spots in zip(labels.categories, colors, sizes, strict=True):
        genes = first_rows(explanation["markers"], domain, n_markers)["gene"]
        terms = first_rows(explanation["terms"], domain, n_terms)
        rows.append(
            Row(
                color=color,
                label=domain,
                name=names.get(domain, ("", ""))[0],
                size=f"{n_spots:,} spots, {n_spots / max(sizes.sum(), 1):.1%}",
                markers=", ".join(genes.astype(str)),
                terms=[
                    (str(term), float(q), float(p_regions))
                    for term, q, p_regions in terms[["term", "q", "p_regions"]].itertuples(index=False)
                ],
                note="" if len(terms) else notes.get(domain, "not explained: explain the domains again"),
            )
        )
    return rows


def _axes(parts: list[Tissue], high: float) -> tuple[Figure, list[Axes], Axes]:
    """Panels for the slices at the left, room of the wanted height for the rows at the right, in inches."""
    import matplotlib.pyplot as plt

    aspect = max(part.aspect for part in parts)
    below = HIGH if any(part.um_per_unit for part in parts) else 0.0
    n_columns = math.ceil(math.sqrt(len(parts)))
    n_rows = math.ceil(len(parts) / n_columns)
    width = min(_TISSUE[0], _TISSUE[1] / aspect) if len(parts) == 1 else _TISSUE[0] / n_columns
    height = width * aspect
    left, right = n_columns * width, rows_width()
    total = (left + _GAP + right + 2 * _RIM, max(n_rows * (_TITLE + height + below), high) + 2 * _RIM)
    figure = plt.figure(figsize=total)

    def axes(x: float, y: float, wide: float, tall: float) -> Any:
        """Axes whose upper left corner is x and y inches from that of the figure."""
        return figure.add_axes(
            (x / total[0], 1 - (y + tall) / total[1], wide / total[0], tall / total[1]), anchor="N"
        )

    panels = []
    for i in range(len(parts)):
        row, column = divmod(i, n_columns)
        top = _RIM + row * (_TITLE + height + below) + _TITLE
        panels.append(axes(_RIM + column * width, top, 0.97 * width, height))
    return figure, panels, axes(_RIM + left + _GAP, _RIM, right, high)

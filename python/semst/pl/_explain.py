"""The tissue, and beside it what marks every domain."""

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from semst import _keys
from semst._validate import check_whole

from ._explain_rows import Row, draw_rows, rows_height, rows_width
from ._explanation import first_rows, get_explanation, names_of, spots_of
from ._figure import aspect_of, check_picture_path, save_figure
from ._image import tissue_image
from ._labels import get_labels
from ._palette import category_colors
from ._tissue import draw_domains, flat_coordinates, slices

_TISSUE = (4.0, 5.0)  # inches that the tissue is wide and high at most
_GAP, _RIM = 0.3, 0.15  # inches between tissue and rows, and around all
_TITLE = 0.28  # inches over a panel


def explain(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    n_terms: int = 2,
    n_markers: int = 5,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
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
        If ``n_terms`` or ``n_markers`` is negative, or ``save`` cannot be written.

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
    xy = flat_coordinates(adata, spatial_key=spatial_key)
    colors = category_colors(adata, key, labels.categories, None)
    rows = _rows(adata, key, labels, colors, n_terms=n_terms, n_markers=n_markers)
    parts = list(slices(adata, sample_key))

    figure, panels, table = _axes(parts, xy, rows_height(rows))
    for panel, (sample, spots) in zip(panels, parts, strict=True):
        image = tissue_image(adata, xy[spots], sample=sample, spatial_key=spatial_key)
        draw_domains(panel, xy[spots], labels[spots], colors, image=image, img_alpha=0.5, size=1.0)
        panel.set_title(key if sample is None else sample, fontsize=11, parse_math=False)
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
                note="" if len(terms) else notes.get(domain, "not explained: call semst.tl.explain again"),
            )
        )
    return rows


def _axes(
    parts: list[tuple[str | None, np.ndarray]], xy: np.ndarray, high: float
) -> tuple[Figure, list[Axes], Axes]:
    """Panels for the slices at the left, room of the wanted height for the rows at the right, in inches."""
    import matplotlib.pyplot as plt

    aspect = max(aspect_of(xy[spots]) for _, spots in parts)
    n_columns = math.ceil(math.sqrt(len(parts)))
    n_rows = math.ceil(len(parts) / n_columns)
    width = min(_TISSUE[0], _TISSUE[1] / aspect) if len(parts) == 1 else _TISSUE[0] / n_columns
    height = width * aspect
    left, right = n_columns * width, rows_width()
    total = (left + _GAP + right + 2 * _RIM, max(n_rows * (height + _TITLE), high) + 2 * _RIM)
    figure = plt.figure(figsize=total)

    def axes(x: float, y: float, wide: float, tall: float) -> Any:
        """Axes whose upper left corner is x and y inches from that of the figure."""
        return figure.add_axes(
            (x / total[0], 1 - (y + tall) / total[1], wide / total[0], tall / total[1]), anchor="N"
        )

    panels = []
    for i in range(len(parts)):
        row, column = divmod(i, n_columns)
        top = _RIM + row * (height + _TITLE) + _TITLE
        panels.append(axes(_RIM + column * width, top, 0.97 * width, height))
    return figure, panels, axes(_RIM + left + _GAP, _RIM, right, high)

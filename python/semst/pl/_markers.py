"""Marker genes of all domains in one picture."""

import os
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from semst import _keys, pp
from semst._errors import SemSTError
from semst._settings import given, split
from semst._validate import find_symbols
from semst.data import SliceKeys, read_slice

from ._explanation import first_rows, get_explanation
from ._figure import check_picture_path, figure_of, save_figure
from ._labels import get_labels
from ._palette import category_colors
from ._text import shorten, text_width

# From a grey that is seen on white to near black, evenly; hues are left to the domains.
_CMAP = ListedColormap(colormaps["YlGnBu"](np.linspace(0.08, 1, 256)), name="level")
_COLUMN, _ROW = 0.23, 0.27  # inches that a gene and a domain take
_FONT = 8.5
_DOT = 15.0  # points that a dot is wide at most
_LONGEST = 1.9  # inches that the label of a domain may take
_BAR = 0.09  # inches that the colour of a domain takes
_SIDE = 1.45  # inches for the legends
_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)


def markers(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    n_genes: int = 3,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
    **keys: Any,
) -> Figure:
    """Draw the first marker genes of every domain, in all domains: a dot plot.

    A row is a domain, a column a gene. The dot grows with the share of the domain's spots that have the gene;
    its colour is the mean of ``log(1 + count / library size * 10,000)`` over all of them, from the lowest
    domain (0) to the highest (1) gene by gene. The bar over the columns has the colour of the domain that
    the genes are markers of; a gene that marks several stands with the first.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.explain`. Not changed.
    key
        Column of ``adata.obs`` with the domains.
    n_genes
        Genes for each domain, 1 or more.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.
    **keys
        How the slice is read (:class:`semst.data.SliceKeys`: ``layer``, ``use_raw``, ``depth_key``), as it
        was for :func:`semst.tl.explain`.

    Returns
    -------
    The figure; its first axes are the dots.

    Raises
    ------
    MissingKeyError
        If the domains have not been explained, or a column or layer is not there.
    SemSTError
        If no domain has a marker, a marker is no gene of ``adata``, ``n_genes`` is not positive, or ``save``
        cannot be written.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, key="ground_truth", n_null=0)
    >>> figure = semst.pl.markers(adata, "ground_truth", n_genes=2)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()][:2]
    ['L1', 'L2']
    """
    check_picture_path(save, overwrite=overwrite)
    if n_genes < 1:
        raise SemSTError(f"n_genes is {n_genes}. At least 1 gene for each domain is needed.")
    (own,) = split(keys, [SliceKeys], whose="reading a slice")
    explanation = get_explanation(adata, key)
    labels = get_labels(adata, key)
    colors = category_colors(adata, key, labels.categories, None)
    groups = _columns(explanation["markers"], labels.categories, n_genes)
    genes = [gene for group in groups for gene in group]
    if not genes:
        raise SemSTError(f'No domain of adata.obs["{key}"] has a marker: there is nothing to draw.')
    values, rows = _values(adata, genes, SliceKeys(**given(SliceKeys, own)))
    share, mean = _summaries(values, labels[rows])

    figure, ax, side = _axes(len(labels.categories), genes, labels.categories)
    _draw_dots(ax, share, _scaled(mean))
    _write_names(ax, labels.categories, genes)
    _draw_bars(ax, groups, colors)
    _draw_legends(figure, side)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _columns(table: pd.DataFrame, categories: pd.Index, n_genes: int) -> list[list[str]]:
    """Genes of every domain; what is there already is not repeated."""
    seen: set[str] = set()
    groups = []
    for domain in categories:
        best = first_rows(table, domain, n_genes)["gene"].astype(str)
        groups.append([gene for gene in best if gene not in seen])
        seen.update(groups[-1])
    return groups


def _values(adata: AnnData, genes: list[str], keys: SliceKeys) -> tuple[sp.csr_matrix, np.ndarray]:
    """Log-normalised values of the genes, and the rows of ``adata`` they belong to."""
    slice_, kept = read_slice(adata, keys, coordinates=False)
    var = adata.raw.var if keys.use_raw and adata.raw is not None else adata.var
    symbols = find_symbols(slice_.genes, var)  # markers have these, also where var_names are IDs
    column_of = {symbol: column for column, symbol in reversed(list(enumerate(symbols)))}
    gone = [gene for gene in genes if gene not in column_of]
    if gone:
        raise SemSTError(
            f"{len(gone)} of {len(genes)} markers are no genes of adata ({', '.join(gone[:4])}): the "
            "explanation is of another object. Call semst.tl.explain again."
        )
    columns = np.array([column_of[gene] for gene in genes])
    sizes = pp.library_size(slice_.counts, depth=slice_.depth)
    return pp.log_normalise(sp.csr_matrix(slice_.counts[:, columns]), sizes), np.flatnonzero(kept)


def _summaries(values: sp.csr_matrix, labels: pd.Categorical) -> tuple[np.ndarray, np.ndarray]:
    """Share of spots with the gene, and mean value, each (n_domains, n_genes)."""
    known = np.flatnonzero(labels.codes >= 0)
    ones = np.ones(len(known))
    membership = sp.csr_matrix(
        (ones, (labels.codes[known], known)), shape=(len(labels.categories), len(labels))
    )
    n_spots = np.maximum(np.asarray(membership.sum(axis=1)), 1)
    with_gene = (membership @ (values > 0).astype(np.float64)).toarray() / n_spots
    return with_gene, (membership @ values.astype(np.float64)).toarray() / n_spots


def _scaled(mean: np.ndarray) -> np.ndarray:
    """Every gene from its lowest domain, 0, to its highest, 1; 0 where domains do not differ."""
    low, high = mean.min(axis=0), mean.max(axis=0)
    return (mean - low) / np.where(high > low, high - low, 1)


def _axes(n_rows: int, genes: list[str], categories: pd.Index) -> tuple[Figure, Axes, Axes]:
    """Axes for dots and for legends, in inches: a dot has the same room in every picture."""
    import matplotlib.pyplot as plt

    left = min(max(text_width(str(name), _FONT) for name in categories), _LONGEST) + 0.35
    below = max(text_width(gene, _FONT, style="italic") for gene in genes) + 0.2
    width, high = len(genes) * _COLUMN, n_rows * _ROW
    total = max(high + below + 0.2, 2.4)  # the legends need so much
    figure = plt.figure(figsize=(left + width + _SIDE + 0.3, total))
    whole = figure.get_size_inches()
    dots = figure.add_axes((left / whole[0], (total - high - 0.2) / total, width / whole[0], high / total))
    side = figure.add_axes((1 - _SIDE / whole[0], (total - 2.35) / total, _SIDE / whole[0], 2.3 / total))
    side.set_axis_off()
    return figure, dots, side


def _draw_dots(ax: Axes, share: np.ndarray, level: np.ndarray) -> None:
    row, column = np.indices(share.shape)
    ax.scatter(
        column.ravel(),
        row.ravel(),
        s=_area(share.ravel()),
        c=level.ravel(),
        cmap=_CMAP,
        norm=Normalize(0, 1),
        edgecolors="#555555",
        linewidths=0.4,
        zorder=2,
    )
    ax.set(xlim=(-0.5, share.shape[1] - 0.5), ylim=(share.shape[0] - 0.5, -0.5))


def _area(share: np.ndarray) -> np.ndarray:
    """Area of a dot, in square points, in proportion to the share."""
    return _DOT**2 * np.asarray(share)


def _write_names(ax: Axes, categories: pd.Index, genes: list[str]) -> None:
    shown = [shorten(str(name), _LONGEST, _FONT) for name in categories]
    ax.set_yticks(range(len(shown)), shown, fontsize=_FONT, parse_math=False)
    ax.set_xticks(range(len(genes)), genes, rotation=90, fontsize=_FONT, fontstyle="italic", parse_math=False)
    ax.tick_params(axis="y", length=0, pad=_BAR * 72 + 6)
    ax.tick_params(axis="x", length=2, pad=2)
    ax.spines[:].set_color("#CCCCCC")


def _draw_bars(ax: Axes, groups: list[list[str]], colors: list[str]) -> None:
    """The colour of every domain beside its row, and over its genes."""
    beside, over = ax.get_yaxis_transform(), ax.get_xaxis_transform()
    width, height = ax.get_position().size * figure_of(ax).get_size_inches()
    start = 0
    for row, (group, color) in enumerate(zip(groups, colors, strict=True)):
        for (x, y), w, h, where in (
            ((-(_BAR + 0.05) / width, row - 0.42), _BAR / width, 0.84, beside),
            ((start - 0.42, 1 + 0.05 / height), len(group) - 0.16, _BAR / height, over),
        ):
            if w > 0:
                ax.add_patch(_bar((x, y), w, h, color, where))
        start += len(group)
        if group and start < sum(map(len, groups)):
            ax.axvline(start - 0.5, color="#DDDDDD", linewidth=0.7, zorder=0)


def _bar(corner: tuple[float, float], width: float, height: float, color: str, where: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, facecolor=color, edgecolor="none", transform=where, clip_on=False)


def _draw_legends(figure: Figure, side: Axes) -> None:
    from matplotlib.cm import ScalarMappable

    dots = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=float(np.sqrt(_area(np.array(share)))),
            markerfacecolor="#BBBBBB",
            markeredgecolor="#555555",
            markeredgewidth=0.4,
            label=f"{share:.0%}",
        )
        for share in _SHARES
    ]
    side.legend(
        handles=dots,
        title="spots with the gene",
        loc="upper left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=_FONT,
        title_fontsize=_FONT,
        alignment="left",
        borderpad=0,
        borderaxespad=0,
        labelspacing=0.75,
    )
    bar = side.inset_axes((0.02, 0.12, 0.8, 0.055))
    scale = figure.colorbar(ScalarMappable(Normalize(0, 1), _CMAP), cax=bar, orientation="horizontal")
    scale.set_ticks([0, 1], labels=["lowest", "highest"], fontsize=_FONT)
    lowest, highest = scale.ax.get_xticklabels()
    lowest.set_horizontalalignment("left")
    highest.set_horizontalalignment("right")
    scale.ax.set_title("mean, gene by gene", fontsize=_FONT, loc="left", pad=3)
    scale.outline.set_linewidth(0.4)

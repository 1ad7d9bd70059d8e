"""Which domains touch, as heat maps."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from semst import compare
from semst._typed import typed

from ._compared import compared_colors, written
from ._figure import check_picture_path, save_figure
from ._labels import shown_order
from ._text import text_width

_CMAP = "RdBu_r"  # blue below chance, red above; told apart by colour-blind eyes, too
_NO_PAIR = "#C8C8C8"
_CELL = 0.3  # inches
_LEAST = 1.7  # inches that a panel is wide at least: titles and scales are legible from here on
_FONT = 9
_LEVEL = 0.05
_BAR = 0.09  # inches that the colour of a domain takes
_SCALE = 0.95  # inches beside a panel for its scale


@typed
def contacts(
    found: compare.Contacts,
    adata: AnnData | None = None,
    *,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw how often domains touch, against what chance would give: ``log2(observed / expected)``.

    One panel for all samples together; where conditions were compared one for each (the mean of its samples)
    and one for the difference, second minus first, with a dot where the adjusted p is below 0.05. Pairs that
    touch in no sample are grey.

    Parameters
    ----------
    found
        What :func:`semst.tl.contacts` returns.
    adata
        Data with the domains, for their colours as other pictures have them
        (``uns["<key>_colors"]``); without it those of :func:`palette`. Not changed.
    colors
        Colours of the domains instead: one for each in their order, or a dictionary.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The figure; its first axes are the panels.

    Raises
    ------
    SemSTError
        If ``colors`` cannot be used, or ``save`` cannot be written.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> figure = semst.pl.contacts(semst.tl.contacts(adata, "ground_truth"), adata)
    >>> figure.axes[0].get_title(loc="left")
    'all samples'
    """
    check_picture_path(save, overwrite=overwrite)
    found = replace(found, domains=shown_order(found.domains))
    chosen = compared_colors(found.key, found.domains, adata, colors)
    panels = _panels(found)
    figure, axes, bars = _axes(len(panels), found.domains)
    ratio = _reach([table for _, table in panels[:2]])
    for number, (ax, (title, table)) in enumerate(zip(axes, panels, strict=True)):
        is_difference = number == 2
        reach = _reach([table]) if is_difference else ratio
        _draw_panel(ax, table, title, reach, chosen)
        if is_difference:
            _draw_dots(ax, found)
        if (bar := bars[number]) is not None:
            label = "difference of log2 ratios" if is_difference else "log2(observed / expected)"
            _draw_scale(figure, bar, reach, label)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _panels(found: compare.Contacts) -> list[tuple[str, pd.DataFrame]]:
    """Title and values of every panel; pairs that touch nowhere are NaN: of these the sizes alone speak."""
    touching = found.counts.sum() > 0
    if found.effects is None or found.groups is None:
        return [("all samples", found.matrix(found.overall["log2_ratio"].where(touching)))]
    first, second = (written(name, _FONT) for name in found.groups)
    columns = [f"mean_{name}" for name in found.groups]
    titles = [first, second, f"{second}\nminus {first}"]
    return [
        (title, found.matrix(found.effects[column].where(touching)))
        for title, column in zip(titles, [*columns, "difference"], strict=True)
    ]


def _axes(n_panels: int, domains: list[str]) -> tuple[Figure, list[Axes], list[Axes | None]]:
    """Panels and the places of their scales, in inches: a domain has the same room in every picture.

    The first two of several panels share a scale, which stands beside the second.
    """
    import matplotlib.pyplot as plt

    side = max(_CELL * len(domains), _LEAST)
    names = max(text_width(written(name, _FONT), _FONT) for name in domains) + _BAR + 0.2
    with_scale = [number > 0 or n_panels == 1 for number in range(n_panels)]
    widths = [names + side + (_SCALE if scale else 0.15) for scale in with_scale]
    top = 0.35 if n_panels == 1 else 0.5  # the title of the difference has two lines
    height = names + side + top + 0.25
    figure = plt.figure(figsize=(sum(widths), height))
    axes: list[Axes] = []
    bars: list[Axes | None] = []
    for number, scale in enumerate(with_scale):
        left = sum(widths[:number]) + names
        axes.append(figure.add_axes(_place(left, height - top - side, side, side, figure)))
        beside = _place(left + side + 0.15, height - top - side, 0.13, side, figure)
        bars.append(figure.add_axes(beside) if scale else None)
    return figure, axes, bars


def _place(left: float, bottom: float, width: float, height: float, figure: Figure) -> Any:
    whole = figure.get_size_inches()
    return (left / whole[0], bottom / whole[1], width / whole[0], height / whole[1])


def _reach(tables: list[pd.DataFrame]) -> float:
    """End of a scale that is the same on both sides of 0."""
    values = np.concatenate([table.to_numpy().ravel() for table in tables])
    return max(float(np.nanmax(np.abs(values), initial=0.0)), 0.1)


def _draw_panel(ax: Axes, table: pd.DataFrame, title: str, reach: float, colors: list[str]) -> None:
    n = len(table)
    ax.set_facecolor(_NO_PAIR)
    ax.imshow(table.to_numpy(), cmap=_CMAP, norm=Normalize(-reach, reach), aspect="auto")
    ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), autoscale_on=False)
    names = [written(str(name), _FONT) for name in table.index]
    ax.set_xticks(range(n), names, rotation=90, fontsize=_FONT, parse_math=False)
    ax.set_yticks(range(n), names, fontsize=_FONT, parse_math=False)
    ax.tick_params(length=0, pad=_BAR * 72 + 6)
    cell = max(_CELL, _LEAST / n)
    bar, gap = _BAR / cell, 0.04 / cell
    for place, color in enumerate(colors):
        for corner, width, height in (
            ((-0.5 - gap - bar, place - 0.42), bar, 0.84),
            ((place - 0.42, n - 0.5 + gap), 0.84, bar),
        ):
            ax.add_patch(Rectangle(corner, width, height, facecolor=color, edgecolor="none", clip_on=False))
    ax.set_title(title, fontsize=_FONT + 1, loc="left", parse_math=False)
    ax.spines[:].set_visible(False)


def _draw_dots(ax: Axes, found: compare.Contacts) -> None:
    """Mark pairs whose difference is below the level after adjustment."""
    assert found.effects is not None
    sure = found.matrix((found.effects["p_adjusted"] < _LEVEL).astype(float))
    row, column = np.nonzero(sure.to_numpy() == 1)
    ax.scatter(column, row, s=14, c="black", linewidths=0.6, edgecolors="white", label="adjusted p < 0.05")
    if len(row):
        ax.set_xlabel("dot: adjusted p < 0.05", fontsize=_FONT)


def _draw_scale(figure: Figure, place: Axes, reach: float, label: str) -> None:
    bar = figure.colorbar(ScalarMappable(Normalize(-reach, reach), colormaps[_CMAP]), cax=place)
    bar.set_label(label, fontsize=_FONT)
    bar.ax.tick_params(labelsize=_FONT)
    bar.outline.set_linewidth(0.4)

"""Dots in rows and columns, their size and colour told beside them."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from ._figure import figure_of
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


def draw_dot_plot(
    share: np.ndarray, level: np.ndarray, categories: list[str], groups: list[list[str]], colors: list[str]
) -> Figure:
    """Draw a row for every domain and a column for every gene of ``groups``, one after the other.

    ``share`` and ``level`` (n_domains, n_genes), from 0 to 1, are area and colour of the dots; ``colors`` are
    those of the domains, beside the rows and over the groups.
    """
    genes = [gene for group in groups for gene in group]
    figure, ax, side = _axes(len(categories), genes, categories)
    _draw_dots(ax, share, level)
    _write_names(ax, categories, genes)
    _draw_bars(ax, groups, colors)
    _draw_legends(figure, side)
    return figure


def _axes(n_rows: int, genes: list[str], categories: list[str]) -> tuple[Figure, Axes, Axes]:
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


def _write_names(ax: Axes, categories: list[str], genes: list[str]) -> None:
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
    return Rectangle(corner, width, height, facecolor=color, edgecolor="none", transform=where, clip_on=False)


def _draw_legends(figure: Figure, side: Axes) -> None:
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

"""Compositions of samples, and how two conditions differ in them."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from semst import compare
from semst._typed import typed

from ._compared import compared_colors, written
from ._figure import LEGEND, check_picture_path, save_figure
from ._labels import shown_order

_ROW = 0.25  # inches that a sample and a domain take
_BARS, _DIFFERENCES = 4.2, 3.2  # inches that the panels are wide
_GAP = 1.3  # rows between two groups: room for the name of the second
_LEVEL = 0.05
_FONT = 9


@typed
def proportions(
    found: compare.Proportions,
    adata: AnnData | None = None,
    *,
    colors: Mapping[str, str] | Sequence[str] | None = None,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw what share of every sample each domain takes, and the differences between conditions.

    A bar is a sample, grouped by condition. Beside them, where conditions were compared, a row a domain: the
    ratio between the groups (``effects["ratio"]``) with its 95 % interval; filled where the adjusted p is
    below 0.05.

    Parameters
    ----------
    found
        What :func:`semst.tl.proportions` returns.
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
    The figure; its first axes are the bars, the second, where there is one, the differences.

    Raises
    ------
    SemSTError
        If ``colors`` cannot be used, or ``save`` cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> adata.obs["donor"] = np.arange(300) % 6
    >>> adata.obs["condition"] = np.where(adata.obs["donor"] < 3, "control", "case")
    >>> found = semst.tl.proportions(
    ...     adata, "ground_truth", sample_key="donor", condition_key="condition", groups=("control", "case")
    ... )
    >>> figure = semst.pl.proportions(found, adata)
    >>> len(figure.axes)
    2
    """
    import matplotlib.pyplot as plt

    check_picture_path(save, overwrite=overwrite)
    domains = shown_order([str(name) for name in found.counts.columns])
    chosen = compared_colors(found.key, domains, adata, colors)
    rows, names = _rows(found)
    compared = found.effects is not None
    height = _ROW * max(rows[-1] + 2, len(domains) + 1, 5) + 0.9
    widths = [_BARS, _DIFFERENCES] if compared else [_BARS]
    figure, axes = plt.subplots(
        1,
        len(widths),
        figsize=(sum(widths) + 1.2 * len(widths), height),
        width_ratios=widths,
        layout="constrained",
        squeeze=False,
    )
    _draw_bars(axes[0, 0], found.proportions.loc[names, domains], rows, chosen)
    if compared:
        _name_groups(axes[0, 0], found, rows, names)
        _draw_differences(axes[0, 1], found, domains, chosen)
    else:
        pairs = zip(domains, chosen, strict=True)
        handles = [Patch(color=color, label=written(name, _FONT)) for name, color in pairs]
        figure.legend(handles=handles, loc="outside right center", **LEGEND)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _rows(found: compare.Proportions) -> tuple[np.ndarray, list[str]]:
    """Where the bars are, from above, and the samples that they are of, group by group."""
    names = list(found.counts.index)
    if found.conditions is None or found.groups is None:
        return np.arange(len(names), dtype=float), names
    by_group = [[n for n in names if found.conditions[n] == group] for group in found.groups]
    first = np.arange(len(by_group[0]), dtype=float)
    second = np.arange(len(by_group[1])) + len(first) + _GAP
    return np.concatenate([first, second]), by_group[0] + by_group[1]


def _draw_bars(ax: Axes, shares: pd.DataFrame, rows: np.ndarray, colors: list[str]) -> None:
    start = np.zeros(len(shares))
    for domain, color in zip(shares.columns, colors, strict=True):
        width = shares[domain].to_numpy()
        ax.barh(rows, width, left=start, height=0.8, color=color, label=str(domain), linewidth=0)
        start += width
    names = [written(str(name), _FONT) for name in shares.index]
    ax.set_yticks(rows, names, fontsize=_FONT, parse_math=False)
    ax.set(xlim=(0, 1), ylim=(rows[-1] + 0.6, -0.6))
    ax.set_xlabel("share of the spots", fontsize=_FONT)
    ax.tick_params(axis="x", labelsize=_FONT)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _name_groups(ax: Axes, found: compare.Proportions, rows: np.ndarray, names: list[str]) -> None:
    """The name of each condition over its bars."""
    assert found.conditions is not None and found.groups is not None
    for group in found.groups:
        top = min(row for row, name in zip(rows, names, strict=True) if found.conditions[name] == group)
        ax.text(
            0,
            top - 0.55,
            written(group, _FONT),
            fontsize=_FONT,
            fontweight="bold",
            va="bottom",
            parse_math=False,
        )


def _draw_differences(ax: Axes, found: compare.Proportions, domains: list[str], colors: list[str]) -> None:
    assert found.effects is not None and found.groups is not None
    effects = found.effects.loc[domains]
    log2 = effects[["difference", "low", "high"]].to_numpy() / np.log(2)
    sure = (effects["p_adjusted"] < _LEVEL).to_numpy()
    ax.axvline(0, color="#999999", linewidth=0.8, zorder=0)
    for row, (color, (middle, low, high)) in enumerate(zip(colors, log2, strict=True)):
        ax.plot([low, high], [row, row], color=color, linewidth=1.8, solid_capstyle="butt")
        face = color if sure[row] else "white"
        ax.plot(middle, row, "o", markersize=7, color=color, markerfacecolor=face, markeredgewidth=1.6)
    ax.set_yticks(range(len(domains)), [written(name, _FONT) for name in domains], parse_math=False)
    ax.set_ylim(len(domains) - 0.4, -0.6)
    ax.tick_params(labelsize=_FONT)
    ax.tick_params(axis="y", length=0)
    first, second = (written(name, _FONT) for name in found.groups)
    ax.set_xlabel(f"log2 ratio, {second} to {first} (95 %)", fontsize=_FONT, parse_math=False)
    title = "filled: adjusted p < 0.05"
    if np.isfinite(found.overall_p):
        title += f"\nwhole composition: p = {found.overall_p:.2g}"
    ax.set_title(title if np.isfinite(found.effects["p"]).any() else "no test", fontsize=_FONT, loc="left")
    ax.spines[["top", "right", "left"]].set_visible(False)

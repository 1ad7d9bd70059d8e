"""Figures of the right size, legends beside the panels, files written whole."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from semst._atomic import atomic_path, refuse_existing
from semst._errors import SemSTError

from ._palette import MISSING

NOT_LABELLED = "not labelled"
OTHERS = "others"  # of a choice of domains
_DPI = 200
_PANEL = (4.4, 5.6)  # inches that a panel is wide and high at most
_ROW = 0.21  # inches that one line of a legend takes
_LETTER = 0.08  # inches that one letter of it takes, about
LEGEND: dict[str, Any] = {
    "frameon": False,
    "fontsize": 9,
    "handletextpad": 0.2,
    "columnspacing": 0.8,
    "borderaxespad": 0.3,
}


def check_picture_path(save: str | os.PathLike | None, *, overwrite: bool) -> None:
    """Make sure, before anything is computed, that a picture can be written to ``save``."""
    if save is None:
        return
    path = Path(save)
    formats = sorted(FigureCanvasBase.filetypes)
    if path.suffix.lstrip(".").lower() not in formats:
        raise SemSTError(f'"{path.name}" does not end in a picture format. Accepted: .{", .".join(formats)}.')
    refuse_existing(path, overwrite=overwrite)


def save_figure(figure: Figure, save: str | os.PathLike | None, *, overwrite: bool) -> None:
    """Write a figure to ``save``, whole or not at all; nothing where ``save`` is ``None``."""
    if save is None:
        return
    try:
        # fonttype 42: letters stay letters in a drawing program
        with atomic_path(save, overwrite=overwrite) as part, mpl.rc_context({"pdf.fonttype": 42}):
            figure.savefig(part, dpi=_DPI, bbox_inches="tight")
    except OSError as error:
        raise SemSTError(
            f"{save} could not be written ({error}). Check the free space and the rights of the folder."
        ) from error


def figure_of(ax: Axes) -> Figure:
    """The figure that an axes belongs to, also through subfigures."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise SemSTError("The given axes belong to no figure any more. Make new ones with plt.subplots().")
    return figure


def new_panels(
    n_rows: int, n_columns: int, *, aspect: float, beside: float = 0.0, shared: float = 0.0
) -> tuple[Figure, np.ndarray]:
    """Make a figure whose panels (n_rows, n_columns) have the shape of the tissue.

    ``aspect`` is height over width of what is drawn in a panel. ``beside`` are inches to keep free to the
    right of every panel, ``shared`` at the right of the figure.
    """
    width = float(np.clip(_PANEL[1] / aspect, 1.8, _PANEL[0]))
    height = float(np.clip(width * aspect, 1.2, _PANEL[1]))
    size = (n_columns * (width + beside) + shared + 0.3, n_rows * (height + 0.45))
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, layout="compressed", squeeze=False)
    return figure, axes


def legend_columns(n_entries: int, aspect: float) -> int:
    """Columns of a legend that is not to be higher than its panel."""
    height = min(_PANEL[0] * aspect, _PANEL[1])
    return math.ceil(n_entries / max(int(height / _ROW), 6))


def legend_width(entries: list[Line2D], aspect: float) -> float:
    """Inches that a legend with these entries needs."""
    longest = max((len(str(entry.get_label())) for entry in entries), default=0)
    return legend_columns(len(entries), aspect) * (0.45 + _LETTER * longest)


def legend_entries(
    labels: pd.Categorical, colors: Sequence[str], *, rest: str = NOT_LABELLED
) -> list[Line2D]:
    """One dot per domain in use, and a light grey one, ``rest``, where there are spots without a label."""
    used = set(labels.codes)
    pairs = enumerate(zip(labels.categories, colors, strict=True))
    entries = [entry for code, entry in pairs if code in used]
    if -1 in used:
        entries.append((rest, MISSING))
    return [
        Line2D([], [], linestyle="none", marker="o", markersize=7, markeredgewidth=0, color=c, label=name)
        for name, c in entries
    ]


def legend_beside(ax: Axes, entries: list[Line2D], *, aspect: float) -> None:
    """Put the legend right of the panel."""
    columns = legend_columns(len(entries), aspect)
    ax.legend(handles=entries, loc="center left", bbox_to_anchor=(1.0, 0.5), ncols=columns, **LEGEND)


def legend_of_figure(figure: Figure, entries: list[Line2D], *, title: str, aspect: float) -> None:
    """Put one legend for all panels at the right of the figure."""
    columns = legend_columns(len(entries), aspect)
    figure.legend(handles=entries, loc="outside right center", ncols=columns, title=title, **LEGEND)

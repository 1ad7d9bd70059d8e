"""The curves behind a choice of the number of domains."""

import os

import numpy as np
from anndata import AnnData
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from semst import _words
from semst._typed import typed
from semst._validate import require_key

from ._figure import check_picture_path, save_figure
from ._palette import palette

_PANELS = (
    ("stability", "stability of subsamples", "higher"),
    ("silhouette", "silhouette", "higher"),
    ("bic", "BIC per spot", "lower"),
    ("icl", "ICL per spot", "lower"),
)
NO_OPTIMUM = "no optimum in this range"


@typed
def choose_n_domains(
    adata: AnnData,
    key: str = "n_domains",
    *,
    save: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Figure:
    """Draw what every criterion says of every number of domains.

    A dashed line marks the chosen number, a black ring what each criterion would have chosen, and grey rings
    with their number the runners-up: the other peaks of the stability, whose band is its standard error. A
    criterion that is best at an end of the range is marked as without an optimum.

    Parameters
    ----------
    adata
        Data after :func:`semst.tl.choose_n_domains`, or after :func:`semst.tl.semst` with
        ``n_domains="auto"`` (then the key is ``"semst"``). Not changed.
    key
        ``uns`` slot of the curves.
    save
        File to write (png, pdf, svg, ...); written whole or not at all.
    overwrite
        Whether ``save`` may replace a file.

    Returns
    -------
    The figure, a panel a criterion.

    Raises
    ------
    MissingKeyError
        If there are no curves under ``key``.
    SemSTError
        If ``save`` cannot be written.

    Examples
    --------
    >>> adata = AnnData(np.ones((2, 1)))
    >>> curve = np.array([0.2, 0.9, 0.4])
    >>> peaks = {"n_domains": [3], "stability": [0.9], "stability_se": [0.01]}
    >>> adata.uns["n_domains"] = {"k": np.arange(2, 5), "n_domains": 3, "choices": {"stability": 3}}
    >>> adata.uns["n_domains"] |= {"peaks": peaks, **dict.fromkeys(["silhouette", "bic", "icl"], curve)}
    >>> adata.uns["n_domains"] |= {"stability": curve, "stability_se": curve / 9}
    >>> len(choose_n_domains(adata).axes)
    4
    """
    import matplotlib.pyplot as plt

    check_picture_path(save, overwrite=overwrite)
    record = require_key(adata.uns, key, what=_words.slot("uns"))
    record = record.get("choice", record)
    numbers = np.asarray(require_key(record, "k", what=_words.slot("uns", key)))
    others = [int(number) for number in record["peaks"]["n_domains"] if number != record["n_domains"]]
    figure, axes = plt.subplots(1, len(_PANELS), figsize=(11.5, 2.8), layout="constrained")
    for ax, (name, title, better), color in zip(axes, _PANELS, palette(len(_PANELS)), strict=True):
        values = np.asarray(record[name], dtype=np.float64)
        if f"{name}_se" in record:
            error = np.asarray(record[f"{name}_se"])
            ax.fill_between(numbers, values - error, values + error, color=color, alpha=0.25, linewidth=0)
        own = record["choices"].get(name)
        opacity = 1.0 if own is not None else 0.4
        ax.plot(numbers, values, color=color, marker="o", markersize=4, linewidth=1.6, alpha=opacity)
        if own is not None:
            _ring(ax, int(own), numbers, values, "black")
        for number in others if name == "stability" else []:
            if number != own:
                _ring(ax, number, numbers, values, "grey")
            ax.annotate(
                str(number),
                (number, values[numbers == number][0]),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color="dimgrey",
            )
        ax.axvline(int(record["n_domains"]), color="black", linestyle="--", linewidth=1, zorder=0)
        said = f"{title}: {better} is better" + ("" if own is not None else f"\n{NO_OPTIMUM}")
        ax.set_title(said, fontsize=9)
        ax.set_xlabel("domains")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.spines[["top", "right"]].set_visible(False)
    save_figure(figure, save, overwrite=overwrite)
    return figure


def _ring(ax: Axes, number: int, numbers: np.ndarray, values: np.ndarray, color: str) -> None:
    """A ring around a point of a curve."""
    at = values[numbers == number]
    ax.plot([number], at, "o", markersize=11, markerfacecolor="none", markeredgecolor=color)

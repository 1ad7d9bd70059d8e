"""Pictures of paired differences: a line a pair, or a panel for each question that models share."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._benchmark import Outcome
from ._models import models
from ._summary import differences, shared_and_single

_OVER_SEEDS = "#9ec1e6"
_OVER_MODELS = "#c0392b"


def draw_differences(outcome: Outcome) -> dict[str, Figure]:
    """Draw mean, both intervals and slices of every pair.

    Parameters
    ----------
    outcome
        A suite's rows.

    Returns
    -------
    ``"differences"``: pairs with a question of their own, a line each; ``"by_model"``: questions that three
    models or more share, a panel each with a line a model and one for all of them.
    """
    gaps = differences(outcome)
    shared, single = shared_and_single(gaps)
    figures = {}
    if len(single):
        figures["differences"] = _pairs(single)
    if len(shared):
        figures["by_model"] = _by_model(outcome, gaps[~gaps.index.isin(single.index)], shared)
    return figures


def _pairs(gaps: pd.DataFrame) -> Figure:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7.5, 0.42 * len(gaps) + 1.0), layout="constrained")
    y = np.arange(len(gaps))[::-1]
    _lines(ax, gaps, y)
    ax.set_yticks(y, [f"{row.arm} − {row.against}" for row in gaps.itertuples()])
    ax.set_ylim(-0.7, len(gaps) - 0.3)
    ax.set_xlim(*_limits(gaps))
    ax.set_xlabel("difference in ARI (ticks: slices)")
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


def _by_model(outcome: Outcome, gaps: pd.DataFrame, shared: pd.DataFrame) -> Figure:
    import matplotlib.pyplot as plt

    titles = models()
    shown = {arm.name: titles[arm.model] for arm in outcome.suite.arms}
    names = list(dict.fromkeys(shown[arm] for arm in gaps["arm"]))
    place = {name: len(names) - i for i, name in enumerate(names)}  # 0 is the line of all models
    figure, axes = plt.subplots(
        1,
        len(shared),
        figsize=(2.3 * len(shared) + 1.6, 0.32 * len(names) + 1.9),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, (_, over) in zip(axes.flat, shared.iterrows(), strict=True):
        own = gaps[gaps["about"] == over["about"]]
        _lines(ax, own, np.array([place[shown[arm]] for arm in own["arm"]]))
        ax.hlines(
            0, over["t_low"], over["t_high"], linewidth=2.5, color=_OVER_MODELS, label="95 % over models"
        )
        ax.plot(over["mean"], 0, "D", color=_OVER_MODELS, markersize=6)
        ax.axhline(0.5, color="black", linewidth=0.5, alpha=0.4)
        ax.set_title(over["about"].replace(" against ", "\nagainst "), fontsize=10)
    axes.flat[0].set_yticks([*place.values(), 0], [*names, "all models"])
    axes.flat[0].set_ylim(-0.6, len(names) + 0.6)
    axes.flat[0].set_xlim(*_limits(gaps))
    axes.flat[len(shared) // 2].set_xlabel("difference in ARI (ticks: slices)")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, ncols=len(labels), loc="outside lower center", frameon=False)
    return figure


def _lines(ax: Axes, gaps: pd.DataFrame, y: np.ndarray) -> None:
    for low, high, width, color, label in (
        ("t_low", "t_high", 6.0, _OVER_SEEDS, "95 % over seeds"),
        ("low", "high", 1.5, "black", "95 % over slices and seeds"),
    ):
        ax.hlines(y, gaps[low], gaps[high], linewidth=width, color=color, label=label)
    ax.plot(gaps["mean"], y, "o", color="black", markersize=5, label="mean")
    for name in _slices(gaps):
        ax.plot(gaps[name], y, "|", color="black", markersize=9, alpha=0.5)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)


def _limits(gaps: pd.DataFrame) -> tuple[float, float]:
    """Room for means, slices and bootstrap: t intervals of two seeds may be wider than ARI itself."""
    shown = gaps[["mean", "low", "high", *_slices(gaps)]].to_numpy(float)
    return min(np.nanmin(shown), 0) * 1.3 - 0.02, max(np.nanmax(shown), 0) * 1.3 + 0.02


def _slices(gaps: pd.DataFrame) -> list[str]:
    return [name for name in gaps.columns if name.startswith("on ")]

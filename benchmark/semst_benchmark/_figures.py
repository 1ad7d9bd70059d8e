"""A suite's pictures, all made from what the store holds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from anndata import AnnData
from matplotlib.figure import Figure
from PIL import Image

from semst import pl

from ._benchmark import Outcome
from ._difference_figures import draw_differences
from ._files import replacing
from ._maps import draw_maps
from ._models import REFERENCES
from ._store import Store
from ._summary import METRICS, summarise

_GREY = "#9a9a9a"
_MAX_PIXELS = 1700
_PALETTE = 192


def write_figures(
    outcome: Outcome, store: Store, data_folder: Path | None, folder: Path, *, ending: str = "png"
) -> list[Path]:
    """Draw every figure that the suite asks for.

    Parameters
    ----------
    outcome
        A suite's rows.
    store
        Where embeddings and domains are.
    data_folder
        Where the slices are, for maps.
    folder
        Where pictures go; existing ones are replaced.
    ending
        Kind of picture.

    Returns
    -------
    The pictures, in the suite's order.
    """
    import matplotlib

    matplotlib.use("Agg")
    if not len(outcome.done):
        return []
    written: list[Path] = []
    for kind in outcome.suite.figures:
        for name, figure in _DRAW[kind](outcome, store, data_folder):
            path = folder / f"{outcome.suite.name}_{name}.{ending}"
            _save(figure, path)
            matplotlib.pyplot.close(figure)
            written.append(path)
    return written


def _save(figure: Figure, path: Path) -> None:
    """Write a picture fit for a page: of a bounded width, and PNG with a palette, a quarter of the size."""
    with replacing(path) as part:
        figure.savefig(part, dpi=min(120, _MAX_PIXELS / figure.get_figwidth()), bbox_inches="tight")
        if path.suffix == ".png":
            with Image.open(part) as picture:
                flat = picture.convert("RGB")
            flat.quantize(_PALETTE).save(part, format="png", optimize=True)


Drawn = list[tuple[str, Figure]]


def _bars(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """Mean ARI of every arm, a panel a slice; seeds as points, references in grey."""
    import matplotlib.pyplot as plt

    column = ".".join((*outcome.suite.headline, "ari"))
    summary = summarise(outcome)
    if column not in summary:  # no annotation, or a clusterer that is not here
        return []
    summary = summary.dropna(subset=[column])
    slices = list(summary["dataset"].unique())
    arms = [arm.name for arm in outcome.suite.arms if arm.name in set(summary["arm"])]
    colors = arm_colors(outcome)
    figure, axes = plt.subplots(
        1,
        len(slices),
        figsize=(2.3 * len(slices) + 2.4, 0.27 * len(arms) + 1.0),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    place = {name: i for i, name in enumerate(reversed(arms))}
    for ax, dataset in zip(axes.flat, slices, strict=True):
        here = summary[summary["dataset"] == dataset]
        y = here["arm"].map(place)
        ax.barh(y, here[column], color=[colors[name] for name in here["arm"]], height=0.72)
        done = outcome.done[outcome.done["dataset"] == dataset]
        ax.plot(done[column], done["arm"].map(place), "k.", markersize=3, alpha=0.6)
        ax.set_title(dataset, fontsize=9)
        ax.set_xlabel("ARI")
        ax.set_yticks(list(place.values()), list(place))
        ax.spines[["top", "right"]].set_visible(False)
        best = here.loc[[name in _reference_arms(outcome) for name in here["arm"]], column]
        if len(best):  # what everybody has to beat
            ax.axvline(best.max(), color=_GREY, linewidth=1, linestyle="--", zorder=0)
    return [("ari", figure)]


def _differences(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """Paired differences: mean, both intervals, slices as ticks."""
    return list(draw_differences(outcome).items())


def _maps(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """Domains beside the annotation, one figure a slice."""
    clusterer, refinement = outcome.suite.headline
    drawn: Drawn = []
    for spec in outcome.suite.datasets:
        runs = {
            key: run
            for key, run in outcome.runs.items()
            if run.data.name == spec.name and run.seed == outcome.suite.seeds[0]
        }
        if not runs:
            continue
        domains = {
            run.arm.name: labels
            for key, run in runs.items()
            if (labels := store.arrays(key).get(f"labels.{clusterer}.{refinement}")) is not None
        }
        adata = spec.load(data_folder)
        if domains and spec.truth in adata.obs:
            figure = draw_maps(adata, spec.truth, domains, spatial_key=spec.spatial_key)
            drawn.append((spec.name, figure))
    return drawn


def _semantic_umap(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """UMAP of the semantic vectors by source, one figure a slice."""
    import matplotlib.pyplot as plt

    drawn: Drawn = []
    for spec in outcome.suite.datasets:
        runs = {key: run for key, run in outcome.runs.items() if run.data.name == spec.name}
        found = {run.arm.name: store.arrays(key).get("semantic") for key, run in runs.items()}
        vectors = {name: array for name, array in found.items() if array is not None}
        if not vectors:
            continue
        adata: AnnData = spec.load(data_folder)
        figure, axes = plt.subplots(
            1, len(vectors), figsize=(3.4 * len(vectors) + 1.2, 3.3), squeeze=False, layout="constrained"
        )
        for ax, (name, array) in zip(axes.flat, vectors.items(), strict=True):
            pl.semantic_umap(adata, spec.truth, vectors=array.astype(np.float32), title=name, ax=ax)
            legend = ax.get_legend()
            if legend is not None and ax is not axes.flat[-1]:
                legend.remove()
        drawn.append((spec.name, figure))
    return drawn


def _line(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """Scores against a setting; arms without it are level lines."""
    import matplotlib.pyplot as plt

    setting = str(outcome.suite.x)
    at = {arm.name: dict(arm.settings).get(setting) for arm in outcome.suite.arms}
    summary = summarise(outcome)
    slices = list(summary["dataset"].unique())
    figure, axes = plt.subplots(
        1, len(METRICS), figsize=(3.0 * len(METRICS), 2.8), squeeze=False, layout="constrained"
    )
    for ax, metric in zip(axes.flat, METRICS, strict=True):
        column = ".".join((*outcome.suite.headline, metric))
        if column not in summary:
            return []
        for dataset, color in zip(slices, pl.palette(len(slices)), strict=True):
            here = summary[summary["dataset"] == dataset]
            with_setting = here[[at[name] is not None for name in here["arm"]]]
            x = [at[name] for name in with_setting["arm"]]
            ax.errorbar(
                x,
                with_setting[column],
                yerr=with_setting[f"{column}.sd"],
                color=color,
                marker="o",
                markersize=4,
                capsize=2,
                label=dataset,
            )
            for level in here.loc[[at[name] is None for name in here["arm"]], column]:
                ax.axhline(level, color=color, linewidth=1, linestyle="--")
        ax.set(title=metric.upper(), xlabel=setting)
        ax.spines[["top", "right"]].set_visible(False)
    axes.flat[-1].legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    without = [arm.name for arm in outcome.suite.arms if at[arm.name] is None]
    if without:
        figure.suptitle(f"dashed: {', '.join(without)}", fontsize=9)
    return [(setting, figure)]


def _scaling(outcome: Outcome, store: Store, data_folder: Path | None) -> Drawn:
    """Seconds and memory against the number of spots, on logarithmic axes."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    colors = arm_colors(outcome)
    sizes = sorted(outcome.done["n_spots"].unique())
    figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
    for ax, column, label in zip(axes, ("seconds", "peak_gb"), ("seconds", "peak memory, GB"), strict=True):
        for arm, group in outcome.done.groupby("arm", sort=False):
            line = group.groupby("n_spots")[column].median()
            ax.plot(line.index, line, marker="o", markersize=4, color=colors[str(arm)], label=str(arm))
        ax.set(xscale="log", yscale="log", xlabel="spots", title=label)
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.minorticks_off()
        ax.spines[["top", "right"]].set_visible(False)
    axes[-1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return [("scaling", figure)]


def arm_colors(outcome: Outcome) -> dict[str, str]:
    """One colour an arm, the same in all figures of a suite, references like everybody else."""
    names = [arm.name for arm in outcome.suite.arms]
    return dict(zip(names, pl.palette(len(names)), strict=True))


def _reference_arms(outcome: Outcome) -> set[str]:
    return {arm.name for arm in outcome.suite.arms if arm.model in REFERENCES}


_DRAW: dict[str, Callable[[Outcome, Store, Path | None], Drawn]] = {
    "bars": _bars,
    "differences": _differences,
    "maps": _maps,
    "semantic-umap": _semantic_umap,
    "line": _line,
    "scaling": _scaling,
}

"""Rows to summaries: one line an arm and slice, paired differences, published figures beside them."""

from importlib import resources

import numpy as np
import pandas as pd

from ._benchmark import Outcome
from ._models import REFERENCES
from ._stats import paired_difference, t_interval

METRICS = ("ari", "nmi", "accuracy", "f1")
MEAN = "mean of the slices"


def summarise(outcome: Outcome) -> pd.DataFrame:
    """Mean and standard deviation over seeds of everything that is measured.

    Parameters
    ----------
    outcome
        A suite's rows.

    Returns
    -------
    One row a slice and arm, in the suite's order, and one an arm for the mean of the slices (arms that were
    run on all of them); for each column of ``outcome.rows`` that is a number, its mean under its name and its
    standard deviation under ``<name>.sd``; ``n_seeds``; ``reference`` tells simple references.
    """
    done = outcome.done
    if not len(done):
        return pd.DataFrame()
    numbers = [
        name
        for name in done.columns
        if name not in ("seed", "n_spots", "n_domains") and pd.api.types.is_numeric_dtype(done[name])
    ]
    rows = []
    order = {arm.name: i for i, arm in enumerate(outcome.suite.arms)}
    for (dataset, arm), group in done.groupby(["dataset", "arm"], sort=False):
        rows.append({"dataset": dataset, "arm": arm, **_moments(group, numbers)})
    table = pd.DataFrame(rows)
    n_slices = table["dataset"].nunique()
    if n_slices > 1:
        means = []
        for arm, group in table.groupby("arm", sort=False):
            if len(group) == n_slices:
                line = {name: group[name].mean(skipna=False) for name in numbers}  # of all slices or none
                line |= _spread_of_means(done[done["arm"] == arm], numbers)
                means.append({"dataset": MEAN, "arm": arm, "n_seeds": group["n_seeds"].min(), **line})
        table = pd.concat([table, pd.DataFrame(means)], ignore_index=True)
    model = {arm.name: arm.model for arm in outcome.suite.arms}
    table["reference"] = [model[arm] in REFERENCES for arm in table["arm"]]
    slices = [spec.name for spec in outcome.suite.datasets] + [MEAN]
    place = table["dataset"].map(slices.index) * len(order) + table["arm"].map(order)
    return table.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)


def _moments(group: pd.DataFrame, numbers: list[str]) -> dict[str, float]:
    line: dict[str, float] = {"n_seeds": len(group)}
    for name in numbers:
        line[name] = group[name].mean()
        line[f"{name}.sd"] = group[name].std(ddof=1) if len(group) > 1 else 0.0
    return line


def _spread_of_means(rows: pd.DataFrame, numbers: list[str]) -> dict[str, float]:
    """Standard deviation over seeds of the mean over slices, of the seeds that every slice has.

    A seed that a slice lacks would bring the difference between slices in; NaN where fewer than two are left.
    """
    spread = {}
    for name in numbers:
        by_seed = rows.pivot(index="seed", columns="dataset", values=name)
        shared = by_seed.dropna().mean(axis=1)
        spread[f"{name}.sd"] = 0.0 if len(by_seed) == 1 else shared.std(ddof=1)
    return spread


def differences(outcome: Outcome, metric: str = "ari") -> pd.DataFrame:
    """Paired differences of the suite's pairs.

    Parameters
    ----------
    outcome
        A suite's rows.
    metric
        What is compared, under the suite's headline clusterer and refinement.

    Returns
    -------
    One row a pair: ``arm``, ``against``, ``about``, the mean per slice, and what
    :class:`semst_benchmark._stats.Difference` holds.
    """
    column = ".".join((*outcome.suite.headline, metric))
    done = outcome.done
    lines = []
    for pair in outcome.suite.pairs:
        one = _by_slice_and_seed(done, pair.arm, column)
        other = _by_slice_and_seed(done, pair.against, column)
        if one is None or other is None:
            continue
        gap = (one - other).dropna(how="all").dropna(axis=1, how="all")
        if gap.empty:
            continue
        found = paired_difference(gap)
        line = {"arm": pair.arm, "against": pair.against, "about": pair.about, **vars(found)}
        line |= {"clear": found.clear, **{f"on {name}": value for name, value in gap.mean(axis=1).items()}}
        lines.append(line)
    return pd.DataFrame(lines)


def over_models(gaps: pd.DataFrame) -> pd.DataFrame:
    """Differences that several models share (FSM after against before, say), over the models.

    Parameters
    ----------
    gaps
        What :func:`differences` returns.

    Returns
    -------
    One row for every ``about`` of three models or more: ``mean`` over the pairs; ``t_low`` and ``t_high``,
    the 95 % t interval over models (these slices, other models); ``n_models``; ``n_gain``, those with a gain.

    Examples
    --------
    >>> gaps = pd.DataFrame({"about": "after against before", "arm": list("abc"), "mean": [0.1, 0.2, 0.3]})
    >>> found = over_models(gaps).iloc[0]
    >>> print(f"{found['mean']:.3f}, {found['n_gain']} of {found['n_models']} gain")
    0.200, 3 of 3 gain
    """
    rows = []
    for about, group in gaps.groupby("about", sort=False) if len(gaps) else ():
        if about and len(group) > 2 and group["arm"].is_unique:
            means = group["mean"].to_numpy(dtype=np.float64)
            low, high = t_interval(means)
            line = {"about": about, "mean": means.mean(), "t_low": low, "t_high": high}
            rows.append({**line, "n_models": len(means), "n_gain": int((means > 0).sum())})
    return pd.DataFrame(rows)


def shared_and_single(gaps: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What :func:`over_models` makes of the questions that models share, and the pairs that are left."""
    shared = over_models(gaps)
    return shared, gaps if shared.empty else gaps[~gaps["about"].isin(shared["about"])]


def _by_slice_and_seed(done: pd.DataFrame, arm: str, column: str) -> pd.DataFrame | None:
    if not len(done) or column not in done:
        return None
    rows = done[(done["arm"] == arm) & done[column].notna()]
    return rows.pivot(index="dataset", columns="seed", values=column) if len(rows) else None


def published() -> pd.DataFrame:
    """Figures that others published, and independent measurements, each with its source and protocol.

    Returns
    -------
    Columns ``dataset``, ``method``, ``variant``, ``metric``, ``value`` (0 to 1), ``sd``, ``n_runs``,
    ``epoch_rule`` (``"oracle"`` where the epoch was chosen by the score against the labels), ``refined``,
    ``source``, ``protocol``.

    Examples
    --------
    >>> table = published().set_index(["dataset", "method", "metric"])
    >>> float(table.loc[("dlpfc_151508", "SemST", "ari"), "value"].iloc[0])
    0.6793
    """
    with resources.files(__package__).joinpath("data", "published.csv").open(encoding="utf-8") as handle:
        return pd.read_csv(handle, keep_default_na=True)

"""What the numbers say, in sentences made from them and from nothing else."""

import numpy as np
import pandas as pd

from ._benchmark import Outcome
from ._summary import MEAN, differences, shared_and_single, summarise

_SEMANTICS = "semantics"


def findings(outcome: Outcome) -> list[str]:
    """Sentences on a suite: best model, simple references, network, pairs.

    Parameters
    ----------
    outcome
        A suite's rows.

    Returns
    -------
    Sentences; none where nothing has been run.
    """
    summary = summarise(outcome)
    column = ".".join((*outcome.suite.headline, "ari"))
    if not len(summary) or column not in summary:
        return []
    where = MEAN if (summary["dataset"] == MEAN).any() else str(summary["dataset"].iloc[0])
    over = summary[(summary["dataset"] == where) & summary[column].notna()]
    found = []
    if len(over) > 1:
        best = over.iloc[int(over[column].to_numpy().argmax())]
        sentence = (
            f"On {_where(outcome, where)}, the highest ARI is that of {best['arm']}: {_value(best, column)}."
        )
        references = over[over["reference"]]
        if len(references) and not best["reference"]:
            simple = references.iloc[int(references[column].to_numpy().argmax())]
            gap = best[column] - simple[column]
            sentence += (
                f" The best simple reference, {simple['arm']}, reaches {_value(simple, column)}, "
                f"{abs(gap):.3f} less."
            )
        elif best["reference"]:
            sentence += " That is a simple reference: no network that was run there has a higher one."
        elsewhere = sorted(set(outcome.done["arm"]) - set(over["arm"]))
        if elsewhere:
            named = f": {'; '.join(elsewhere)}" if len(elsewhere) < 10 else f" are {len(elsewhere)} arms"
            sentence += f" Not run on all slices, and left out of this{named}."
        found.append(sentence)
    found += _pair_sentences(differences(outcome))
    return found + (growth(outcome.done) if "scaling" in outcome.suite.figures else [])


def growth(done: pd.DataFrame) -> list[str]:
    """How seconds and memory of every arm grow with the number of spots: slopes on logarithmic axes.

    Examples
    --------
    >>> rows = {"arm": "A", "n_spots": [10, 100], "seconds": [1.0, 10.0], "peak_gb": [1.0, 1.0]}
    >>> growth(pd.DataFrame(rows))
    ['A: seconds grow as spots to the power of 1.00 and peak memory to that of 0.00, from 10 to 100 spots.']
    """
    found = []
    for arm, rows in done.groupby("arm", sort=False):
        line = rows.groupby("n_spots")[["seconds", "peak_gb"]].median()
        if len(line) > 1:
            spots = np.log(line.index.to_numpy(dtype=np.float64))
            time, memory = (np.polyfit(spots, np.log(line[name]), 1)[0] for name in line)
            found.append(
                f"{arm}: seconds grow as spots to the power of {time:.2f} and peak memory to that of "
                f"{memory:.2f}, from {line.index.min():,} to {line.index.max():,} spots."
            )
    return found


def pair_sentence(row: pd.Series) -> str:
    """One paired difference as a sentence.

    Examples
    --------
    >>> row = pd.Series({"arm": "A", "against": "B", "about": "", "mean": 0.02, "clear": False})
    >>> row = pd.concat([row, pd.Series({"t_low": 0.01, "t_high": 0.03, "low": -0.01, "high": 0.05})])
    >>> pair_sentence(pd.concat([row, pd.Series({"n_slices": 4, "n_seeds": 5})])).partition(" (")[0]
    'A against B: +0.020 ARI'
    """
    about = f", {row['about']}" if row["about"] else ""
    intervals = []
    if np.isfinite(row["t_low"]):
        intervals.append(f"95 % over seeds {row['t_low']:+.3f} to {row['t_high']:+.3f}")
    if np.isfinite(row["low"]):
        intervals.append(f"over slices and seeds {row['low']:+.3f} to {row['high']:+.3f}")
    intervals.append(f"{_count(row['n_slices'], 'slice')}, {_count(row['n_seeds'], 'seed')}")
    return (
        f"{row['arm']} against {row['against']}{about}: {row['mean']:+.3f} ARI ({'; '.join(intervals)}): "
        f"{verdict(row)}."
    )


def _pair_sentences(gaps: pd.DataFrame) -> list[str]:
    """A sentence a pair; one for all models where each has its own pair of the same kind."""
    shared, single = shared_and_single(gaps)
    found = [_models_sentence(row) for _, row in shared.iterrows()]
    return found + [pair_sentence(row) for _, row in single.iterrows()]


def _models_sentence(row: pd.Series) -> str:
    side = "clear of zero" if row["t_low"] > 0 or row["t_high"] < 0 else "not distinguishable from zero"
    return (
        f"Over {row['n_models']} models, {row['about']}: {row['mean']:+.3f} ARI (95 % over models "
        f"{row['t_low']:+.3f} to {row['t_high']:+.3f}; {row['n_gain']} of {row['n_models']} gain): {side}."
    )


def verdict(row: pd.Series) -> str:
    """What the two intervals allow to say."""
    side = "a gain" if row["mean"] > 0 else "a loss"
    if row["clear"]:
        return f"{side} that is clear of zero by both"
    if np.isfinite(row["t_low"]) and (row["t_low"] > 0 or row["t_high"] < 0):
        return "clear of zero on these slices, not beyond them"
    if not np.isfinite(row["t_low"]):
        return "too few seeds to tell"
    return "not distinguishable from zero"


def on_semantics(outcomes: list[Outcome]) -> list[str]:
    """What semantics adds and what it does not, source by source, from the pairs that ask for it."""
    found: list[str] = []
    single: dict[str, bool] = {}  # sentence: whether it tells a clear gain
    for outcome in outcomes:
        gaps = differences(outcome)
        if not len(gaps):
            continue
        asked = gaps[gaps["about"].str.contains(_SEMANTICS) | gaps["about"].str.contains("meaning")]
        asked = asked[~asked["about"].str.contains("network")]
        found += _pair_sentences(asked)
        for _, row in shared_and_single(asked)[1].iterrows():
            single[pair_sentence(row)] = bool(row["clear"]) and row["mean"] > 0
        missing = outcome.missing
        if len(missing):
            names = ", ".join(missing["arm"].unique())
            found.append(f"Not measured here, because weights or packages are not on the machine: {names}.")
    found = list(dict.fromkeys(found))
    if single:
        found.append(
            f"{sum(single.values())} of {len(single)} comparisons of two arms show a gain that is clear of "
            "zero by both intervals."
        )
    return found


def _where(outcome: Outcome, where: str) -> str:
    n_slices = outcome.done["dataset"].nunique()
    return f"the mean of {n_slices} slices" if where == MEAN else where


def _value(row: pd.Series, column: str) -> str:
    seeds = int(row["n_seeds"])
    sd = row[f"{column}.sd"]
    spread = f" ± {sd:.3f}" if seeds > 1 and np.isfinite(sd) else ""
    return f"{row[column]:.3f}{spread} ({seeds} seeds)" if seeds > 1 else f"{row[column]:.3f} (one seed)"


def _count(n: int, what: str) -> str:
    return f"{int(n)} {what}{'' if int(n) == 1 else 's'}"

"""Which number of domains a curve over numbers speaks for, if any."""

import numpy as np
import pandas as pd

from semst import _words
from semst._errors import SemSTError

LOWER_IS_BETTER = {"bic": True, "icl": True, "silhouette": False}


def stability_peaks(curves: pd.DataFrame) -> pd.DataFrame:
    """Numbers that are more stable than the ones before and after them, the most stable first.

    Of numbers side by side that are equally stable the smallest counts. The ends of the range are no peaks.

    Parameters
    ----------
    curves
        ``stability`` and ``stability_se``, a row a number (the index).

    Returns
    -------
    ``n_domains``, ``stability`` and ``stability_se``, a row a peak.

    Examples
    --------
    >>> curve = {"stability": [0.9, 0.7, 0.8, 0.6], "stability_se": 0.1}
    >>> stability_peaks(pd.DataFrame(curve, index=range(2, 6)))
       n_domains  stability  stability_se
    0          4        0.8           0.1
    """
    values = curves["stability"].to_numpy()
    found = []
    for i in range(1, len(values)):
        lower = np.flatnonzero(values[i:] != values[i])  # past those that are equal
        if values[i] > values[i - 1] and len(lower) and values[i + lower[0]] < values[i]:
            found.append(i)
    table = curves.iloc[found][["stability", "stability_se"]].sort_values(
        "stability", ascending=False, kind="stable"
    )
    return table.rename_axis("n_domains").reset_index()


def most_stable(curves: pd.DataFrame, peaks: pd.DataFrame) -> int:
    """The fewest domains among the peaks within one standard error of the highest.

    Without a peak, the fewest among all numbers within one standard error of the most stable one.
    """
    among = peaks.set_index("n_domains") if len(peaks) else curves
    values, errors = among["stability"].to_numpy(), among["stability_se"].fillna(0).to_numpy()
    best = int(values.argmax())
    return int(among.index[values >= values[best] - errors[best]].min())


def optima(curves: pd.DataFrame) -> dict[str, int]:
    """The best number by BIC, ICL and silhouette, for those whose best lies inside of the range.

    A curve that is best at the end of what was tried says no more than that its best lies beyond.
    """
    found = {name: _best(curves, name) for name in LOWER_IS_BETTER}
    ends = {curves.index[0], curves.index[-1]}
    return {name: number for name, number in found.items() if number is not None and number not in ends}


def no_optimum(curves: pd.DataFrame, criterion: str) -> SemSTError:
    """The error for a criterion that was asked for and has its best value at the end of the range."""
    first, last = curves.index[0], curves.index[-1]
    best = _best(curves, criterion)
    if best is None:
        return SemSTError(
            f"{criterion} is not defined for any number from {first} to {last}. "
            f"Take {_words.given('criterion', 'stability')}."
        )
    extreme = "lowest" if LOWER_IS_BETTER[criterion] else "highest"
    widen = (
        f"Widen {_words.name('k_range')}, or take" if best > 2 else "There is no number below 2 to try; take"
    )
    return SemSTError(
        f"{criterion} is {extreme} at {best}, at the end of the range that was tried ({first} to {last}): it "
        f"has no optimum there. {widen} {_words.given('criterion', 'stability')}."
    )


def _best(curves: pd.DataFrame, criterion: str) -> int | None:
    values = curves[criterion].to_numpy(dtype=np.float64)
    if np.isnan(values).all():
        return None
    place = np.nanargmin(values) if LOWER_IS_BETTER[criterion] else np.nanargmax(values)
    return int(curves.index[int(place)])

"""How much of the tissue every domain takes, sample by sample and between two conditions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from semst._brief import brief

from ._composition import centred_log_ratios
from ._effects import difference_table, limits
from ._permutation import distance_p


@brief
@dataclass(frozen=True)
class Proportions:
    """Domains of several samples, and how two conditions differ in them.

    Attributes
    ----------
    counts
        Spots, samples x domains.
    proportions
        Shares of the sample's spots, samples x domains.
    clr
        Centred log-ratios of ``counts + 0.5``, samples x domains.
    conditions
        Condition of every sample; ``None`` where none were named.
    groups
        The two conditions that are compared, first and second; ``None`` without.
    effects
        A row a domain: ``mean_<first>`` and ``mean_<second>`` (mean proportions in the two groups),
        ``difference`` (of the mean ``clr``, second minus first), its ``standard_error`` and 95 % interval
        ``low`` to ``high`` (Welch's t), ``ratio`` (``exp(difference)``: how many times more of the tissue, in
        proportion to the geometric mean of all domains), ``p`` (permutation test, two-sided) and
        ``p_adjusted`` (Benjamini and Hochberg over the domains). ``None`` without conditions.
    overall_p
        One permutation test of the whole composition: the squared Aitchison distance between the groups'
        means. NaN without conditions or with fewer than three samples in a group.
    note
        What so few samples cannot show; empty where nothing is in the way.
    key
        Column of the domains.
    """

    counts: pd.DataFrame
    proportions: pd.DataFrame
    clr: pd.DataFrame
    conditions: pd.Series | None
    groups: tuple[str, str] | None
    effects: pd.DataFrame | None
    overall_p: float
    note: str
    key: str

    def lines(self) -> list[str]:
        """Return the differences in words, a line a domain; without conditions the samples' proportions."""
        if self.effects is None or self.groups is None:
            return self.proportions.round(3).to_string().splitlines()
        shown = pd.DataFrame(
            {
                **{name: self.effects[f"mean_{name}"].map("{:.3f}".format) for name in self.groups},
                "ratio": self.effects["ratio"].map("{:.2f}".format),
                "95 %": [
                    f"{np.exp(low):.2f} to {np.exp(high):.2f}" if np.isfinite(low) else ""
                    for low, high in zip(self.effects["low"], self.effects["high"], strict=True)
                ],
                "p": self.effects["p"].map("{:.3g}".format),
                "adjusted": self.effects["p_adjusted"].map("{:.3g}".format),
            }
        )
        lines = shown.rename_axis(None).to_string().splitlines()
        if np.isfinite(self.overall_p):
            lines.append(f"whole composition: p {self.overall_p:.3g}")
        return [*lines, f"note: {self.note}"] if self.note else lines


def compare_proportions(
    counts: pd.DataFrame,
    conditions: pd.Series | None = None,
    groups: tuple[str, str] | None = None,
    *,
    n_permutations: int = 9999,
    random_state: int = 0,
    key: str = "",
) -> Proportions:
    """Compare the compositions of samples.

    Parameters
    ----------
    counts
        Spots, samples x domains; every sample has one or more.
    conditions
        Condition of every sample, one of ``groups``; ``None`` compares nothing.
    groups
        The conditions, first and second.
    n_permutations
        Arrangements at most.
    random_state
        Seed of random ones.
    key
        Column that the domains are from.

    Returns
    -------
    The comparison.

    Examples
    --------
    >>> samples = list("abcdef")
    >>> counts = pd.DataFrame({"1": [50, 52, 51, 70, 72, 74], "2": [50, 48, 50, 30, 28, 27]}, index=samples)
    >>> found = compare_proportions(
    ...     counts, pd.Series(["control"] * 3 + ["case"] * 3, index=samples), ("control", "case")
    ... )
    >>> found.effects["ratio"].round(2).to_dict(), found.overall_p
    ({'1': 1.56, '2': 0.64}, 0.1)
    """
    shares = counts.div(counts.sum(axis=1), axis=0)
    clr = centred_log_ratios(counts)
    if conditions is None or groups is None:
        return Proportions(counts, shares, clr, None, None, None, float("nan"), "", key)
    second = (conditions.loc[counts.index] == groups[1]).to_numpy()
    settings = {"n_permutations": n_permutations, "random_state": random_state}
    found = difference_table(clr, second, **settings)
    effects = pd.DataFrame(
        {
            f"mean_{groups[0]}": shares[~second].mean(),
            f"mean_{groups[1]}": shares[second].mean(),
            "difference": found["difference"],
            "standard_error": found["standard_error"],
            "low": found["low"],
            "high": found["high"],
            "ratio": np.exp(found["difference"]),
            "p": found["p"],
            "p_adjusted": found["p_adjusted"],
        }
    )
    values = clr.to_numpy()
    return Proportions(
        counts,
        shares,
        clr,
        conditions,
        groups,
        effects,
        distance_p(values[~second], values[second], **settings),
        limits(
            groups,
            (int((~second).sum()), int(second.sum())),
            n_tests=len(effects),
            n_permutations=n_permutations,
        ),
        key,
    )

"""How many domains: likelihood, stability and separation over a range of numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from semst import _words
from semst._brief import brief
from semst._draw import draw
from semst._errors import SemSTError
from semst._forked import check_fork
from semst._progress import track
from semst.metrics import asw

from ._peaks import most_stable, no_optimum, optima, stability_peaks
from ._result import canonical_order, check_embedding, check_n_starts
from ._slice_codes import slice_codes
from ._subsamples import Part, draw_subsamples, mean_agreement

CRITERIA = ("stability", "bic", "icl", "silhouette")
MOST_FITTED = 5_000  # spots that the likelihood curves are made of
STARTS_OF_SUBSAMPLES = 10
MOST_COMPARED = 5_000  # spots on which partitions are compared


@brief
@dataclass(frozen=True)
class Choice:
    """A number of domains and the curves that led to it.

    Attributes
    ----------
    n_domains
        The choice of ``criterion``.
    criterion
        What decided.
    curves
        One row a number of domains (the index): ``bic`` and ``icl`` (lower is better, per spot),
        ``stability`` with its standard error ``stability_se``, and ``silhouette`` (higher is better).
    choices
        What every criterion would have chosen. One whose best value lies at an end of the range is absent: it
        has no optimum there. Stability always has a choice.
    peaks
        Numbers that are more stable than the ones before and after them, the most stable first:
        ``n_domains``, ``stability``, ``stability_se``. Without a row there is no peak.
    """

    n_domains: int
    criterion: str
    curves: pd.DataFrame
    choices: dict[str, int]
    peaks: pd.DataFrame


def choose_n_domains(
    X: Any,
    k_range: Iterable[int] = range(2, 16),
    *,
    criterion: str = "stability",
    n_subsamples: int = 20,
    n_starts: int = 30,
    random_state: int = 0,
    samples: Any = None,
    progress: bool = True,
) -> Choice:
    """Choose the number of domains without an annotation.

    The number is a resolution, not a fact of the tissue: layers have sublayers, and several numbers can hold
    equally well. Look at the peaks of the stability, not at the chosen number alone.

    Parameters
    ----------
    X
        Spots x dimensions.
    k_range
        Numbers to try, each 2 or more.
    criterion
        ``"stability"``: mixtures are fitted to random subsamples of the spots (80 %, at most 3,000), each
        assigns all spots, and their agreement (adjusted Rand index, all pairs) is taken. Very few domains are
        always stable, so peaks are looked for, numbers that are more stable than the ones before and after
        them, and of those within one standard error of the highest the one with the fewest domains is chosen;
        without a peak, the fewest domains within one standard error of the best. ``"bic"``, ``"icl"``: the
        lowest. ``"silhouette"``: the highest. These three choose nothing where their best is an end of the
        range.
    n_subsamples
        Subsamples for each number of domains.
    n_starts
        Starts of each mixture; those of the subsamples have at most 10.
    random_state
        Seed.
    samples
        Slice of every spot, where there are several: all spots that are drawn come evenly from them, and no
        subsample holds more than 80 % of a slice. ``None`` for one slice.
    progress
        Show how many numbers are done and the time left.

    Returns
    -------
    The choice, the curves, and what the other criteria would have chosen.

    Raises
    ------
    SemSTError
        If the embedding is not finite, a number or ``samples`` does not fit it, or the criterion is unknown
        or has no optimum in the range; the message says where its best value lies.

    Notes
    -----
    BIC: Schwarz (1978), Ann Stat 6; ICL: Biernacki, Celeux and Govaert (2000), IEEE PAMI 22; stability of
    partitions under resampling: Lange, Roth, Braun and Buhmann (2004), Neural Computation 16. Neighbouring
    spots are alike, so their likelihoods are not those of independent observations: BIC and ICL tend to want
    more domains than an anatomist would.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(6 * k, 1, (60, 2)) for k in range(3)])
    >>> choose_n_domains(X, range(2, 6), n_subsamples=4, progress=False).n_domains
    3
    """
    check_fork()
    numbers = _numbers(k_range)
    rows, _ = check_embedding(X, max(numbers))
    order = canonical_order(rows)  # what is drawn must not depend on the order of the spots
    rows, slices = rows[order], slice_codes(samples, order)
    check_n_starts(n_starts)
    if criterion not in CRITERIA:
        raise SemSTError(f"criterion is {criterion!r}; accepted are {', '.join(map(repr, CRITERIA))}.")
    if n_subsamples < 2:
        raise SemSTError(
            f"{_words.name('n_subsamples')} is {n_subsamples}; at least 2 are needed to compare."
        )
    rng = np.random.default_rng(random_state)
    fitted = Part.of(rows, slices, draw(rng, len(rows), MOST_FITTED, slices))
    compared = rows[draw(rng, len(rows), MOST_COMPARED, slices)]
    subsamples = draw_subsamples(rng, rows, slices, max(numbers), n_subsamples)
    lines = []
    for number in track(numbers, desc="choosing the number of domains", show=progress, unit="number"):
        lines.append(_one(number, fitted, compared, subsamples, n_starts, rng))
    curves = pd.DataFrame(lines, index=pd.Index(numbers, name="n_domains"))
    peaks = stability_peaks(curves)
    choices = {"stability": most_stable(curves, peaks), **optima(curves)}
    if criterion not in choices:
        raise no_optimum(curves, criterion)
    return Choice(choices[criterion], criterion, curves, choices, peaks)


def _numbers(k_range: Iterable[int]) -> list[int]:
    numbers = sorted(set(k_range))
    if not numbers or not all(isinstance(k, int | np.integer) for k in numbers) or numbers[0] < 2:
        raise SemSTError(
            f"{_words.name('k_range')} is {numbers}; give whole numbers of 2 or more, for example range(2, "
            "16)."
        )
    return [int(k) for k in numbers]


def _one(
    k: int,
    fitted: Part,
    compared: np.ndarray,
    subsamples: list[Part],
    n_starts: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """All figures for one number of domains."""
    assign, likelihood = fitted.mixture(k, n_starts, rng)
    posterior = assign(fitted.rows)
    n, d = fitted.rows.shape
    n_parameters = k - 1 + k * d + d * (d + 1) / 2
    bic = -2 * likelihood + n_parameters * np.log(n)
    top = posterior.max(axis=1)
    icl = bic - 2 * float(np.log(np.maximum(top, 1e-300)).sum())
    labels = posterior.argmax(axis=1)
    few = min(n_starts, STARTS_OF_SUBSAMPLES)
    partitions = [part.mixture(k, few, rng)[0](compared).argmax(axis=1) for part in subsamples]
    stable, error = mean_agreement(partitions)
    return {
        "bic": bic / n,
        "icl": icl / n,
        "stability": stable,
        "stability_se": error,
        "silhouette": asw(fitted.rows, labels) if len(np.unique(labels)) > 1 else float("nan"),
    }

"""Which domain of one slice is which of another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from semst._brief import brief
from semst.semantics import match_symbols

from ._profiles import Profile, over_sets
from ._sets import GeneSets

SHARED_GENES = 30  # from here on symbols are the better bridge
LEAST_SETS = 30  # that both panels measure; below, gene sets are no bridge
LEVEL = 0.05  # of the permutations that may do as well


@brief
@dataclass(frozen=True)
class Matching:
    """Domains of one slice and their partners in another.

    Attributes
    ----------
    pairs
        A row for every domain of the first slice: ``domain``, ``partner`` (``""`` where it is not matched),
        ``matched`` (each is the most alike for the other, and p is 0.05 or less), ``r`` (correlation with the
        domain that one-to-one assignment gives it; NaN where none is left), ``p`` (share of permutations in
        which some domain is as much alike), ``assigned`` (that domain), ``best`` and ``r_best`` (the most
        alike one, whoever else has it).
    correlation
        Domains of the first slice x domains of the second.
    by
        ``"symbols"`` or ``"gene sets"``.
    n_features
        Shared genes, or sets that both panels measure.
    null
        The r that the best partner of a domain has in 5 % of the permutations.
    note
        Why nothing can be matched; empty where it can.
    """

    pairs: pd.DataFrame
    correlation: pd.DataFrame
    by: str
    n_features: int
    null: float
    note: str

    @property
    def mapping(self) -> dict[str, str]:
        """The second slice's domains that are matched, to their partners in the first."""
        found = self.pairs[self.pairs["matched"]]
        return dict(zip(found["partner"], found["domain"], strict=True))


def match_profiles(
    one: Profile,
    other: Profile,
    sets: GeneSets,
    *,
    by: str = "auto",
    n_permutations: int = 200,
    random_state: int = 0,
) -> Matching:
    """Match the domains of two slices.

    Parameters
    ----------
    one, other
        The domains of either slice.
    sets
        Gene sets, for panels that share few genes.
    by
        ``"symbols"``, ``"gene sets"``, or ``"auto"``: symbols where 30 genes or more are shared.
    n_permutations
        How often the genes of the second slice are permuted.
    random_state
        Seed of that.

    Returns
    -------
    The matching.

    Examples
    --------
    >>> import numpy as np
    >>> from semst.explain import gene_sets
    >>> genes = [f"G{i}" for i in range(60)]
    >>> values = np.random.default_rng(0).normal(size=(60, 3))
    >>> one = Profile(["a", "b", "c"], genes, values)
    >>> other = Profile(["x", "y", "z"], genes, values[:, [2, 0, 1]])
    >>> match_profiles(one, other, gene_sets({"s": genes})).pairs["partner"].tolist()
    ['y', 'z', 'x']
    """
    rng = np.random.default_rng(random_state)
    places = match_symbols(one.genes, other.genes, across_species=True)
    shared = np.flatnonzero(places >= 0)
    if by == "symbols" or (by == "auto" and len(shared) >= SHARED_GENES):
        here, there = one.centred[shared], other.centred[places[shared]]
        note = (
            "" if len(shared) >= SHARED_GENES else f"the slices share {len(shared)} genes: too few to compare"
        )
        return _matched(
            one,
            other,
            here,
            lambda: there[rng.permutation(len(there))],
            there,
            "symbols",
            n_permutations,
            note,
        )
    here_sets, there_sets = sets.measured(one.genes), sets.measured(other.genes)
    rows = np.flatnonzero((here_sets.sizes > 0) & (there_sets.sizes > 0))
    here = over_sets(one.values, here_sets.membership[rows], here_sets.annotated)
    membership, annotated = there_sets.membership[rows], there_sets.annotated
    note = ""
    if len(rows) < LEAST_SETS:
        note = (
            f"the slices share {len(shared)} genes, and {len(rows)} gene sets have genes of both: too few to "
            "compare"
        )

    def permuted() -> np.ndarray:
        values = other.values.copy()
        values[annotated] = rng.permutation(values[annotated])
        return over_sets(values, membership, annotated)

    there = over_sets(other.values, membership, annotated)
    return _matched(one, other, here, permuted, there, "gene sets", n_permutations, note)


def _matched(
    one: Profile,
    other: Profile,
    here: np.ndarray,
    permuted: Callable[[], np.ndarray],
    there: np.ndarray,
    by: str,
    n_permutations: int,
    note: str,
) -> Matching:
    shape = (len(one.domains), len(other.domains))
    r = correlations(here, there) if len(here) > 1 else np.zeros(shape)
    null = np.ones((n_permutations, len(one.domains)))
    if not note:
        null = np.array([correlations(here, permuted()).max(axis=1) for _ in range(n_permutations)])
    partner = dict(zip(*linear_sum_assignment(-r), strict=True))
    rows = []
    for number, name in enumerate(one.domains):
        best = int(r[number].argmax())
        own = partner.get(number)
        alike = np.nan if own is None else float(r[number, own])
        p = np.nan if own is None else float((1 + (null[:, number] >= alike).sum()) / (1 + n_permutations))
        # one-to-one alone would hand a domain without a partner to whoever is left over
        mutual = own is not None and own == best and int(r[:, own].argmax()) == number
        matched = bool(not note and mutual and p <= LEVEL)
        assigned = "" if own is None else other.domains[own]
        rows.append(
            {
                "domain": name,
                "partner": assigned if matched else "",
                "matched": matched,
                "r": alike,
                "p": p,
                "assigned": assigned,
                "best": other.domains[best],
                "r_best": float(r[number, best]),
            }
        )
    return Matching(
        pd.DataFrame(rows),
        pd.DataFrame(r, index=one.domains, columns=other.domains),
        by,
        len(here),
        float(np.quantile(null, 1 - LEVEL)),
        note,
    )


def correlations(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Pearson's r of every column of one matrix with every one of another; 0 where one does not vary."""
    both = []
    for values in (here, there):
        centred = values - values.mean(axis=0)
        norm = np.linalg.norm(centred, axis=0)
        both.append(centred / np.where(norm > 0, norm, np.inf))
    return both[0].T @ both[1]

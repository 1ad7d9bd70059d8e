"""Which domains touch which, sample by sample and between two conditions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from semst._brief import brief

from ._effects import difference_table, limits

_PSEUDO_COUNT = 0.5


@brief
@dataclass(frozen=True)
class Contacts:
    """Edges between domains, against what chance would give, and how two conditions differ in them.

    A pair of domains is named by both, in the order of the domains; a domain makes a pair with itself.
    Columns of the tables are these pairs (a ``MultiIndex`` of ``domain`` and ``neighbour``).

    Attributes
    ----------
    counts
        Edges of the spatial graph between spots of the two domains, samples x pairs.
    expected
        The same if the ends of all edges were joined at random, samples x pairs.
    log2_ratio
        ``log2((counts + 0.5) / (expected + 0.5))``, samples x pairs; NaN where a sample cannot have the pair.
    overall
        A row a pair, all samples together: ``counts``, ``expected``, ``log2_ratio``, and ``n_samples`` that
        can have it.
    conditions, groups
        As in :class:`Proportions`.
    effects
        A row a pair: ``n_<group>`` (samples that can have the pair) and ``mean_<group>`` (mean
        ``log2_ratio``) for the two groups, ``difference`` of the means, second minus first, its
        ``standard_error`` and 95 % interval ``low`` to ``high`` (Welch's t), ``p`` (permutation test,
        two-sided) and ``p_adjusted`` (Benjamini and Hochberg over the pairs). NaN for pairs that touch in no
        sample. ``None`` without conditions.
    note
        What so few samples cannot show; empty where nothing is in the way.
    key
        Column of the domains.
    domains
        The domains in their order.
    """

    counts: pd.DataFrame
    expected: pd.DataFrame
    log2_ratio: pd.DataFrame
    overall: pd.DataFrame
    conditions: pd.Series | None
    groups: tuple[str, str] | None
    effects: pd.DataFrame | None
    note: str
    key: str
    domains: list[str]

    def matrix(self, pairs: pd.Series) -> pd.DataFrame:
        """Lay a value for every pair out as a symmetric table, domains x domains."""
        places = {name: i for i, name in enumerate(self.domains)}
        table = np.full((len(places), len(places)), np.nan)
        for one, other, value in zip(*map(pairs.index.get_level_values, (0, 1)), pairs, strict=True):
            table[places[one], places[other]] = table[places[other], places[one]] = value
        return pd.DataFrame(table, index=self.domains, columns=self.domains)


def expected_edges(ends: np.ndarray) -> np.ndarray:
    """Edges between domains if the ends of all edges were joined at random.

    With ``d`` ends in a domain and ``m`` edges in all, ``d_a d_b / (2m - 1)`` between two domains and
    ``d_a (d_a - 1) / (2 (2m - 1))`` within one (the configuration model): every domain keeps its size and
    its degrees, and all pairs add up to ``m``.

    Parameters
    ----------
    ends
        Ends of edges in every domain, shape (n_domains,).

    Returns
    -------
    Shape (n_domains, n_domains), symmetric.

    Examples
    --------
    >>> expected_edges(np.array([2.0, 2.0])).round(3).tolist()  # 2 edges: 1/3 within either, 4/3 between
    [[0.333, 1.333], [1.333, 0.333]]
    """
    edges = np.outer(ends, ends)
    np.fill_diagonal(edges, ends * (ends - 1) / 2)
    return edges / max(ends.sum() - 1, 1)


def compare_contacts(
    edges: Mapping[str, np.ndarray],
    sizes: pd.DataFrame,
    conditions: pd.Series | None = None,
    groups: tuple[str, str] | None = None,
    *,
    n_permutations: int = 9999,
    random_state: int = 0,
    key: str = "",
) -> Contacts:
    """Compare which domains touch in the samples.

    Parameters
    ----------
    edges
        For every sample a symmetric matrix, shape (n_domains, n_domains): directed edges from domain to
        domain, so that an edge within a domain counts twice.
    sizes
        Spots, samples x domains.
    conditions, groups, n_permutations, random_state, key
        As in :func:`compare_proportions`.

    Returns
    -------
    The comparison.

    Examples
    --------
    >>> sizes = pd.DataFrame({"1": [2], "2": [2]}, index=["a"])
    >>> found = compare_contacts({"a": np.array([[2, 1], [1, 2]])}, sizes)  # a row of four spots
    >>> found.overall["counts"].to_list(), found.overall["expected"].to_list()
    ([1.0, 1.0, 1.0], [0.6, 1.8, 0.6])
    """
    domains = [str(name) for name in sizes.columns]
    one, other = np.triu_indices(len(domains))
    pairs = pd.MultiIndex.from_arrays(
        [np.array(domains, dtype=object)[one], np.array(domains, dtype=object)[other]],
        names=["domain", "neighbour"],
    )
    counts, expected = np.zeros((2, len(sizes), len(pairs)))
    possible = np.zeros((len(sizes), len(pairs)), dtype=bool)
    for row, (sample, n) in enumerate(zip(sizes.index, sizes.to_numpy(), strict=True)):
        there = np.array(edges[str(sample)], dtype=np.float64)
        ends = there.sum(axis=1)
        np.fill_diagonal(there, there.diagonal() / 2)
        counts[row], expected[row] = there[one, other], expected_edges(ends)[one, other]
        # a domain of one spot has no edge within it, however many that spot has
        possible[row] = (expected[row] > 0) & ((one != other) | (n[one] > 1))
    ratio = pd.DataFrame(
        np.where(possible, _log2_ratio(counts, expected), np.nan), index=sizes.index, columns=pairs
    )
    sums = [np.where(possible, values, 0).sum(axis=0) for values in (counts, expected)]
    overall = pd.DataFrame(
        {
            "counts": sums[0],
            "expected": sums[1],
            "log2_ratio": np.where(possible.any(axis=0), _log2_ratio(*sums), np.nan),
            "n_samples": possible.sum(axis=0),
        },
        index=pairs,
    )
    effects, note = None, ""
    if conditions is not None and groups is not None:
        second = (conditions.loc[sizes.index] == groups[1]).to_numpy()
        effects = _effects(
            ratio,
            counts.sum(axis=0) > 0,
            second,
            groups,
            n_permutations=n_permutations,
            random_state=random_state,
        )
        n_tests = int(effects["p"].notna().sum())
        n_samples = int((~second).sum()), int(second.sum())
        note = limits(groups, n_samples, n_tests=n_tests, n_permutations=n_permutations)
    return Contacts(
        pd.DataFrame(counts, index=sizes.index, columns=pairs),
        pd.DataFrame(expected, index=sizes.index, columns=pairs),
        ratio,
        overall,
        conditions if effects is not None else None,
        groups if effects is not None else None,
        effects,
        note,
        key,
        domains,
    )


def _log2_ratio(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.log2((counts + _PSEUDO_COUNT) / (expected + _PSEUDO_COUNT))


def _effects(
    ratio: pd.DataFrame,
    touching: np.ndarray,
    second: np.ndarray,
    groups: tuple[str, str],
    *,
    n_permutations: int,
    random_state: int,
) -> pd.DataFrame:
    """Compare pairs that touch somewhere: of the others the ratio is one of the domains' sizes alone."""
    found = difference_table(
        ratio.loc[:, touching], second, n_permutations=n_permutations, random_state=random_state
    ).drop(columns=["n_first", "n_second"])
    sides = dict(zip(groups, (ratio[~second], ratio[second]), strict=True))
    return pd.DataFrame(
        {
            **{f"n_{name}": side.notna().sum() for name, side in sides.items()},
            **{f"mean_{name}": side.mean() for name, side in sides.items()},
            **found.reindex(ratio.columns),
        }
    )

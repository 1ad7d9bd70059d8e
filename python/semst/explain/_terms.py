"""Gene sets that hold more of some genes than chance would put there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy import stats
from scipy.special import gammaln

from ._sets import MeasuredSets

SMALLEST, LARGEST = 5, 500  # measured genes of a set that is tested
SIGNIFICANT = 0.05  # q of a term that is shown
SHARED = 0.5  # of a term's hits that an earlier one has, to leave it out


@dataclass(frozen=True)
class Enrichment:
    """Every tested set in every list of genes.

    Attributes
    ----------
    tested
        Numbers of the sets, shape (n_tested,).
    sizes
        Their measured genes, shape (n_tested,).
    hits
        Genes of each list in each set, shape (n_lists, n_tested).
    n_chosen
        Annotated genes of each list, shape (n_lists,).
    n_annotated
        Measured genes that are in a set.
    p
        Hypergeometric, upper tail, shape (n_lists, n_tested).
    """

    tested: np.ndarray
    sizes: np.ndarray
    hits: np.ndarray
    n_chosen: np.ndarray
    n_annotated: int
    p: np.ndarray

    @property
    def q(self) -> np.ndarray:
        """Benjamini-Hochberg over the tested sets of each list."""
        if self.p.size == 0:
            return self.p
        return stats.false_discovery_control(self.p, axis=1)

    @property
    def fold(self) -> np.ndarray:
        """Hits over those that chance would give."""
        expected = self.n_chosen[:, None] * self.sizes[None, :] / max(self.n_annotated, 1)
        return self.hits / np.maximum(expected, np.finfo(float).tiny)


def enrichment(chosen: Sequence[np.ndarray], sets: MeasuredSets) -> Enrichment:
    """Test lists of genes against gene sets.

    The urn holds the measured genes that are in any set; sets of 5 to 500 measured genes are tested.

    Parameters
    ----------
    chosen
        Numbers of measured genes, a list a region.
    sets
        Gene sets over the measured genes.

    Returns
    -------
    Hits and probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from semst.explain import gene_sets
    >>> genes = list("abcdefghij")
    >>> sets = gene_sets({"first": "a b c d e".split(), "all": genes}).measured(genes)
    >>> found = enrichment([np.array([0, 1, 2])], sets)
    >>> found.hits[0].tolist(), found.p[0].round(4).tolist()  # 5 over 3 of 10 over 3, and certainty
    ([3, 3], [0.0833, 1.0])
    """
    urn = sets.annotated
    sizes = sets.sizes
    tested = np.flatnonzero((sizes >= SMALLEST) & (sizes <= LARGEST))
    rows = np.repeat(np.arange(len(chosen)), [len(genes) for genes in chosen])
    columns = np.concatenate(
        [np.asarray(genes, dtype=np.int64) for genes in chosen] or [np.empty(0, np.int64)]
    )
    lists = sp.csr_matrix(
        (urn[columns].astype(np.float32), (rows, columns)), shape=(len(chosen), sets.membership.shape[1])
    )
    hits = np.asarray((lists @ sets.membership[tested].T).todense()).astype(np.int64)
    n_chosen = np.asarray(lists.sum(axis=1)).ravel().astype(np.int64)
    return Enrichment(
        tested,
        sizes[tested],
        hits,
        n_chosen,
        int(urn.sum()),
        _upper(hits, sizes[tested], n_chosen, urn.sum()),
    )


def _upper(hits: np.ndarray, sizes: np.ndarray, n_chosen: np.ndarray, n_annotated: int) -> np.ndarray:
    """P(at least so many hits): each different case is computed once, as most sets have one hit or none."""
    p = np.ones(hits.shape)
    row, column = np.nonzero(hits)
    cases = np.stack([hits[row, column], sizes[column], n_chosen[row]])
    (least, size, chosen), where = np.unique(cases, axis=1, return_inverse=True)
    tail = _tail(least.astype(float), size.astype(float), chosen.astype(float), float(n_annotated))
    p[row, column] = tail[where.ravel()]
    return p


def _tail(least: np.ndarray, size: np.ndarray, chosen: np.ndarray, urn: float) -> np.ndarray:
    """Upper tail of the hypergeometric distribution for many cases at once.

    scipy's ``hypergeom.sf`` goes through them one by one, which takes most of the time of an explanation.
    """
    k = least
    term = np.exp(_log_choose(size, k) + _log_choose(urn - size, chosen - k) - _log_choose(urn, chosen))
    total = term.copy()
    while (term > 1e-17 * total).any():  # each term from the one before
        term = term * (size - k) * (chosen - k) / ((k + 1) * (urn - size - chosen + k + 1))
        k = k + 1
        total += term
    return np.minimum(total, 1)


def _log_choose(n: np.ndarray | float, k: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def telling(
    found: Enrichment, sets: MeasuredSets, chosen: Sequence[np.ndarray], *, n_terms: int
) -> list[np.ndarray]:
    """Choose the terms that are worth showing for each list of genes.

    Of those with q < 0.05, a term that holds for more than half of the lists (of three or more) tells nothing
    apart and is left out. The rest go by p, to the nearest power of ten, and then by size, so that of two as
    good the more specific comes first; one whose hits an earlier one has for half or more is left out.

    Parameters
    ----------
    found
        What was tested.
    sets
        The sets.
    chosen
        The lists.
    n_terms
        At most so many a list.

    Returns
    -------
    For every list columns of ``found``, best first.
    """
    significant = found.q < SIGNIFICANT
    common = np.zeros(found.p.shape[1], dtype=bool)
    if len(chosen) >= 3:
        common = significant.sum(axis=0) > len(chosen) / 2
    membership = sets.membership
    kept = []
    for number, genes in enumerate(chosen):
        columns = np.flatnonzero(significant[number] & ~common)
        power = np.round(np.log10(np.maximum(found.p[number, columns], 1e-300)))
        order = columns[np.lexsort((found.p[number, columns], found.sizes[columns], power))]
        inside = np.zeros(membership.shape[1], dtype=bool)
        inside[genes] = True
        taken: list[int] = []
        hits_taken: list[set[int]] = []
        for column in order:
            if len(taken) == n_terms:
                break
            members = membership[found.tested[column]].indices
            hits = set(members[inside[members]].tolist())
            if all(len(hits & other) < SHARED * len(hits) for other in hits_taken):
                taken.append(int(column))
                hits_taken.append(hits)
        kept.append(np.array(taken, dtype=np.int64))
    return kept

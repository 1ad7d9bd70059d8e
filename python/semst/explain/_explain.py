"""The explanation of the domains of a slice: markers, terms, and what a random region would have had."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from semst._brief import brief
from semst._errors import SemSTError
from semst.data import Slice

from ._chance import Comparison, Observed, by_chance
from ._contrast import LEAST_SPOTS, shares
from ._markers import N_MARKERS, find_markers
from ._sets import GeneSets, MeasuredSets
from ._tables import borders, domain_table, marker_table, members, term_table
from ._terms import enrichment, telling

N_NULL = 20
N_TERMS = 10


@brief
@dataclass(frozen=True)
class Explanation:
    """What marks the domains, as tables; their columns are those that :func:`semst.tl.explain` documents.

    Attributes
    ----------
    domains
        A row a domain.
    markers, terms
        A row a gene, or a term, of a domain; best first.
    coverage
        How many genes are measured, known to the gene sets, and in one.
    gene_sets
        Name, date, licence and source of the gene sets.
    params
        What was asked for.
    """

    domains: pd.DataFrame
    markers: pd.DataFrame
    terms: pd.DataFrame
    coverage: dict[str, Any]
    gene_sets: dict[str, Any]
    params: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The tables and the rest by name, as they are stored."""
        return dict(vars(self))


def explain(
    data: Slice,
    labels: "pd.Categorical[Any]",
    sets: GeneSets,
    *,
    symbols: Sequence[str] | None = None,
    n_markers: int = N_MARKERS,
    n_terms: int = N_TERMS,
    n_null: int = N_NULL,
    random_state: int = 0,
    progress: bool = False,
) -> Explanation:
    """Find what marks each domain.

    Parameters
    ----------
    data
        The slice, or several.
    labels
        Domain of every spot; missing ones take no part, shape (n_spots,).
    sets
        Gene sets.
    symbols
        Gene symbols of the columns; ``data.genes`` by default.
    n_markers, n_terms
        At most so many genes and terms a domain.
    n_null
        Random regions a domain is held against; 0, or a slice without coordinates: none.
    random_state
        Seed of these.
    progress
        Show how many domains have been held against theirs.

    Returns
    -------
    The tables.

    Raises
    ------
    SemSTError
        If there are fewer than two domains.

    Examples
    --------
    >>> import semst
    >>> from semst.data import read_slice
    >>> from semst.explain import gene_sets
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> sets = gene_sets({"first": list(adata.var_names[:9])})
    >>> found = explain(read_slice(adata)[0], adata.obs["ground_truth"].array, sets, n_null=0)
    >>> found.domains.columns.tolist()
    ['domain', 'n_spots', 'share', 'markers', 'term', 'neighbours', 'note', 'p_regions']
    """
    labels = labels.remove_unused_categories()
    names = [str(name) for name in labels.categories]
    if len(names) < 2:
        raise SemSTError(
            f"{len(names)} domain{'' if names else 's'}: a domain is explained by what sets it apart from "
            "the others, so there have to be two or more."
        )
    genes = [str(name) for name in (data.genes if symbols is None else symbols)]
    measured = sets.measured(genes)
    domains = members(labels)
    n_spots = np.asarray(domains.sum(axis=0)).ravel().astype(np.int64)
    compare = Comparison(data, np.asarray(labels.codes >= 0))
    contrast, between = compare(domains)
    chosen = find_markers(contrast, n_markers=n_markers)
    notes = [_note(n, measured) for n in n_spots.tolist()]
    lists = [columns[: 0 if note else None] for columns, note in zip(chosen, notes, strict=True)]
    found = enrichment(lists, measured)
    kept = telling(found, measured, lists, n_terms=n_terms)
    n_null = n_null if data.coordinates.shape[1] else 0
    chance = by_chance(
        compare,
        domains,
        measured,
        n_null=n_null,
        n_markers=n_markers,
        observed=Observed(contrast, chosen, found, kept),
        random_state=random_state,
        progress=progress,
    )
    markers = marker_table(names, genes, contrast, chosen, shares(data.counts, domains, compare.labelled))
    terms = term_table(names, genes, measured, found, kept, lists)
    markers["p_regions"] = chance.markers
    terms.insert(len(terms.columns) - 1, "p_regions", chance.terms)
    table = domain_table(names, n_spots, markers, terms, borders(data, labels), notes)
    table["p_regions"] = chance.domains
    return Explanation(
        domains=table,
        markers=markers,
        terms=terms,
        coverage=measured.coverage(),
        gene_sets={**sets.about, "n_sets": len(sets.ids)},
        params={
            "n_markers": n_markers,
            "n_terms": n_terms,
            "n_null": n_null,
            "random_state": random_state,
            "replicates": "slices" if between.all() else "slices and spots" if between.any() else "spots",
        },
    )


def _note(n_spots: int, measured: MeasuredSets) -> str:
    """Why there are no terms for a domain; empty where there may be some."""
    if n_spots < LEAST_SPOTS:
        return f"{n_spots} spot{'s' if n_spots != 1 else ''}, fewer than {LEAST_SPOTS}: too few for terms"
    return measured.why_not()

"""What was found, as tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy import stats

from semst import gr
from semst.data import Slice

from ._contrast import Contrast
from ._sets import MeasuredSets
from ._terms import Enrichment

_SHOWN = 5  # markers in the line of a domain
_NOTHING_TELLING = (
    "no term holds clearly more of its markers than chance would put there, or only terms that hold for most "
    "domains"
)
_NEIGHBOURS = 6  # spots on whose sides a border is looked for


def members(labels: "pd.Categorical[Any]") -> sp.csr_matrix:
    """Which spots are in which domain, (n_spots, n_domains), of ones."""
    rows = np.flatnonzero(labels.codes >= 0)
    columns = labels.codes[rows].astype(np.int64)
    shape = (len(labels), len(labels.categories))
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def borders(data: Slice, labels: "pd.Categorical[Any]") -> np.ndarray:
    """Neighbouring spots of every two domains, (n_domains, n_domains); nothing on the diagonal."""
    n = len(labels.categories)
    if data.coordinates.shape[1] == 0:
        return np.zeros((n, n))
    graph = data.graph
    if graph is None:
        graph = gr.directed_neighbours(
            data.coordinates, n_neighs=_NEIGHBOURS, samples=data.samples, or_all=True
        )
    domains = members(labels)
    shared = np.asarray((domains.T @ graph @ domains).todense())
    shared = shared + shared.T
    np.fill_diagonal(shared, 0)
    return shared


def marker_table(
    names: list[str],
    genes: list[str],
    contrast: Contrast,
    chosen: list[np.ndarray],
    present: tuple[np.ndarray, np.ndarray],
) -> pd.DataFrame:
    """The markers of all domains, best first; ``present`` are the shares inside and outside."""
    parts, p = [], contrast.p
    for number, columns in enumerate(chosen):
        told = np.isfinite(p[number])
        q = np.ones(len(genes))
        if told.any():
            q[told] = stats.false_discovery_control(p[number, told])
        score = contrast.score[number, columns]
        parts.append(
            pd.DataFrame(
                {
                    "domain": names[number],
                    "gene": [genes[column] for column in columns],
                    "score": score,
                    "log2_fold_change": contrast.change[number, columns],
                    "share_in": present[0][number, columns],
                    "share_out": present[1][number, columns],
                    "p": p[number, columns],
                    "q": q[columns],
                }
            )
        )
    return _typed(pd.concat(parts, ignore_index=True), text=("domain", "gene"))


def term_table(
    names: list[str],
    genes: list[str],
    measured: MeasuredSets,
    found: Enrichment,
    kept: list[np.ndarray],
    lists: list[np.ndarray],
) -> pd.DataFrame:
    """The terms of all domains that are shown, best first, with the markers behind them."""
    parts, sets = [], measured.sets
    q, fold = found.q, found.fold
    for number, columns in enumerate(kept):
        rows = found.tested[columns]
        p = found.p[number, columns]
        parts.append(
            pd.DataFrame(
                {
                    "domain": names[number],
                    "id": [sets.ids[row] for row in rows],
                    "term": [sets.names[row] for row in rows],
                    "ontology": [sets.groups[row] for row in rows],
                    "hits": found.hits[number, columns],
                    "size": found.sizes[columns],
                    "fold": fold[number, columns],
                    "p": p,
                    "q": q[number, columns],
                    "genes": [
                        _behind(measured.membership[row].indices, lists[number], genes) for row in rows
                    ],
                }
            )
        )
    return _typed(pd.concat(parts, ignore_index=True), text=("domain", "id", "term", "ontology", "genes"))


def _behind(members: np.ndarray, markers: np.ndarray, genes: list[str]) -> str:
    """The markers in a set, best first."""
    inside = set(members.tolist())
    return ", ".join(genes[column] for column in markers.tolist() if column in inside)


def _typed(table: pd.DataFrame, *, text: Sequence[str]) -> pd.DataFrame:
    """Columns of the same kind whether there are rows or not."""
    for name in table.columns:
        whole = name in ("hits", "size")
        table[name] = table[name].astype(object if name in text else np.int64 if whole else np.float64)
    return table


def domain_table(
    names: list[str],
    n_spots: np.ndarray,
    markers: pd.DataFrame,
    terms: pd.DataFrame,
    shared: np.ndarray,
    notes: list[str],
) -> pd.DataFrame:
    """A line a domain: size, first markers and term, neighbours by shared border, why there are no terms."""
    rows = []
    for number, name in enumerate(names):
        own, told = markers[markers["domain"] == name], terms[terms["domain"] == name]
        order = [other for other in np.argsort(-shared[number], kind="stable") if shared[number, other] > 0]
        note = notes[number]
        if own.empty and not note:
            note = "no gene is clearly higher here than elsewhere"
        elif told.empty and not note:
            note = _NOTHING_TELLING
        rows.append(
            {
                "domain": name,
                "n_spots": n_spots[number],
                "share": n_spots[number] / n_spots.sum(),
                "markers": ", ".join(own["gene"].head(_SHOWN)),
                "term": "" if told.empty else told["term"].iloc[0],
                "neighbours": ", ".join(names[other] for other in order),
                "note": note,
            }
        )
    return pd.DataFrame(rows)

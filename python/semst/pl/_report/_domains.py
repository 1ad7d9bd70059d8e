"""The domains of a page: size, neighbours, markers, terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from anndata import AnnData

from semst import _keys
from semst.pl._explanation import first_rows, names_of, spots_of
from semst.pl._labels import get_labels
from semst.pl._palette import category_colors

from ._parts import Section, Table, frame

_MARKERS, _TERMS, _BEHIND = 8, 4, 6  # in the row of a domain: its markers, terms, and markers in a term
_LISTED = 10  # rows of a domain in the long tables
_RANKING = (
    "q ranks the terms of a domain and is no probability of error: spots that lie side by side are not "
    "independent, and any compact piece of tissue has markers."
)
_REGIONS = (
    "p of regions is the share of random regions in one piece, of the same size, in which the same gene or "
    "term is as strong; under the size of a domain, in which any term (any marker, where it has none) is as "
    "strong as its best. Small values are rare by chance."
)
_NAMES = "Names are proposals of a language model from markers and terms, and no findings."


@dataclass(frozen=True)
class Domain:
    """A row; ``terms`` hold name, hits of size, q and the markers behind a term."""

    color: str
    label: str
    name: str
    reason: str
    size: str
    regions: str
    neighbours: str
    markers: list[str]
    terms: list[dict[str, Any]]
    note: str


def domains_section(adata: AnnData, key: str) -> Section:
    """All domains with their sizes, and with what marks them where they have been explained."""
    labels = get_labels(adata, key)
    colors, sizes, names = (
        category_colors(adata, key, labels.categories, None),
        spots_of(labels),
        names_of(adata, key),
    )
    explanation = adata.uns.get(_keys.explained(key))
    rows = []
    for label, color, n_spots in zip(labels.categories, colors, sizes, strict=True):
        found = _explained(explanation, label) if explanation is not None else {}
        size = f"{n_spots:,} spots, {n_spots / max(sizes.sum(), 1):.1%}"
        rows.append(Domain(color, label, *names.get(label, ("", "")), size, **{**_NOTHING, **found}))
    if explanation is None:
        return Section("domains", "Domains", domains=rows)
    words = [_NAMES] if names else []
    words += [_RANKING] + ([_REGIONS] if explanation["markers"]["p_regions"].notna().any() else [])
    return Section(
        "domains",
        "What marks every domain",
        words=[*words, *_coverage(explanation)],
        domains=rows,
        tables=[_long(explanation, name) for name in ("markers", "terms") if len(explanation[name])],
    )


_NOTHING: dict[str, Any] = {"regions": "", "neighbours": "", "markers": [], "terms": [], "note": ""}


def _explained(explanation: Mapping[str, Any], label: str) -> dict[str, Any]:
    own = first_rows(explanation["domains"], label, 1)
    terms = first_rows(explanation["terms"], label, _TERMS)
    return {
        "regions": "" if own.empty or "p_regions" not in own else _regions(own["p_regions"].iloc[0]),
        "neighbours": "" if own.empty else str(own["neighbours"].iloc[0]),
        "markers": first_rows(explanation["markers"], label, _MARKERS)["gene"].astype(str).tolist(),
        "terms": [
            {
                "name": str(row["term"]),
                "id": str(row["id"]),
                "hits": f"{row['hits']} of {row['size']} genes",
                "q": f"{row['q']:.1e}" if row["q"] < 0.01 else f"{row['q']:.2f}",
                "regions": _regions(row["p_regions"]),
                **_genes(str(row["genes"])),
            }
            for row in terms.to_dict("records")
        ],
        "note": "" if own.empty or len(terms) else str(own["note"].iloc[0]),
    }


def _regions(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2g}"


def _genes(text: str) -> dict[str, Any]:
    """The first markers behind a term, and how many more there are."""
    genes = text.split(", ")
    return {"genes": genes[:_BEHIND], "more": max(len(genes) - _BEHIND, 0)}


def _coverage(explanation: Mapping[str, Any]) -> list[str]:
    """Which gene sets, and how many of the genes they know."""
    sets, coverage = explanation["gene_sets"], explanation["coverage"]
    about = [str(sets[part]) for part in ("name", "date", "licence", "source") if str(sets.get(part, ""))]
    return [
        f"Gene sets: {', '.join(about)}.",
        f"Of {coverage['n_genes']:,} measured genes they know {coverage['n_matched']:,}; "
        f"{coverage['n_annotated']:,} are in a set (names spelled as those of {coverage['spelled']}).",
    ]


def _long(explanation: Mapping[str, Any], name: str) -> Table:
    """The first rows of a long table for every domain."""
    table: pd.DataFrame = explanation[name]
    first = table.groupby("domain", sort=False, observed=True).head(_LISTED)
    caption = f"All {name}" if len(first) == len(table) else f"The first {_LISTED} {name} of every domain"
    return frame(caption, first, folded=True)

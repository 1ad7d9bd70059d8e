"""What a language model is told of a domain, and asked."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

UNCLEAR = "unclear"
_GENES_OF_TERM = 12

_TASK = """\
Below is what an analysis of a spatial transcriptomics slice found about one spatial domain, that is, one
region of the tissue. Propose a name for it.

{evidence}

Rules:
- Go by this evidence alone. It may fit an anatomical region, a layer or a cell type; say what it fits best.
- Mention no gene that is not listed under "Marker genes" or "Gene sets".
- If the evidence does not suffice for a name, or fits several equally well, give the name "{unclear}".
- Answer with one JSON object and nothing else, no text before or after it, in this form:
{{"name": "...", "reason": "...", "genes": ["...", "..."]}}
  name: at most six words; reason: one or two sentences; genes: the listed genes that speak for the name."""


@dataclass(frozen=True)
class Question:
    """One domain: what is asked, and which genes an answer may cite."""

    domain: str
    prompt: str
    genes: frozenset[str]


def questions(
    explanation: dict[str, Any], *, tissue: str | None, n_markers: int, n_terms: int
) -> list[Question]:
    """Write a prompt for every domain that has markers.

    Parameters
    ----------
    explanation
        Tables ``domains``, ``markers`` and ``terms`` of :func:`semst.tl.explain`.
    tissue
        A word of the user's on the tissue.
    n_markers, n_terms
        How many of each the prompt shows at most.

    Returns
    -------
    Domains in the order of the explanation; those without markers are left out.
    """
    domains = explanation["domains"].set_index("domain")
    found = []
    for domain, row in domains.iterrows():
        markers = _of(explanation["markers"], domain, n_markers)
        terms = _of(explanation["terms"], domain, n_terms)
        if markers.empty:
            continue
        genes = [_listed(listed)[:_GENES_OF_TERM] for listed in terms["genes"]]
        lines = [
            f"Tissue: {tissue or 'not stated'}",
            f"Size: {row['n_spots']} spots, {row['share']:.1%} of the slice, one of {len(domains)} domains",
            "Marker genes, the strongest first (log2 fold change against all other domains; share of spots "
            "with the gene inside and outside of the domain):",
            *(
                f"- {marker['gene']}: {marker['log2_fold_change']:.2f}; {marker['share_in']:.0%} and "
                f"{marker['share_out']:.0%}"
                for marker in markers.to_dict("records")
            ),
            "Gene sets in which its markers are more frequent than by chance:" if len(terms) else "",
            *(
                f"- {term}: {fold:.1f} times as frequent; {', '.join(shown)}"
                for term, fold, shown in zip(terms["term"], terms["fold"], genes, strict=True)
            ),
            _neighbours(row["neighbours"], domains),
        ]
        evidence = "\n".join(line for line in lines if line)
        prompt = _TASK.format(evidence=evidence, unclear=UNCLEAR)
        found.append(Question(str(domain), prompt, frozenset(markers["gene"]).union(*genes)))
    return found


def _of(table: pd.DataFrame, domain: Any, n: int) -> pd.DataFrame:
    return table[table["domain"] == domain].head(n)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _neighbours(listed: str, domains: pd.DataFrame) -> str:
    """The domains around, with what marks them; not evidence of this one."""
    around = [other for other in _listed(listed) if other in domains.index]
    if not around:
        return ""
    told = [str(domains.at[other, "markers"]) or "no markers" for other in around]
    what = "Neighbouring domains, the longest border first, by their own markers (do not cite these)"
    return f"{what}: {'; '.join(told)}"

#!/usr/bin/env python3
"""Write into docs/developers/r-package.md which Python function is which verb of R, or why there is none.

Fails where a function has neither verb nor reason, or a verb of R is in no row.
"""

import re
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "developers" / "r-package.md"
BEGIN = "<!-- parity: written by scripts/r-parity.py -->"
END = "<!-- end of parity -->"

# rooms that users of a slice call; what of them is which verb
VERBS = {
    "cluster": {
        "available": "clusterSemST(method = )",
        "choose_n_domains": "chooseNDomains()",
        "cluster": "clusterSemST()",
        "domain_tree": "domainTree()",
        "DomainTree": "domainTree()",
        "kmeans": 'clusterSemST(method = "kmeans")',
        "leiden": 'clusterSemST(method = "leiden")',
        "match_labels": "matchLabels()",
        "mclust": 'clusterSemST(method = "mclust")',
        "mixture": 'clusterSemST(method = "mixture")',
        "refine": "refineDomains()",
        "Choice": "chooseNDomains()",
    },
    "compare": {
        "compare_contacts": "domainContacts()",
        "compare_proportions": "domainProportions()",
        "Contacts": "domainContacts()",
        "Proportions": "domainProportions()",
    },
    "datasets": {
        "available": "publicSlices()",
        "fetch": "publicSlice()",
        "simulated_cortex": "simulatedCortex()",
    },
    "explain": {
        "Explanation": "explainDomains()",
        "explain": "explainDomains()",
        "find_markers": "explainDomains()",
        "enrichment": "explainDomains()",
        "gene_sets": "explainDomains(gene_sets = )",
        "gene_ontology": "explainDomains(gene_sets = NULL)",
        "GeneSets": "explainDomains(gene_sets = )",
        "match_profiles": "matchDomains()",
        "Matching": "matchDomains()",
    },
    "gr": {
        "spatial_graph": "spatialGraph()",
        "knn_spatial_graph": 'spatialGraph(method = "knn")',
        "spatial_neighbors": "spatialGraph()",
        "SpatialGraph": "spatialGraph()",
        "spatial_graph_from": "runSemST(graph = )",
    },
    "io": {
        "export_embedding": 'exportDomains(to = "embedding")',
        "export_geojson": 'exportDomains(to = "geojson")',
        "export_loupe": 'exportDomains(to = "loupe")',
        "export_xenium": 'exportDomains(to = "xenium")',
    },
    "metrics": {
        **dict.fromkeys(("accuracy", "ari", "f1", "nmi", "score"), "domainMetrics(truth = )"),
        **dict.fromkeys(("chaos", "pas", "coherence"), "domainMetrics()"),
        "asw": "domainMetrics(dimred = )",
        **dict.fromkeys(("lisi", "clisi", "ilisi"), "domainMetrics(lisi = TRUE)"),
    },
    "models": {
        "MODELS": "semstModels()",
        "available": "semstModels()",
        "features": "semstModels()",
        "describe": "semstSettings()",
        "settings": "semstSettings()",
    },
    "pl": {
        "domains": "plotDomains()",
        "compare": "plotDomains(domains = c( , ))",
        "explain": "plotExplanation()",
        "markers": "plotMarkers()",
        "proportions": "plotProportions()",
        "history": "plotHistory()",
        "choose_n_domains": "plotChoice()",
        "uncertainty": 'plotDomains(domains = "SemST_uncertainty")',
    },
    "semantics": {
        **dict.fromkeys(
            (
                "DescribedGenes",
                "GeneTable",
                "LanguageModel",
                "NamedGenes",
                "NoSemantics",
                "PermutedGenes",
                "Precomputed",
                "RandomVectors",
                "TextEncoder",
                "UnrelatedPrompt",
            ),
            "semanticSource()",
        ),
        "SOURCES": "runSemST(semantics = )",
        "available": "runSemST(semantics = )",
        "resolve": "runSemST(semantics = )",
        "embed_spots": "calculateSemantics()",
        "SemanticVectors": "calculateSemantics()",
    },
    "tl": {
        "Contacts": "domainContacts()",
        "Estimator": "runSemST(save_model = )",
        "Prediction": "predictSemST()",
        "Proportions": "domainProportions()",
        "Result": "calculateSemST()",
        "SemST": "runSemST(save_model = )",
        "align": "alignSlices()",
        "backbone": "runSemST(model = )",
        "choice_lines": "print() of chooseNDomains()",
        "choose_n_domains": "chooseNDomains()",
        "cluster": "clusterSemST()",
        "contacts": "domainContacts()",
        "cut": "cutDomains()",
        "explain": "explainDomains()",
        "harmony": "harmoniseSlices()",
        "match_domains": "matchDomains()",
        "predict": "predictSemST()",
        "proportions": "domainProportions()",
        "refine": "refineDomains()",
        "run": "runSemST(), calculateSemST()",
        "semantic_vectors": "calculateSemantics()",
        "semanticst": "runSemanticST()",
        "semst": "runSemST()",
        "split": "splitDomains()",
        "tree": "domainTree()",
    },
}

_STEP = "a step within a verb of the same room"
_TYPE = "a type that Python code is written with"
_READS = "R reads and writes its objects itself: `readRDS()`, DropletUtils, VisiumIO, zellkonverter"
_WRITTEN = (
    "for those who write a model, a source or a clusterer, which is done in Python; it then runs from R"
)
WHY_NOT = {
    "cluster": {
        "Clusterer": _WRITTEN,
        "get": _WRITTEN,
        "ClusterResult": _TYPE,
        "DomainMixture": "what a saved model reads domains with; from R by predictSemST()",
        "stability": "in every run's record: `quality$stability`",
    },
    "compare": {"*": _STEP + "; R has its own statistics"},
    "explain": {"*": _STEP},
    "gr": {
        "to_pyg": "an object of PyTorch Geometric, which R has not",
        "*": "a step within models, with settings of theirs",
    },
    "io": {
        "read_rds": "R is where such files come from",
        "write_rds": "R is where such files go to",
        "*": _READS,
    },
    "metrics": {},
    "models": {"*": _WRITTEN},
    "pl": {
        "palette": "plotDomains() takes colours; its own are Python's",
        "contacts": "the matrices of domainContacts() are drawn by any heat map of R",
        "report": "a page of Python's pictures; `semst run --report`, R users knit theirs",
        "semantic_umap": "scater::runUMAP(dimred = ) and Seurat::RunUMAP(reduction = ) draw what is stored",
        "tree": "`plot(domainTree())`",
    },
    "semantics": {
        "*": _WRITTEN,
    },
    "tl": {
        "semantic_effect_lines": "text for a terminal; the record of runSemST() says the same",
        "name_domains": "asks a language model at length: `semst name` on the .rds file",
    },
}
# whole rooms
ROOMS = {
    "data": "how Python reads an AnnData; R reads its objects itself",
    "distributed": "several processes of Python; from R the settings `device` and `devices`",
    "nn": _WRITTEN,
    "pp": "steps within models, with settings of theirs",
    "train": _WRITTEN,
}
# verbs that are R's alone, or ask about Python
R_ONLY = {
    "runSemSTEach": "runs of each slice by itself, in workers; Python has its loops",
    "semstPython": "the Python that R uses",
}


def public(room: str) -> list[str]:
    """Names that a room offers."""
    return list(import_module(f"semst.{room}").__all__)


def exported() -> set[str]:
    """Verbs that R exports."""
    return set(re.findall(r"^export\((\w+)\)$", (ROOT / "NAMESPACE").read_text(), re.M))


def reason(room: str, name: str) -> str | None:
    """Why a name has no verb."""
    return WHY_NOT.get(room, {}).get(name) or WHY_NOT.get(room, {}).get("*")


def faults() -> list[str]:
    """What is missing in the table, or no more there."""
    found = []
    for room, verbs in VERBS.items():
        names = public(room)
        found += [
            f"semst.{room}.{name} has neither verb nor reason"
            for name in names
            if name not in verbs and reason(room, name) is None
        ]
        told = {*verbs, *(name for name in WHY_NOT.get(room, {}) if name != "*")}
        found += [f"semst.{room} has no {name}" for name in sorted(told - set(names))]
        found += [f"{name} of semst.{room} has both" for name in verbs if name in WHY_NOT.get(room, {})]
    named = set(
        re.findall(r"\b([A-Za-z]\w+)\(", " ".join(v for verbs in VERBS.values() for v in verbs.values()))
    )
    named -= {"c", "print"}
    found += [f"R exports no {verb}()" for verb in sorted(named - exported())]
    found += [f"{verb}() of R is in no row" for verb in sorted(exported() - named - set(R_ONLY))]
    return found


def as_text() -> str:
    """The block of the page."""
    lines = [BEGIN, "", "| Python | R |", "|---|---|"]
    for room, verbs in VERBS.items():
        by_verb: dict[str, list[str]] = {}
        for name in public(room):
            if name in verbs:
                by_verb.setdefault(verbs[name], []).append(name)
        lines += [f"| {_names(room, names)} | `{verb}` |" for verb, names in by_verb.items()]
    lines += ["", "| without a verb | why |", "|---|---|"]
    for room, verbs in VERBS.items():
        by_reason: dict[str, list[str]] = {}
        for name in public(room):
            if name not in verbs:
                by_reason.setdefault(str(reason(room, name)), []).append(name)
        lines += [f"| {_names(room, names)} | {why} |" for why, names in by_reason.items()]
    lines += [f"| `semst.{room}` | {why} |" for room, why in ROOMS.items()]
    lines += ["", *(f"R alone has `{verb}()`: {what}." for verb, what in R_ONLY.items()), "", END]
    return "\n".join(lines)


def _names(room: str, names: list[str]) -> str:
    return f"`semst.{room}`: " + ", ".join(f"`{name}`" for name in names)


def page() -> str:
    """The page with the block as it has to be."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + as_text() + after


if __name__ == "__main__":
    if wrong := faults():
        sys.exit("\n".join(wrong))
    PAGE.write_text(page(), encoding="utf-8")

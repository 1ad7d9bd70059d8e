"""AnnData in, AnnData out."""

from semst.compare import Contacts, Proportions

from ._align import align
from ._choose import choose_n_domains
from ._cluster import cluster, refine
from ._contacts import contacts
from ._effect_words import semantic_effect_lines
from ._estimator import Estimator, SemST
from ._explain import explain, explain_lines
from ._harmony import harmony
from ._match import match_domains
from ._name_domains import name_domains
from ._proportions import proportions
from ._result import Result
from ._run import backbone, run, semanticst, semst
from ._semantics import semantic_vectors

__all__ = [
    "Contacts",
    "Estimator",
    "Proportions",
    "Result",
    "SemST",
    "align",
    "backbone",
    "choose_n_domains",
    "cluster",
    "contacts",
    "explain",
    "explain_lines",
    "harmony",
    "match_domains",
    "name_domains",
    "proportions",
    "refine",
    "run",
    "semantic_effect_lines",
    "semantic_vectors",
    "semanticst",
    "semst",
]

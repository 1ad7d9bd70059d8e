"""AnnData in, AnnData out."""

from semst.compare import Contacts, Proportions

from ._align import align
from ._choice_words import choice_lines
from ._choose import choose_n_domains
from ._cluster import cluster, refine
from ._contacts import contacts
from ._effect_words import semantic_effect_lines
from ._estimator import Estimator, SemST
from ._explain import explain
from ._explain import explain_lines as explain_lines
from ._harmony import harmony
from ._match import match_domains
from ._name_domains import name_domains
from ._predict import Prediction, predict
from ._predict import prediction_lines as prediction_lines
from ._proportions import proportions
from ._result import Result
from ._run import backbone, run, semanticst, semst
from ._semantics import semantic_vectors
from ._split import split
from ._tree import cut, tree

__all__ = [
    "Contacts",
    "Estimator",
    "Prediction",
    "Proportions",
    "Result",
    "SemST",
    "align",
    "backbone",
    "choice_lines",
    "choose_n_domains",
    "cluster",
    "contacts",
    "cut",
    "explain",
    "harmony",
    "match_domains",
    "name_domains",
    "predict",
    "proportions",
    "refine",
    "run",
    "semantic_effect_lines",
    "semantic_vectors",
    "semanticst",
    "semst",
    "split",
    "tree",
]

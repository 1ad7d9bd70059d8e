"""Scores of domains: agreement with an annotation, and coherence where there is none."""

from ._agreement import accuracy, ari, f1, nmi, score
from ._coherence import coherence
from ._lisi import clisi, ilisi, lisi
from ._matching import best_matching as best_matching
from ._matching import codes as codes
from ._spatial import asw, chaos, pas

__all__ = [
    "accuracy",
    "ari",
    "asw",
    "chaos",
    "clisi",
    "coherence",
    "f1",
    "ilisi",
    "lisi",
    "nmi",
    "pas",
    "score",
]

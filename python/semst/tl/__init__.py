"""AnnData in, AnnData out."""

from ._align import align
from ._backbone import backbone
from ._choose import choose_n_domains
from ._cluster import cluster, refine
from ._estimator import Result, SemST
from ._harmony import harmony
from ._semanticst import semanticst
from ._semst import semst

__all__ = [
    "Result",
    "SemST",
    "align",
    "backbone",
    "choose_n_domains",
    "cluster",
    "harmony",
    "refine",
    "semanticst",
    "semst",
]

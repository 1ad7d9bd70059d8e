"""AnnData in, AnnData out."""

from ._backbone import backbone
from ._cluster import cluster, refine
from ._estimator import Result, SemST
from ._semst import semst

__all__ = ["Result", "SemST", "backbone", "cluster", "refine", "semst"]

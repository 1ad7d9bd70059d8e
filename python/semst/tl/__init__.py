"""AnnData in, AnnData out."""

from ._estimator import Result, SemST
from ._semst import semst

__all__ = ["Result", "SemST", "semst"]

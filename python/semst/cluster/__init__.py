"""Embeddings in, spatial domains out."""

from ._mixture import mixture
from ._result import ClusterResult

__all__ = ["ClusterResult", "mixture"]

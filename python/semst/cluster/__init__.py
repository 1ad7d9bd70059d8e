"""Embeddings in, spatial domains out."""

from ._choose import CRITERIA, Choice, choose_n_domains
from ._dispatch import Method, auto, cluster
from ._kmeans import kmeans
from ._leiden import leiden
from ._match import match_labels
from ._mclust import mclust
from ._mixture import mixture
from ._refine import refine
from ._result import ClusterResult
from ._stability import stability

__all__ = [
    "CRITERIA",
    "Choice",
    "ClusterResult",
    "Method",
    "auto",
    "choose_n_domains",
    "cluster",
    "kmeans",
    "leiden",
    "match_labels",
    "mclust",
    "mixture",
    "refine",
    "stability",
]

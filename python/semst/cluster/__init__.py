"""Embeddings in, spatial domains out."""

from ._choose import CRITERIA, Choice, choose_n_domains
from ._dispatch import CLUSTERERS, Clusterer, auto, available, cluster, get
from ._domain_mixture import DomainMixture
from ._kmeans import kmeans
from ._leiden import leiden
from ._match import match_labels
from ._mclust import mclust
from ._mixture import mixture
from ._r_session import R_CODE, called_from
from ._refine import keep_every_domain, refine, spare_narrow_domains
from ._result import ClusterResult
from ._stability import stability
from ._starts import N_STARTS
from ._tree import DomainTree, domain_tree

__all__ = [
    "CLUSTERERS",
    "CRITERIA",
    "N_STARTS",
    "R_CODE",
    "Choice",
    "ClusterResult",
    "Clusterer",
    "DomainMixture",
    "DomainTree",
    "auto",
    "available",
    "called_from",
    "choose_n_domains",
    "cluster",
    "domain_tree",
    "get",
    "keep_every_domain",
    "kmeans",
    "leiden",
    "match_labels",
    "mclust",
    "mixture",
    "refine",
    "spare_narrow_domains",
    "stability",
]

"""Embeddings in, spatial domains out."""

from ._choose import CRITERIA as CRITERIA
from ._choose import Choice, choose_n_domains
from ._dispatch import CLUSTERERS as CLUSTERERS
from ._dispatch import Clusterer, available, cluster, get
from ._dispatch import auto as auto
from ._domain_mixture import DomainMixture
from ._kmeans import kmeans
from ._leiden import leiden
from ._match import match_labels
from ._mclust import mclust
from ._mixture import mixture
from ._r_session import R_CODE as R_CODE
from ._r_session import called_from as called_from
from ._refine import (
    keep_every_domain as keep_every_domain,
)
from ._refine import (
    refine,
)
from ._refine import (
    spare_narrow_domains as spare_narrow_domains,
)
from ._result import ClusterResult
from ._stability import stability
from ._starts import N_STARTS as N_STARTS
from ._tree import DomainTree, domain_tree

__all__ = [
    "Choice",
    "ClusterResult",
    "Clusterer",
    "DomainMixture",
    "DomainTree",
    "available",
    "choose_n_domains",
    "cluster",
    "domain_tree",
    "get",
    "kmeans",
    "leiden",
    "match_labels",
    "mclust",
    "mixture",
    "refine",
    "stability",
]

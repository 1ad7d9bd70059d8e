"""AnnData in, AnnData out."""

from ._align import align
from ._choose import choose_n_domains
from ._cluster import cluster, refine
from ._effect_words import semantic_effect_lines
from ._estimator import Estimator, SemST
from ._explain import explain, explain_lines
from ._harmony import harmony
    "name_domains",

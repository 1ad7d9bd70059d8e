"""Pictures: domains on tissue, beside annotation or explained, conditions, curves, one page of all."""

from ._choose import choose_n_domains
from ._compare import compare
from ._contacts import contacts
from ._domains import domains
from ._explain import explain
from ._history import history
from ._markers import markers
from ._palette import palette
from ._proportions import proportions
from ._report import report
from ._semantic_umap import semantic_umap
from ._tree import tree
from ._uncertainty import uncertainty

__all__ = [
    "choose_n_domains",
    "compare",
    "contacts",
    "domains",
    "explain",
    "history",
    "markers",
    "palette",
    "proportions",
    "report",
    "semantic_umap",
    "tree",
    "uncertainty",
]

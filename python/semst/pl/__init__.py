"""Pictures: domains on tissue, side by side with annotation, semantic UMAP, training curves."""

from ._choose import choose_n_domains
from ._compare import compare
from ._domains import domains
from ._history import history
from ._palette import palette
from ._semantic_umap import semantic_umap
from ._uncertainty import uncertainty

__all__ = ["choose_n_domains", "compare", "domains", "history", "palette", "semantic_umap", "uncertainty"]

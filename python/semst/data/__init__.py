"""A slice, as every model takes it: counts, genes, positions and what else is known of its spots."""

from ._join import Slices, join_slices
from ._join import named_slices as named_slices
from ._join import rows_of as rows_of
from ._kinds import which_are_genes as which_are_genes
from ._panel import Panel
from ._read import SliceKeys, read_slice
from ._slice import Slice
from ._slice import spread as spread
from ._slice import spread_graph as spread_graph

__all__ = [
    "Panel",
    "Slice",
    "SliceKeys",
    "Slices",
    "join_slices",
    "read_slice",
]

"""A slice, as every model takes it: counts, genes, positions and what else is known of its spots."""

from ._join import Slices, join_slices, named_slices, rows_of
from ._kinds import which_are_genes
from ._panel import Panel
from ._read import SliceKeys, read_slice
from ._slice import Slice, spread, spread_graph

__all__ = [
    "Panel",
    "Slice",
    "SliceKeys",
    "Slices",
    "join_slices",
    "named_slices",
    "read_slice",
    "rows_of",
    "spread",
    "spread_graph",
    "which_are_genes",
]

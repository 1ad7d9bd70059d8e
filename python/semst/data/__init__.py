"""A slice, as every model takes it: counts, genes, positions and what else is known of its spots."""

from ._panel import Panel
from ._read import SliceKeys, read_slice
from ._slice import Slice, spread

__all__ = ["Panel", "Slice", "SliceKeys", "read_slice", "spread"]

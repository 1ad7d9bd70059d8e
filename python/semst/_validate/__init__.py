"""Checks of the input. Every error says what was found, what is accepted and how to mend it."""

from ._axes import in_order
from ._coordinates import check_coordinates, get_coordinates
from ._counts import check_counts, get_counts
from ._general import check_random_state, check_whole, require_key
from ._labels import get_labels
from ._names import (
    ENSEMBL,
    SYMBOL_COLUMNS,
    check_gene_symbols,
    check_unique_names,
    find_symbols,
    has_mangled_names,
)
from ._numbers import check_n_domains, check_n_neighs
from ._stored import StoredCounts, open_counts
from ._symbols import bare_name, bare_names, control_probes

__all__ = [
    "ENSEMBL",
    "SYMBOL_COLUMNS",
    "StoredCounts",
    "bare_name",
    "bare_names",
    "check_coordinates",
    "check_counts",
    "check_gene_symbols",
    "check_n_domains",
    "check_n_neighs",
    "check_random_state",
    "check_unique_names",
    "check_whole",
    "control_probes",
    "find_symbols",
    "get_coordinates",
    "get_counts",
    "get_labels",
    "has_mangled_names",
    "in_order",
    "open_counts",
    "require_key",
]

"""Samples of two conditions held against each other: which domains take more of the tissue, which touch."""

from ._adjust import benjamini_hochberg
from ._composition import centred_log_ratios
from ._conditions import choose_groups, conditions_of
from ._contacts import Contacts, compare_contacts
from ._effects import difference_table
from ._permutation import difference_p, distance_p, smallest_p
from ._proportions import Proportions, compare_proportions

__all__ = [
    "Contacts",
    "Proportions",
    "benjamini_hochberg",
    "centred_log_ratios",
    "choose_groups",
    "compare_contacts",
    "compare_proportions",
    "conditions_of",
    "difference_p",
    "difference_table",
    "distance_p",
    "smallest_p",
]

"""Samples of two conditions held against each other: which domains take more of the tissue, which touch."""

from ._adjust import benjamini_hochberg as benjamini_hochberg
from ._composition import centred_log_ratios as centred_log_ratios
from ._conditions import choose_groups as choose_groups
from ._conditions import conditions_of as conditions_of
from ._contacts import Contacts, compare_contacts
from ._effects import difference_table as difference_table
from ._permutation import difference_p as difference_p
from ._permutation import distance_p as distance_p
from ._permutation import smallest_p as smallest_p
from ._proportions import Proportions, compare_proportions

__all__ = [
    "Contacts",
    "Proportions",
    "compare_contacts",
    "compare_proportions",
]

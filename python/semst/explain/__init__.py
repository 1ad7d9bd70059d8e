"""What marks a domain: genes that are higher there, and what is known of them."""

from ._explain import Explanation, explain
from ._go import gene_ontology
from ._markers import find_markers
from ._match import Matching, match_profiles
from ._profiles import Profile, profile
from ._regions import random_regions as random_regions
from ._resolve import gene_sets
from ._sets import GeneSets
from ._sets import MeasuredSets as MeasuredSets
from ._terms import enrichment

__all__ = [
    "Explanation",
    "GeneSets",
    "Matching",
    "Profile",
    "enrichment",
    "explain",
    "find_markers",
    "gene_ontology",
    "gene_sets",
    "match_profiles",
    "profile",
]

"""What marks a domain: genes that are higher there, and what is known of them."""

from ._explain import Explanation, explain
from ._go import gene_ontology
from ._markers import find_markers
from ._regions import random_regions
from ._resolve import gene_sets
from ._sets import GeneSets, MeasuredSets
from ._terms import enrichment

__all__ = [
    "Explanation",
    "GeneSets",
    "MeasuredSets",
    "enrichment",
    "explain",
    "find_markers",
    "gene_ontology",
    "gene_sets",
    "random_regions",
]

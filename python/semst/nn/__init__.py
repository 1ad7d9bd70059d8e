"""Torch modules and losses; none of them has heard of AnnData."""

from ._attention import Edges
from ._design import DesignMatrix
from ._disentangle import shared_information
from ._edge_products import edge_products
from ._fsm import FSM
from ._fusion import (
    FUSIONS,
    AddFusion,
    ConcatFusion,
    CrossAttentionFusion,
    NoFusion,
    without_semantics,
)
from ._gat import NeighbourAttention
from ._gcn import GCN
from ._gram import gram_difference
from ._infonce import info_nce
from ._min_cut import min_cut, partition_balance
from ._negatives import sample_negatives
from ._neighbour_contrast import neighbour_contrast
from ._regularisers import (
    correlation_from_sums,
    correlation_reduction,
    spatial_from_sums,
    spatial_regularisation,
)
from ._sparse import CountBlock, Propagation, csr_to_torch
from ._structure import cosine_structure, sigmoid_structure
from ._targets import Targets
from ._zinb import ZINBDecoder, zinb_nll
from ._zinb_heads import ZINBHeads

__all__ = [
    "FUSIONS",
    "AddFusion",
    "ConcatFusion",
    "CountBlock",
    "CrossAttentionFusion",
    "DesignMatrix",
    "Edges",
    "FSM",
    "GCN",
    "NeighbourAttention",
    "NoFusion",
    "Propagation",
    "Targets",
    "ZINBDecoder",
    "ZINBHeads",
    "correlation_from_sums",
    "correlation_reduction",
    "cosine_structure",
    "csr_to_torch",
    "edge_products",
    "gram_difference",
    "info_nce",
    "min_cut",
    "neighbour_contrast",
    "partition_balance",
    "sample_negatives",
    "shared_information",
    "sigmoid_structure",
    "spatial_from_sums",
    "spatial_regularisation",
    "without_semantics",
    "zinb_nll",
]

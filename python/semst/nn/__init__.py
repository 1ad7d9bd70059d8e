"""Torch modules and losses; none of them has heard of AnnData."""

from ._attention import Edges
from ._design import DesignMatrix as DesignMatrix
from ._disentangle import shared_information as shared_information
from ._edge_products import edge_products as edge_products
from ._fsm import FSM
from ._fusion import (
    FUSIONS,
    AddFusion,
    ConcatFusion,
    CrossAttentionFusion,
    NoFusion,
)
from ._fusion import (
    without_semantics as without_semantics,
)
from ._gat import NeighbourAttention
from ._gcn import GCN
from ._gram import gram_difference
from ._infonce import info_nce
from ._min_cut import min_cut
from ._min_cut import partition_balance as partition_balance
from ._negatives import sample_negatives as sample_negatives
from ._neighbour_contrast import neighbour_contrast as neighbour_contrast
from ._regularisers import (
    correlation_from_sums as correlation_from_sums,
)
from ._regularisers import (
    correlation_reduction,
    spatial_regularisation,
)
from ._regularisers import (
    spatial_from_sums as spatial_from_sums,
)
from ._sparse import CountBlock as CountBlock
from ._sparse import Propagation
from ._sparse import csr_to_torch as csr_to_torch
from ._structure import cosine_structure as cosine_structure
from ._structure import sigmoid_structure as sigmoid_structure
from ._targets import Targets
from ._zinb import ZINBDecoder, zinb_nll
from ._zinb_heads import ZINBHeads

__all__ = [
    "FUSIONS",
    "AddFusion",
    "ConcatFusion",
    "CrossAttentionFusion",
    "Edges",
    "FSM",
    "GCN",
    "NeighbourAttention",
    "NoFusion",
    "Propagation",
    "Targets",
    "ZINBDecoder",
    "ZINBHeads",
    "correlation_reduction",
    "gram_difference",
    "info_nce",
    "min_cut",
    "spatial_regularisation",
    "zinb_nll",
]

"""Torch modules and losses; none of them has heard of AnnData."""

from ._attention import Edges
from ._design import DesignMatrix
from ._fsm import FSM
from ._fusion import FUSIONS, AddFusion, ConcatFusion, CrossAttentionFusion, NoFusion
from ._gat import NeighbourAttention
from ._gcn import GCN
from ._gram import gram_difference
from ._infonce import info_nce
from ._neighbour_contrast import neighbour_contrast
from ._regularisers import correlation_reduction, spatial_regularisation
from ._sparse import CountBlock, Propagation, csr_to_torch
from ._strangers import draw_strangers
from ._targets import Targets
from ._zinb import ZINBDecoder, zinb_nll
from ._zinb_heads import ZINBHeads

__all__ = [
    "FSM",
    "FUSIONS",
    "GCN",
    "AddFusion",
    "ConcatFusion",
    "CountBlock",
    "CrossAttentionFusion",
    "DesignMatrix",
    "Edges",
    "NeighbourAttention",
    "NoFusion",
    "Propagation",
    "Targets",
    "ZINBDecoder",
    "ZINBHeads",
    "correlation_reduction",
    "csr_to_torch",
    "draw_strangers",
    "gram_difference",
    "info_nce",
    "neighbour_contrast",
    "spatial_regularisation",
    "zinb_nll",
]

"""Published models on sparse graphs, each with a place for FSM."""

from .dusted import DUSTED
from .gaaest import GAAEST
from .graphst import GraphST
from .mafn import MAFN
from .sedr import SEDR
from .spatial_mgcn import SpatialMGCN
from .stagate import STAGATE
from .staig import STAIG
from .stdcl import STDCL

__all__ = ["DUSTED", "GAAEST", "MAFN", "SEDR", "STAGATE", "STAIG", "STDCL", "GraphST", "SpatialMGCN"]

"""Published models on sparse graphs, each with a place for FSM."""

from semst._errors import SemSTError
from semst.models._contract import Backbone
from semst.models.semanticst import SemanticST

from .dusted import DUSTED
from .gaaest import GAAEST
from .graphst import GraphST
from .mafn import MAFN
from .sedr import SEDR
from .spatial_mgcn import SpatialMGCN
from .stagate import STAGATE
from .staig import STAIG
from .stdcl import STDCL

# One line adds a model; the name is what users type.
BACKBONES: dict[str, type[Backbone]] = {
    "graphst": GraphST,
    "stagate": STAGATE,
    "gaaest": GAAEST,
    "dusted": DUSTED,
    "mafn": MAFN,
    "spatial-mgcn": SpatialMGCN,
    "sedr": SEDR,
    "staig": STAIG,
    "stdcl": STDCL,
    "semanticst": SemanticST,
}


def available() -> list[str]:
    """Return the names of all backbones.

    Examples
    --------
    >>> "graphst" in available()
    True
    """
    return list(BACKBONES)


def get(name: str) -> type[Backbone]:
    """Return a backbone by its name.

    Raises
    ------
    SemSTError
        If there is none of that name.

    Examples
    --------
    >>> get("stagate").reference
    'Dong and Zhang (2022) Nature Communications 13:1739'
    """
    if name not in BACKBONES:
        raise SemSTError(f"There is no model {name!r}. There are: {', '.join(BACKBONES)}.")
    return BACKBONES[name]


__all__ = ["BACKBONES", "available", "get"]

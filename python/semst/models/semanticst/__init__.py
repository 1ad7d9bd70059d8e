"""SemanticST: several context graphs, an embedding each, fused spot by spot."""

from ._config import SemanticSTConfig
from ._network import SemanticST, SemanticSTInputs

__all__ = ["SemanticST", "SemanticSTConfig", "SemanticSTInputs"]

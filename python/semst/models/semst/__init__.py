"""SemST: two views of the tissue, modulated by the meaning of genes, trained to explain the counts."""

from ._config import SemSTConfig
from ._inputs import SemSTInputs
from ._model import SemST
from ._network import TwoViewNetwork

__all__ = ["SemST", "SemSTConfig", "SemSTInputs", "TwoViewNetwork"]

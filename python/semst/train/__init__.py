"""Training on one device or several: tensors in, tensors out."""

from ._loop import History, make_fabric, train
from ._ranks import Ranks

__all__ = ["History", "Ranks", "make_fabric", "train"]

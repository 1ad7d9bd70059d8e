"""Training on one device or several: tensors in, tensors out."""

from ._compute import Compute
from ._loop import History, train
from ._random import seed
from ._repeatable import repeatable

__all__ = [
    "Compute",
    "History",
    "repeatable",
    "seed",
    "train",
]

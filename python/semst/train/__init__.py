"""Training on one device or several: tensors in, tensors out."""

from ._compute import Compute, Precision
from ._fabric import make_fabric
from ._group import in_group, is_first, run_group
from ._loop import History, train
from ._random import seed
from ._ranks import Ranks
from ._repeatable import repeatable

__all__ = [
    "Compute",
    "History",
    "Precision",
    "Ranks",
    "in_group",
    "is_first",
    "make_fabric",
    "repeatable",
    "run_group",
    "seed",
    "train",
]

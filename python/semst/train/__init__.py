"""Training on one device or several: tensors in, tensors out."""

from semst.distributed import Group as Ranks
from semst.distributed import Precision, in_group, is_first, make_fabric

from ._loop import History, train
from ._random import seed
from ._repeatable import repeatable

__all__ = [
    "History",
    "Precision",
    "Ranks",
    "in_group",
    "is_first",
    "make_fabric",
    "repeatable",
    "seed",
    "train",
]

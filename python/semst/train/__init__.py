"""Training on one device or several: tensors in, tensors out."""

from ._fabric import Precision, make_fabric
from ._group import in_group, is_first, run_group
from ._loop import History, train
from ._random import seed
from ._ranks import Ranks
from ._repeatable import repeatable

__all__ = [
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

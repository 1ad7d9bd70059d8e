"""Training on one device: tensors in, tensors out."""

from ._loop import History, make_fabric, train

__all__ = ["History", "make_fabric", "train"]

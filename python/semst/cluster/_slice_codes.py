"""Slices as numbers."""

from typing import Any

import numpy as np

from semst._errors import SemSTError
from semst.metrics import codes


def slice_codes(samples: Any, order: np.ndarray) -> np.ndarray | None:
    """Number of the slice, 0, 1, ..., of the spots in ``order``; ``None`` where all are of one slice.

    Examples
    --------
    >>> slice_codes(["b", "a", "b"], np.array([1, 0, 2])).tolist(), slice_codes(["a", "a"], np.arange(2))
    ([0, 1, 1], None)
    """
    if samples is None:
        return None
    number, names = codes(samples)
    if len(number) != len(order) or (number < 0).any():
        missing = f", {int((number < 0).sum())} of them missing" if (number < 0).any() else ""
        raise SemSTError(
            f"samples holds {len(number)} values{missing}, for {len(order)} spots. Give the slice of every "
            "spot, or None for one slice."
        )
    return None if len(names) == 1 else number[order]

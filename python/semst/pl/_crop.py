"""The window of a picture that shows a part of the tissue."""

from collections.abc import Sequence

import numpy as np

from semst import _words
from semst._errors import SemSTError

Window = tuple[float, float, float, float]  # left, right, top, bottom, y pointing down


def check_window(crop_coord: Sequence[float] | None) -> Window | None:
    """Make sure that a window has four ends, in their order.

    Raises
    ------
    SemSTError
        If there are not four finite numbers, or a side has no length.

    Examples
    --------
    >>> check_window((0, 100, 50, 200))
    (0.0, 100.0, 50.0, 200.0)
    """
    if crop_coord is None:
        return None
    try:
        ends = [float(end) for end in crop_coord]
    except (TypeError, ValueError):
        ends = []
    if len(ends) != 4 or not np.isfinite(ends).all():
        raise SemSTError(
            f"{_words.name('crop_coord')} is {crop_coord!r}. Four numbers are needed, in the units of the "
            "coordinates: (x_min, x_max, y_min, y_max)."
        )
    left, right, top, bottom = ends
    if left >= right or top >= bottom:
        raise SemSTError(
            f"{_words.name('crop_coord')} {(left, right, top, bottom)} holds nothing: it is (x_min, x_max, "
            "y_min, y_max), and each minimum must be below its maximum."
        )
    return left, right, top, bottom


def inside(xy: np.ndarray, window: Window, *, rim: float = 0.0) -> np.ndarray:
    """Mask of the places in a window, or not farther than ``rim`` outside of it."""
    left, right, top, bottom = window
    x, y = xy.T
    return (x >= left - rim) & (x <= right + rim) & (y >= top - rim) & (y <= bottom + rim)

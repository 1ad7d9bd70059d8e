"""Slices that lie in the same coordinates without being told apart."""

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from semst import _words
from semst._log import logger
from semst._slice_names import is_slice_like

MOST_SHARED = 0.3  # of the spots at a position that is taken more than once; by chance it is far fewer
MOST_MIXED = 0.2  # of the spots whose nearest one is of another slice; side by side, only a border's are
MOST_LEVELS = 1_000


def warn_of_overlap(coordinates: np.ndarray, obs: pd.DataFrame) -> None:
    """Warn where several slices lie on top of each other, and name the columns that tell them apart.

    They do where many positions are taken more than once, and where spots lie among those of another slice by
    a column whose name is one for slices.

    Parameters
    ----------
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    obs
        Columns of the spots.

    Examples
    --------
    >>> apart = pd.DataFrame({"slice": ["a", "a", "b", "b"]})
    >>> warn_of_overlap(np.array([[0.0, 0], [0, 1], [9, 0], [9, 1]]), apart)
    """
    if len(coordinates) < 2:
        return
    place = np.unique(coordinates, axis=0, return_inverse=True)[1].ravel()
    shared = float((np.bincount(place)[place] > 1).mean())
    if shared > MOST_SHARED:
        columns = [name for name in obs if _tells_apart(obs[name], place)]
        found = f"{100 * shared:.0f} % of the spots share their position with another one"
    else:
        nearest = None
        columns = []
        for name in obs:
            if not is_slice_like(name) or not (codes := _levels(obs[name])).size:
                continue
            nearest = KDTree(coordinates).query(coordinates, k=2)[1][:, 1] if nearest is None else nearest
            if (codes != codes[nearest]).mean() > MOST_MIXED:
                columns.append(name)
        if not columns:
            return
        found = f"spots of different {columns[0]!r} lie among each other"
    if columns:
        told = " or ".join(_words.given("sample_key", str(name)) for name in columns[:3])
        advice = f"Tell them apart with {told}"
    else:
        advice = f"No obs column tells them apart: add one and name it with {_words.name('sample_key')}"
    logger.warning(
        f"{found}: several slices seem to lie in the same coordinates, and their spots are taken for "
        f"neighbours. {advice}."
    )


def _levels(column: pd.Series) -> np.ndarray:
    """Codes of a column that could tell slices apart, shape (n,); else empty."""
    if pd.api.types.is_float_dtype(column.dtype):
        return np.empty(0, dtype=int)
    codes, names = pd.factorize(column)
    return codes if 2 <= len(names) <= min(MOST_LEVELS, len(column) // 2) else np.empty(0, dtype=int)


def _tells_apart(column: pd.Series, place: np.ndarray) -> bool:
    """Whether no two spots at one position have the same value."""
    codes = _levels(column)
    return bool(codes.size) and not pd.DataFrame({"place": place, "level": codes}).duplicated().any()

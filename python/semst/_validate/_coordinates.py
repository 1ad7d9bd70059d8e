"""Coordinates of the spots."""

import re
from typing import Any

import numpy as np
from anndata import AnnData

from semst import _keys, _words
from semst._errors import MissingKeyError, SemSTError

from ._axes import PLATFORMS, axes, in_order
from ._general import _some

_LARGEST = 1e30  # squares of distances stay within single precision's range


def check_coordinates(coordinates: Any, *, where: str) -> np.ndarray:
    """Make sure that coordinates are usable.

    Parameters
    ----------
    coordinates
        One row per spot, 2 or 3 columns; array, list or data frame. Columns of a data frame are taken by
        their names where these tell x from y (``y``, ``x``; ``pxl_row_in_fullres``, ``pxl_col_in_fullres``).
    where
        How the user knows them, e.g. ``'adata.obsm["spatial"]'``.

    Returns
    -------
    New float64 array (n, 2) or (n, 3).

    Raises
    ------
    SemSTError
        If the shape is wrong, a value is no finite number or beyond any unit, or all spots lie on one point.

    Examples
    --------
    >>> check_coordinates([[0, 0], [100, 0]], where="coordinates").shape
    (2, 2)
    """
    try:
        xy = np.array(in_order(coordinates), dtype=np.float64)
    except (TypeError, ValueError):
        raise SemSTError(
            f"{where} cannot be read as numbers. Accepted: one row per spot with 2 or 3 numbers (x, y[, z])."
        ) from None
    if xy.ndim != 2 or xy.shape[1] not in (2, 3):
        raise SemSTError(
            f"{where} has the shape {xy.shape}. Accepted: one row per spot and 2 or 3 columns (x, y[, z])."
        )
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if bad.size:
        raise SemSTError(
            f"{where} is NaN or infinite for {bad.size} of {len(xy)} spots (rows {_some(bad.tolist())}). "
            "Every spot needs a place: drop these spots, or fill in their coordinates."
        )
    largest = float(np.abs(xy).max(initial=0))
    if largest > _LARGEST or 0 < largest < 1 / _LARGEST:
        raise SemSTError(
            f"{where} has {largest:g} as its largest number, which no unit of length explains, and distances "
            "cannot be computed from. Read the coordinates again."
        )
    if len(xy) > 1 and (xy == xy[0]).all():
        raise SemSTError(
            f"{where} is the same point for all {len(xy)} spots ({', '.join(f'{v:g}' for v in xy[0])}). "
            "Spatial neighbours need real positions: read the coordinates again."
        )
    return xy


def get_coordinates(adata: AnnData, *, spatial_key: str = _keys.SPATIAL) -> np.ndarray:
    """Read the coordinates out of an ``AnnData`` and check them.

    Parameters
    ----------
    adata
        Data with coordinates in ``obsm``, as array or data frame (see :func:`check_coordinates`). Not
        changed.
    spatial_key
        Name of the slot in ``adata.obsm``.

    Returns
    -------
    New float64 array (n_spots, 2) or (n_spots, 3).

    Raises
    ------
    MissingKeyError
        If there is no such slot; the message lists those that exist.
    SemSTError
        If the coordinates are unusable (see :func:`check_coordinates`).

    Examples
    --------
    >>> get_coordinates(AnnData(np.ones((2, 1)), obsm={"spatial": np.array([[0, 0], [0, 1]])})).dtype.name
    'float64'
    """
    if spatial_key not in adata.obsm:
        there = ", ".join(f'"{name}"' for name in adata.obsm) or "nothing"
        hint = _from_columns(adata, spatial_key) or _from_slots(adata) or _in_general(spatial_key)
        raise MissingKeyError(
            f'No coordinates: {_words.slot("obsm")} has no "{spatial_key}". It has: {there}. {hint}'
        )
    return check_coordinates(adata.obsm[spatial_key], where=_words.slot("obsm", spatial_key))


def _from_columns(adata: AnnData, spatial_key: str) -> str:
    columns = axes(adata.obs.columns)
    if columns is None:
        return ""
    each = [_words.slot("obs", name) for name in columns]
    listed = ", ".join(f'"{name}"' for name in columns)
    mend = _words.in_python(
        f'adata.obsm["{spatial_key}"] = adata.obs[[{listed}]].to_numpy()',
        f'put them into obsm["{spatial_key}"] of the file, a row a spot',
    )
    return f"If {', '.join(each[:-1])} and {each[-1]} are meant: {mend}."


def _from_slots(adata: AnnData) -> str:
    likely = [name for name in adata.obsm if re.search(r"spatial|coord|centroid|_xy", name, re.IGNORECASE)]
    if not likely:
        return ""
    return f"Put them into that slot, or name another one: {_words.given('spatial_key', likely[0])}."


def _in_general(spatial_key: str) -> str:
    listed = ", ".join(f"{x} and {y} ({platform})" for platform, (x, y) in PLATFORMS.items())
    return (
        f"Put them into {_words.slot('obsm', spatial_key)}, or name another slot "
        f"({_words.given('spatial_key')}). Tables of "
        f"spots or cells have them in the columns {listed}."
    )

"""How many micrometres a unit of the coordinates is, where the data say so."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy.spatial import KDTree

from semst import _keys, _words
from semst._errors import SemSTError

from ._library import Library, positive, scale_factors

_PITCH = 100.0  # micrometres from the middle of a spot of Visium to the next, on a hexagonal grid
_COLUMN, _ROW = _PITCH / 2, _PITCH * np.sqrt(3) / 2  # steps of array_col and array_row there
_OFF = 0.1  # of the pitch: places that are farther from the grid than this are not on it
_DIAMETER = (0.53, 0.73)  # of a spot in scale factors of Visium, over the pitch (55 to 65 micrometres, or so)
_MICROMETRES = (("x_centroid", "y_centroid"), ("center_x", "center_y"))  # of Xenium, of MERSCOPE


def check_unit(scalebar_dx: float | None) -> float | None:
    """Make sure that micrometres in a unit are a number above zero."""
    if scalebar_dx is None or positive(scalebar_dx) is not None:
        return positive(scalebar_dx)
    raise SemSTError(
        f"{_words.name('scalebar_dx')} is {scalebar_dx!r}. A positive number is needed: micrometres in a "
        "unit of the coordinates, e.g. 1 where they are micrometres. For a picture without a bar: "
        f"{_words.given('scale_bar', False)}."
    )


def micrometres(
    adata: AnnData, rows: np.ndarray, xy: np.ndarray, *, library: Library | None, spatial_key: str
) -> float | None:
    """Micrometres in a unit of the coordinates of some spots; ``None`` where nothing says it.

    Read from the note of :func:`semst.io.read`, ``uns["spatial_unit"]``; the scale factors of Visium HD;
    from the grid of Visium, whose spots are 100 micrometres apart; and from coordinates that are those of
    columns whose maker gives them in micrometres (Xenium, MERSCOPE). ``xy`` (n, 2) are the places of ``rows``
    in ``adata``.
    """
    if spatial_key == _keys.SPATIAL and adata.uns.get(_keys.UNIT) == _keys.MICROMETRE:
        return 1.0
    return next(_found(adata.obs.iloc[rows], xy, library if spatial_key == _keys.SPATIAL else None), None)


def _found(obs: pd.DataFrame, xy: np.ndarray, library: Library | None) -> Iterator[float]:
    factors = scale_factors(library)
    diameter = positive(factors.get("spot_diameter_fullres"))
    if pixel := positive(factors.get("microns_per_pixel")):
        yield pixel
    if diameter and (side := positive(factors.get("bin_size_um"))):
        yield side / diameter
    if len(xy) < 3:
        return
    if step := _pitch_of_grid(obs, xy):
        yield _PITCH / step
    if diameter and (step := _pitch_of_hexagons(xy, diameter)):
        yield _PITCH / step
    if any(_are_columns(obs, xy, names) for names in _MICROMETRES):
        yield 1.0


def _pitch_of_grid(obs: pd.DataFrame, xy: np.ndarray) -> float | None:
    """Distance of neighbours on the grid that Space Ranger numbers, if the places are on it.

    Rows of a hexagonal grid are shifted, so that ``array_row + array_col`` is even; squares have no such
    rule.
    """
    number = _numbers(obs, ("array_row", "array_col"))
    if number is None or not np.isfinite(number).all() or (number.sum(axis=1) % 2 != 0).any():
        return None
    on_slide = number * [_ROW, _COLUMN]
    on_slide -= on_slide.mean(axis=0)
    places = xy - xy.mean(axis=0)
    turned, _, rank, _ = np.linalg.lstsq(on_slide, places, rcond=None)
    sizes = np.linalg.svd(turned, compute_uv=False)  # units in a micrometre, along two axes
    step = _PITCH * float(sizes.mean())
    if rank < 2 or sizes[1] < (1 - _OFF) * sizes[0]:
        return None
    off = np.linalg.norm(places - on_slide @ turned, axis=1)
    return step if np.median(off) < _OFF * step else None


def _pitch_of_hexagons(xy: np.ndarray, diameter: float) -> float | None:
    """Distance of neighbours, where most spots have six at it and are as wide as those of Visium."""
    if len(xy) < 7:
        return None
    apart = KDTree(xy).query(xy, k=7)[0][:, 1:]
    step = float(np.median(apart[:, 0]))
    whole = (np.abs(apart - step) < _OFF * step).all(axis=1)
    is_visium = step > 0 and whole.mean() > 0.5 and _DIAMETER[0] < diameter / step < _DIAMETER[1]
    return step if is_visium else None


def _are_columns(obs: pd.DataFrame, xy: np.ndarray, names: tuple[str, str]) -> bool:
    """Whether the coordinates are those of two columns."""
    held = _numbers(obs, names)
    return held is not None and bool(np.allclose(held, xy, rtol=1e-5, atol=1e-3))


def _numbers(obs: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray | None:
    """Columns as numbers, shape (n, n_names), NaN for all else; ``None`` where one is missing."""
    if not set(names) <= set(obs):
        return None
    return obs[list(names)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)

"""What pictures of tissue show: the slices of an object, and of each a window, an image and a unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import get_coordinates, require_key

from ._crop import Window, check_window, inside
from ._image import TissueImage, image_of
from ._labels import slice_names
from ._library import Libraries
from ._spots import spot_spacing
from ._unit import check_unit, micrometres


@dataclass(frozen=True, eq=False)
class Tissue:
    """A slice, and what a panel shows of it.

    Attributes
    ----------
    name
        Of the slice; ``None`` where slices are not told apart.
    rows
        Its spots, as numbers of rows.
    shown
        Those of them that the panel shows.
    xy
        Places of these, shape (n_shown, 2).
    spacing
        Distance of its spots.
    window
        Where the panel ends: left, right, top, bottom.
    image
        What lies under the spots.
    um_per_unit
        Micrometres in a unit of the coordinates, where they are known.
    """

    name: str | None
    rows: np.ndarray
    shown: np.ndarray
    xy: np.ndarray
    spacing: float
    window: Window
    image: TissueImage | None
    um_per_unit: float | None

    @property
    def aspect(self) -> float:
        """Height over width, kept within what a panel can show."""
        left, right, top, bottom = self.window
        return float(np.clip((bottom - top) / (right - left), 0.2, 4))


def tissues(
    adata: AnnData,
    *,
    spatial_key: str,
    sample_key: str | None,
    img: bool,
    crop_coord: Sequence[float] | None,
    scale_bar: bool,
    scalebar_dx: float | None,
) -> list[Tissue]:
    """Find what there is to draw of every slice; slices without a spot in ``crop_coord`` are left out.

    Parameters
    ----------
    adata
        Data with coordinates; a third one is not drawn.
    spatial_key, sample_key
        Where coordinates and names of slices are; without ``sample_key`` all spots are one slice.
    img
        Whether images are wanted.
    crop_coord
        The window that panels show; all spots and a rim around them by default.
    scale_bar, scalebar_dx
        Whether a unit is asked for, and that of the user.

    Raises
    ------
    MissingKeyError
        If a column or slot is not there.
    SemSTError
        If there are no spots, or none lies in the window.
    """
    window = check_window(crop_coord)
    unit = check_unit(scalebar_dx)
    places = get_coordinates(adata, spatial_key=spatial_key)[:, :2]
    if img and spatial_key != _keys.SPATIAL and "spatial" in adata.uns:
        img = False
        logger.info(
            'no tissue image drawn: it lies in the coordinates of obsm["spatial"], not of obsm["%s"]',
            spatial_key,
        )
    libraries = Libraries(adata, tell=img)
    parts = []
    for name, rows in slices(adata, sample_key):
        xy = places[rows]
        spacing = spot_spacing(xy)
        if window is None:
            shown, frame = np.arange(len(rows)), _around(xy, spacing)
        else:
            frame = window
            if not inside(xy, window).any():
                continue
            shown = np.flatnonzero(inside(xy, window, rim=spacing))  # spots that are cut at the edge, too
        library = libraries.of(rows, sample=name)
        image = image_of(library, xy) if img and library is not None else None
        if scale_bar and unit is None:
            um = micrometres(adata, rows, xy, library=library, spatial_key=spatial_key)
        else:
            um = unit if scale_bar else None
        parts.append(Tissue(name, rows, rows[shown], xy[shown], spacing, frame, image, um))
    if not parts:
        low, high = places.min(axis=0), places.max(axis=0)
        raise SemSTError(
            f"No spot lies in {_words.name('crop_coord')} {window}, which is x_min, x_max, y_min, y_max in "
            f"the units of {_words.slot('obsm', spatial_key)}. There x goes from {low[0]:g} to {high[0]:g} "
            f"and y from {low[1]:g} to {high[1]:g}."
        )
    return parts


def shown_rows(parts: Sequence[Tissue]) -> np.ndarray:
    """Numbers of the rows that all panels together show."""
    return np.concatenate([part.shown for part in parts])


def slices(adata: AnnData, sample_key: str | None) -> Iterator[tuple[str | None, np.ndarray]]:
    """Name and row numbers of every slice; all rows, without a name, where there is no key."""
    if adata.n_obs == 0:
        raise SemSTError("There are no spots to draw: the slice has 0 rows.")
    if sample_key is None:
        yield None, np.arange(adata.n_obs)
        return
    column = require_key(adata.obs, sample_key, what=_words.slot("obs"))
    if column.isna().any():
        logger.warning(
            "%d of %d spots belong to no slice (%s is missing): not drawn",
            int(column.isna().sum()),
            len(column),
            _words.slot("obs", sample_key),
        )
    names = column.astype("string").to_numpy()
    for name in slice_names(column):
        yield name, np.flatnonzero(names == name)


def _around(xy: np.ndarray, spacing: float) -> Window:
    """All spots with a rim of one spacing."""
    low, high = xy.min(axis=0) - spacing, xy.max(axis=0) + spacing
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])

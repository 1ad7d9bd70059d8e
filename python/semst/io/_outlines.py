"""Outlines of domains: the cells of their spots, put together."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import Voronoi, cKDTree

from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional

if TYPE_CHECKING:
    from shapely import MultiPolygon

_NEAR = 1.5  # spacings: places up to here are neighbours across whose middle a cell ends
_REACH = 0.9  # spacings from a spot to the end of its cell at most; the corner of a square is at 0.71
_SAME = 1e-9  # of the tissue's width: places nearer to each other are one
_GRID = 1000  # steps of the finest grid on which borders lie, in a spacing


def domain_outlines(xy: np.ndarray, labels: pd.Categorical, *, where: str) -> dict[str, "MultiPolygon"]:
    """Outline of every domain.

    The cell of a spot is its Voronoi cell among all spots. At the rim of the tissue it ends where it would if
    the grid went on, half a spacing beyond the spot, and nowhere is it farther than 0.9 spacings from it: a
    square on a square grid, a hexagon on a hexagonal one. The spacing is the median distance between Voronoi
    neighbours. The cells of a domain are put together; what is left inside, of another domain or without
    spots, is a hole.

    Parameters
    ----------
    xy
        Shape (n_spots, 2). Of several spots at one place, which have one cell, each counts for its domain.
    labels
        Domains, shape (n_spots,). Cells of spots without one belong to none.
    where
        How the user knows the coordinates.

    Returns
    -------
    By domain, in order; without those that have no spots, and, with a warning, those whose cells are too
    small to be drawn. Coordinates are rounded to a power of ten near a thousandth of the spacing.

    Raises
    ------
    MissingDependencyError
        If shapely is not installed.
    SemSTError
        If all spots are at one place: nothing says then how large a cell is.

    Examples
    --------
    >>> xy = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    >>> found = domain_outlines(xy, pd.Categorical(["a", "a", "a", "b"]), where="xy")
    >>> {name: outline.area for name, outline in found.items()}
    {'a': 3.0, 'b': 1.0}
    """
    shapely = optional("shapely", extra="outlines", what="Drawing outlines")
    places, place_of = _places(xy)
    if len(places) < 2:
        raise SemSTError(
            f"{where}: all spots ({len(xy)}) are at one place. Outlines need two places or more: the "
            "distance between them says how large a cell is."
        )
    cells, spacing = _cells(shapely, places)
    decimals = -int(np.floor(np.log10(spacing / _GRID)))
    outlines = {}
    for code, name in enumerate(labels.categories):
        own = np.unique(place_of[labels.codes == code])
        outline = _united(shapely, cells[own], decimals)
        if not outline.is_empty:
            outlines[str(name)] = outline
        elif len(own):
            logger.warning(f"domain {name} is left out: its spots are too near to others to be outlined")
    return outlines


def _places(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places that a Voronoi diagram can tell apart, and the place of every spot."""
    finest = _SAME * max(float(np.ptp(xy, axis=0).max()), np.finfo(float).tiny)
    _, first, place_of = np.unique(
        np.round((xy - xy.min(axis=0)) / finest), axis=0, return_index=True, return_inverse=True
    )
    return np.asarray(xy, dtype=np.float64)[first], place_of.ravel()


def _cells(shapely: Any, places: np.ndarray) -> tuple[np.ndarray, float]:
    """Cell of every place, and the spacing."""
    diagram, spacing = _diagram(places)
    corners, owner = _corners(diagram, len(places))
    cells = shapely.polygons(shapely.linearrings(corners, indices=owner))
    far = np.unique(owner[_distance(corners, places[owner]) > _REACH * spacing])
    circles = shapely.buffer(shapely.points(places[far]), _REACH * spacing)
    cells[far] = shapely.intersection(cells[far], circles)
    return cells, spacing


def _diagram(places: np.ndarray) -> tuple[Voronoi, float]:
    """Voronoi diagram of the places and of those where a grid would go on beyond its rim, and the spacing."""
    diagram = _voronoi(places)
    pairs = diagram.ridge_points[(diagram.ridge_points < len(places)).all(axis=1)]
    lengths = _distance(places[pairs[:, 0]], places[pairs[:, 1]])
    spacing = float(np.median(lengths))
    corners, owner = _corners(diagram, len(places))
    rim = owner[_distance(corners, places[owner]) > _REACH * spacing]
    near = pairs[lengths < _NEAR * spacing]
    near = np.concatenate([near, near[:, ::-1]])
    near = near[np.isin(near[:, 0], rim)]
    # where the way to a neighbour, taken in the other direction, leads out of the tissue, the cell ends as
    # far away as on this side
    beyond = 2 * places[near[:, 0]] - places[near[:, 1]]
    beyond = beyond[cKDTree(places).query(beyond)[0] > _REACH * spacing]
    return _voronoi(np.concatenate([places, beyond])), spacing


def _voronoi(places: np.ndarray) -> Voronoi:
    """Voronoi diagram in which every place has a cell that ends, wherever they lie."""
    low, high = places.min(axis=0), places.max(axis=0)
    middle, size = (low + high) / 2, (high - low).max()
    far = middle + 20 * size * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    return Voronoi(np.concatenate([places, far]))


def _corners(diagram: Voronoi, n_places: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the cells of the first places, around each, and whose they are."""
    regions = [diagram.regions[region] for region in diagram.point_region[:n_places]]
    owner = np.repeat(np.arange(n_places), [len(region) for region in regions])
    corners = diagram.vertices[np.concatenate(regions)]
    away = corners - diagram.points[owner]
    around = np.lexsort((np.arctan2(away[:, 1], away[:, 0]), owner))
    return corners[around], owner


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a - b, axis=1)


def _united(shapely: Any, cells: np.ndarray, decimals: int) -> "MultiPolygon":
    """One outline of many cells, its points on a grid, without those along straight lines.

    Only the whole is put on the grid: rounded one by one, cells would leave slits between them. They are put
    together on a much finer one: without any, GEOS loses cells now and then whose corners differ in the last
    digit only.
    """
    grid = 10.0**-decimals
    outline = shapely.set_precision(shapely.union_all(cells, grid_size=grid / 1000), grid)
    outline = shapely.simplify(outline, grid / 2)
    parts = shapely.get_parts(shapely.transform(outline, lambda points: np.round(points, decimals) + 0.0))
    return shapely.normalize(shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"]))

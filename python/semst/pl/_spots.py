"""Spots as circles in the units of their coordinates: right at every size of the axes, whatever the unit."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from scipy.spatial import cKDTree

RASTERISE_ABOVE = 10_000  # more circles than this make a vector file slow to open
_NEAREST = 3


def spot_spacing(xy: np.ndarray) -> float:
    """Median distance to the nearest other places, in data units.

    On a grid the nearest places are all equally far. Scattered cells have one that is close by chance; the
    mean over a few of them is nearer to the room that a cell has.
    """
    places = np.unique(xy, axis=0)
    if len(places) < 2:
        return 1.0
    distances = cKDTree(places).query(places, k=min(_NEAREST, len(places) - 1) + 1)[0][:, 1:]
    return float(np.median(distances.mean(axis=1)))


def draw_spots(
    ax: Axes,
    xy: np.ndarray,
    *,
    diameter: float,
    colors: list[str] | np.ndarray | None = None,
    values: np.ndarray | None = None,
) -> EllipseCollection:
    """Add one circle per spot, by colour or by value; ``diameter`` is in data units."""
    colouring = {"array": values} if colors is None else {"facecolors": colors}
    spots = EllipseCollection(
        [diameter],
        [diameter],
        [0],
        units="x",
        offsets=xy,
        offset_transform=ax.transData,
        **colouring,
        linewidths=0,
        rasterized=len(xy) > RASTERISE_ABOVE,
    )
    ax.add_collection(spots, autolim=False)
    return spots


def frame_tissue(ax: Axes, window: tuple[float, float, float, float]) -> None:
    """Show a window (left, right, top, bottom), equal units on both axes, y downwards as in an image."""
    left, right, top, bottom = window
    ax.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    ax.set_aspect("equal")
    for side in ax.spines.values():
        side.set_visible(False)

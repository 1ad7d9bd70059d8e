"""The radius that gives a wanted number of neighbours, found from the coordinates."""

from typing import Any

import numpy as np
from scipy.spatial import KDTree

from semst._validate import check_coordinates, check_n_neighs

# Distances that differ by more than this (relative) belong to different rings of a lattice: pixel rounding
# spreads one ring of a Visium slide over less than 1 %, and the closest rings in use are 4 % apart.
RING_GAP = 0.02
RING_WIDTH = 0.10


def find_radius(coordinates: Any, *, n_neighs: int = 12) -> float:
    """Find the radius within which a spot has ``n_neighs`` neighbours on average.

    On irregular positions (cells) the mean degree over all spots meets ``n_neighs`` to the nearest pair of
    spots. On a lattice (Visium, binned data) neighbours come in whole rings, so the radius lies in the gap
    behind the ring that brings a spot *away from the border* closest to ``n_neighs``; rounding errors in the
    coordinates then change nothing, and border spots, which have fewer neighbours, do not pull the radius
    outwards. A hexagonal grid has 6, 12, 18, 30, 36, … neighbours within its rings, a square one 4, 8, 12,
    20, 24, ….

    Parameters
    ----------
    coordinates
        Spots x 2 or 3; any unit.
    n_neighs
        Wanted mean number of neighbours, the spot itself not counted.

    Returns
    -------
    The radius, in the unit of the coordinates.

    Raises
    ------
    SemSTError
        If the coordinates are unusable, or there are not more spots than wanted neighbours.

    Notes
    -----
    Memory grows with the number of neighbour pairs, not with its square. Scaling, shifting or reordering the
    spots scales, keeps and keeps the radius.

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.argwhere(np.ones((20, 20)))
    >>> radius = find_radius(grid, n_neighs=8)
    >>> bool(2**0.5 < radius < 2)
    True
    """
    points = check_coordinates(coordinates, where="coordinates")
    n_neighs = check_n_neighs(n_neighs, len(points))
    n_spots = len(points)
    n_wanted = max(1, round(n_spots * n_neighs / 2))  # pairs
    reach = 1.15 * _radius_with_at_least(points, n_neighs, 2 * n_wanted)
    tree = KDTree(points)
    pairs = tree.query_pairs(reach, output_type="ndarray")
    distances = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    order = np.argsort(distances)
    pairs, distances = pairs[order], distances[order]
    following = np.append(distances[1:], reach)  # a lower bound for the first distance that was not listed

    n_pairs = _whole_ring(pairs, distances, following, n_spots, n_neighs, n_wanted) or n_wanted
    last, beyond = distances[n_pairs - 1], following[n_pairs - 1]
    middle = (last + beyond) / 2
    return float(
        min(middle, 1.075 * last) if last > 0 else middle
    )  # the list ends at 1.15 times its last ring


def _radius_with_at_least(points: np.ndarray, n_neighs: int, n_hits: int) -> float:
    """Return a radius that holds ``n_hits`` (ordered) pairs and, where possible, not many more."""
    tree = KDTree(points)
    probe = points[:: max(1, len(points) // 2000)]
    kth = tree.query(probe, k=n_neighs + 1)[0][:, -1]
    extent = float(np.linalg.norm(np.ptp(points, axis=0)))
    radius = float(np.median(kth)) or 1e-6 * extent

    def enough(radius: float) -> bool:
        return int(tree.query_ball_point(points, radius, return_length=True).sum()) - len(points) >= n_hits

    if enough(radius):
        while enough(radius / 1.2) and radius > 1e-9 * extent:
            radius /= 1.2
        return radius
    while not enough(radius):
        radius *= 1.2
    return radius


def _whole_ring(
    pairs: np.ndarray,
    distances: np.ndarray,
    following: np.ndarray,
    n_spots: int,
    n_neighs: int,
    n_wanted: int,
) -> int | None:
    """Count the pairs up to the lattice ring that fits best; None where the distances form no rings."""
    floor = 1e-9 * following[-1]  # spots on top of each other form a ring of distance zero
    ends = 1 + np.flatnonzero(following > (1 + RING_GAP) * np.maximum(distances, floor))
    after = int(np.searchsorted(ends, n_wanted))
    if after == len(ends):
        return None
    start = int(ends[after - 1]) if after > 0 else 0
    width = max(distances[ends[after] - 1], floor) / max(distances[start], floor) - 1
    # A ring of a lattice holds about one pair per spot or more. Few irregular spots leave gaps too, but many.
    if width > RING_WIDTH or after + 1 > n_neighs:
        return None
    candidates = ends[: after + 1]
    degree = np.zeros(n_spots, dtype=np.int64)
    best: tuple[float, float, int] | None = None
    for first, last in zip(np.append(0, candidates[:-1]), candidates, strict=True):
        degree += np.bincount(pairs[first:last].ravel(), minlength=n_spots)
        inside = float(np.quantile(degree, 0.95, method="higher"))
        rank = (abs(inside - n_neighs), abs(2 * last / n_spots - n_neighs), int(last))
        best = rank if best is None else min(best, rank)
    return None if best is None else best[2]

"""Figures that need no annotation: how coherent domains are."""

from typing import Any

import numpy as np
from scipy.spatial import KDTree
from sklearn.metrics import silhouette_score

from semst._errors import SemSTError
from semst._validate import check_coordinates

from ._matching import codes


def chaos(coordinates: Any, labels: Any) -> float:
    """CHAOS: mean distance of a spot to the nearest spot of its own domain. Lower is more coherent.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3, of one slice. Each axis is standardised, so the unit does not matter.
    labels
        Domains, one per spot. Spots without one (NaN, None) are left out.

    Returns
    -------
    Sum of the distances over the number of spots; a domain of one spot adds nothing to the sum.

    Raises
    ------
    SemSTError
        If the lengths differ, fewer than two spots have a domain, or coordinates are unusable.

    Notes
    -----
    Shang and Zhou (2022), Nature Communications 13, 7203. Comparable between partitions of one slice only.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.column_stack([np.arange(6), np.zeros(6)])
    >>> chaos(line, [0, 0, 0, 1, 1, 1]) < chaos(line, [0, 1, 0, 1, 0, 1])
    True
    """
    points, number = _with_domain(coordinates, labels)
    spread = points.std(axis=0, ddof=1)
    points = (points - points.mean(axis=0)) / np.where(spread > 0, spread, 1)
    total = 0.0
    for domain in range(number.max() + 1):
        members = points[number == domain]
        if len(members) > 1:
            total += float(KDTree(members).query(members, k=2)[0][:, 1].sum())
    return total / len(points)


def pas(coordinates: Any, labels: Any, *, n_neighs: int = 10) -> float:
    """PAS: share of spots whose domain differs from that of most of their neighbours. Lower is more coherent.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3, of one slice; any unit.
    labels
        Domains, one per spot. Spots without one (NaN, None) are left out.
    n_neighs
        Nearest spots that are asked; more than half of them must differ (6 or more of 10).

    Returns
    -------
    0 to 1. Equal distances are broken by position, never by the order of the spots.

    Raises
    ------
    SemSTError
        If the lengths differ, there are not more spots with a domain than ``n_neighs``, or coordinates are
        unusable.

    Notes
    -----
    Shang and Zhou (2022), Nature Communications 13, 7203.

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.argwhere(np.ones((10, 10)))
    >>> pas(grid, grid[:, 0] < 5)
    0.0
    """
    points, number = _with_domain(coordinates, labels)
    if n_neighs < 1 or n_neighs >= len(points):
        raise SemSTError(
            f"n_neighs is {n_neighs}, but only {len(points)} spots have a domain. Ask for fewer neighbours."
        )
    order = np.lexsort(points.T)
    points, number = points[order], number[order]
    neighbours = KDTree(points).query(points, k=n_neighs + 1)[1]
    # The spot itself never differs from itself, so it may stay among its neighbours; where spots share a
    # position and it is not among them, the farthest of the k + 1 goes in its place.
    missing = (neighbours != np.arange(len(points))[:, None]).all(axis=1)
    neighbours[missing, -1] = np.flatnonzero(missing)
    differing = (number[neighbours] != number[:, None]).sum(axis=1)
    return float((differing > n_neighs / 2).mean())


def asw(X: Any, labels: Any, *, max_spots: int = 10_000, random_state: int = 0) -> float:
    """Average silhouette width. Higher means domains that are further apart than they are wide.

    Parameters
    ----------
    X
        Spots x dimensions: an embedding (how distinct domains are) or coordinates (how compact they are).
    labels
        Domains, one per spot. Spots without one (NaN, None) are left out.
    max_spots
        With more spots than this a random subset of that size is scored, because the time grows with its
        square. Memory does not: distances are made in chunks.
    random_state
        Seed of the subset.

    Returns
    -------
    -1 to 1.

    Raises
    ------
    SemSTError
        If the lengths differ, values are not finite, or the scored spots do not have 2 to n - 1 domains.

    Notes
    -----
    Rousseeuw (1987), Journal of Computational and Applied Mathematics 20, with Euclidean distances.

    Examples
    --------
    >>> import numpy as np
    >>> asw(np.array([[0.0], [0.0], [1.0], [1.0]]), ["a", "a", "b", "b"])
    1.0
    """
    rows = np.asarray(X, dtype=np.float64)
    number, _ = codes(labels)
    if rows.ndim != 2 or len(rows) != len(number):
        raise SemSTError(
            f"There are {len(number)} labels for a table of shape {rows.shape}; one per row is needed."
        )
    rows, number = rows[number >= 0], number[number >= 0]
    if not np.isfinite(rows).all():
        raise SemSTError("X has NaN or infinite values; the silhouette needs finite ones.")
    if len(rows) > max_spots:
        some = np.random.default_rng(random_state).choice(len(rows), max_spots, replace=False)
        rows, number = rows[some], number[some]
    n_domains = len(np.unique(number))
    if not 2 <= n_domains < len(rows):
        raise SemSTError(
            "The silhouette needs at least 2 domains and more spots than domains; there are "
            f"{n_domains} domains in {len(rows)} spots."
        )
    return float(silhouette_score(rows, number))


def _with_domain(coordinates: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the spots that have a domain, and the codes of their domains."""
    points = check_coordinates(coordinates, where="coordinates")
    number, _ = codes(labels)
    if len(points) != len(number):
        raise SemSTError(f"There are {len(number)} labels for {len(points)} spots; one per spot is needed.")
    points, number = points[number >= 0], number[number >= 0]
    if len(points) < 2:
        raise SemSTError(f"{len(points)} spots have a domain; at least 2 are needed.")
    return points, number

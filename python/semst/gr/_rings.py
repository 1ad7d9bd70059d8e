"""Rings of neighbours: who is nearest, who comes next, the spot itself never among them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from semst._errors import SemSTError
from semst._validate import check_coordinates

from ._edges import iterate_samples
from ._knn import nearest_in_order

RINGS = (6, 18, 36, 90)  # on a hexagonal lattice the first of these are its own rings


def neighbour_rings(
    coordinates: Any, *, rings: Sequence[int] = RINGS, widest: float = 1.0, samples: Any = None
) -> tuple[csr_matrix, ...]:
    """Sort the nearest spots of every spot into rings: 1st to 6th, 7th to 18th, 19th to 36th, 37th to 90th.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3; any unit. Several spots may share one position.
    rings
        Rank of the last neighbour of each ring, rising; a ring begins where the one before it ends.
    widest
        Share of a sample's spots that a ring may reach to. Rings that span a large part of a sample add up to
        nearly the same sum for every spot, and what is missing in it is the spot's own value.
    samples
        One label per spot: neighbours are looked for within the spot's own sample.

    Returns
    -------
    A binary matrix a ring, spots x spots, a row a spot, without self loops; not symmetric. A ring that no
    sample has the spots for is left out, but for the first. In a sample too small for a ring that another one
    has, the widest that fits stands in its place; one of fewer spots than the first ring takes all of them,
    and a spot without company has empty rows. Equal distances are broken by position, never by the order of
    the spots, unless several share one position.

    Raises
    ------
    SemSTError
        If coordinates or sample labels are unusable, or ``rings`` does not rise from 1 or more.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.array([[0, 0], [0, 1], [0, 3], [0, 7]])
    >>> near, next_to_it = neighbour_rings(line, rings=(1, 3))
    >>> next_to_it.toarray().astype(int).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0]]
    """
    points = check_coordinates(coordinates, where="coordinates")
    ends = [int(end) for end in rings]
    if not ends or any(end <= start for start, end in zip([0, *ends], ends, strict=False)):
        raise SemSTError(
            f"rings is {list(rings)}; accepted are rising numbers of neighbours from 1, "
            f"such as {list(RINGS)}."
        )
    members = [rows for _, rows in iterate_samples(samples, len(points))]
    room = [_room(len(rows), ends[0], widest) for rows in members]
    ends = [end for end in ends if end <= max(room)] or [max(*room, 1)]
    starts = [0, *ends[:-1]]
    pairs: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in ends]
    for rows, most in zip(members, room, strict=True):
        others = min(ends[-1], most)
        for own, near in nearest_in_order(points, rows, others) if others else ():
            for ring, (start, end) in enumerate(zip(starts, ends, strict=True)):
                if end <= others:
                    chosen = near[:, start:end]
                elif ring == 0:
                    chosen = near
                # else a ring that does not fit: `chosen` is still the last that does
                pairs[ring].append((np.repeat(own, chosen.shape[1]), chosen.ravel()))
    return tuple(_binary(found, len(points)) for found in pairs)


def ring_reach(coordinates: Any, rings: Sequence[csr_matrix]) -> float:
    """Say how far the first ring is, in units of the distance between the first two.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3, those that the rings were made of.
    rings
        Of :func:`neighbour_rings`.

    Returns
    -------
    Median over the spots; 0 where there are no two rings at different distances.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(20.0)[:, None] * [1, 0]
    >>> ring_reach(line, neighbour_rings(line, rings=(2, 4)))
    1.0
    """
    if len(rings) < 2:
        return 0.0
    points = check_coordinates(coordinates, where="coordinates")
    near, next_to_it = (_mean_distance(points, ring) for ring in rings[:2])
    between = next_to_it - near
    known = between > 0
    return float(np.median(near[known] / between[known])) if known.any() else 0.0


def _mean_distance(points: np.ndarray, ring: csr_matrix) -> np.ndarray:
    rows = np.repeat(np.arange(len(points)), np.diff(ring.indptr))
    distances = np.linalg.norm(points[rows] - points[ring.indices], axis=1)
    n_near = np.bincount(rows, minlength=len(points))
    return np.bincount(rows, weights=distances, minlength=len(points)) / np.maximum(n_near, 1)


def _room(n_spots: int, first: int, widest: float) -> int:
    """Say how many neighbours a spot of this sample has room for; the first ring is never forgone."""
    others = n_spots - 1
    return min(others, max(int(widest * n_spots), first))


def ring_means(values: np.ndarray, rings: Sequence[csr_matrix]) -> np.ndarray:
    """Average values over every ring of neighbours.

    Parameters
    ----------
    values
        Spots x d.
    rings
        Of :func:`neighbour_rings`.

    Returns
    -------
    Spots x (d times rings), float32, ring after ring; zeros for a spot without neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.array([[0, 0], [0, 1], [0, 3], [0, 7]])
    >>> ring_means(line[:, 1:], neighbour_rings(line, rings=(1, 3))).tolist()
    [[1.0, 5.0], [0.0, 5.0], [1.0, 3.5], [3.0, 0.5]]
    """
    means = []
    for ring in rings:
        n_near = np.maximum(np.diff(ring.indptr), 1)
        means.append(np.asarray(ring @ values) / n_near[:, None])
    return np.hstack(means).astype(np.float32)


def _binary(pairs: list[tuple[np.ndarray, np.ndarray]], n_spots: int) -> csr_matrix:
    empty = np.empty(0, dtype=np.int32)
    row = np.concatenate([empty, *(own for own, _ in pairs)])
    column = np.concatenate([empty, *(near for _, near in pairs)])
    return csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=(n_spots, n_spots))

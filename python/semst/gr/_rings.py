"""Rings of neighbours: who is nearest, who comes next, the spot itself never among them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from semst import _words
from semst._errors import SemSTError
from semst._validate import check_coordinates

from ._edges import iterate_samples
from ._knn import SAME_DISTANCE, nearest_with_ties

RINGS = (6, 18, 36, 90)  # on a hexagonal lattice the first of these are its own rings


# spots, their neighbours and the weights of these
_Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


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
    A matrix of weights a ring, spots x spots, a row a spot, without self loops; not symmetric. A weight is
    1, but where a ring ends among neighbours at one distance, as on lattices: they share the ranks that are
    left, and the weights of a row still add up to the number of its ranks. So rings are the same however the
    slice is turned, mirrored, scaled or put in order. A ring that no sample has the spots for is left out,
    but for the first. In a sample too small for a ring that another one has, the widest that fits stands in
    its place; one of fewer spots than the first ring takes all of them, and a spot without company has empty
    rows.

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
            f"{_words.name('rings')} is {list(rings)}; accepted are rising numbers of neighbours from 1, "
            f"such as {list(RINGS)}."
        )
    members = [rows for _, rows in iterate_samples(samples, len(points))]
    room = [_room(len(rows), ends[0], widest) for rows in members]
    ends = [end for end in ends if end <= max(room)] or [max(*room, 1)]
    found: list[list[_Pairs]] = [[] for _ in ends]
    for rows, most in zip(members, room, strict=True):
        others = min(ends[-1], most)
        for own, near, distances in nearest_with_ties(points, rows, others) if others else ():
            first, last = _tied(distances)
            start = 0
            for ring, end in enumerate(ends):
                if ring == 0 or end <= others:
                    weights = _shares(first, last, start, min(end, others))
                    start = end
                # else a ring that does not fit: `weights` are still those of the last that does
                row, place = np.nonzero(weights)
                found[ring].append((own[row], near[row, place], weights[row, place]))
    return tuple(_weighted(pairs, len(points)) for pairs in found)


def _tied(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First rank, and that behind the last, of all that are as far from the spot as each of its neighbours.

    ``distances`` rise along the rows. Results have their shape.
    """
    ranks = np.broadcast_to(np.arange(distances.shape[1]), distances.shape)
    begins = np.ones(distances.shape, dtype=bool)
    begins[:, 1:] = distances[:, 1:] > (1 + SAME_DISTANCE) * distances[:, :-1]
    first = np.maximum.accumulate(np.where(begins, ranks, 0), axis=1)
    behind = np.ones(distances.shape, dtype=bool)
    behind[:, :-1] = begins[:, 1:]
    last = np.where(behind, ranks + 1, distances.shape[1])[:, ::-1]
    return first, np.minimum.accumulate(last, axis=1)[:, ::-1]


def _shares(first: np.ndarray, last: np.ndarray, start: int, end: int) -> np.ndarray:
    """Weight of every neighbour in the ring of the ranks from ``start`` to ``end``.

    Neighbours at the same distance share the ranks that they take together.
    """
    inside = np.minimum(last, end) - np.maximum(first, start)
    return (np.maximum(inside, 0) / (last - first)).astype(np.float32)


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
    distances = ring.data * np.linalg.norm(points[rows] - points[ring.indices], axis=1)
    return np.bincount(rows, weights=distances, minlength=len(points)) / np.maximum(_row_sums(ring), 1)


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
        n_near = np.maximum(_row_sums(ring), 1)
        means.append(np.asarray(ring @ values) / n_near[:, None])
    return np.hstack(means).astype(np.float32)


def _row_sums(ring: csr_matrix) -> np.ndarray:
    return np.asarray(ring.sum(axis=1, dtype=np.float64)).ravel()


def _weighted(pairs: list[_Pairs], n_spots: int) -> csr_matrix:
    parts = zip(*pairs, strict=True) if pairs else [(), (), ()]
    row, column, weight = (np.concatenate([np.empty(0, dtype=np.int32), *part]) for part in parts)
    return csr_matrix((weight.astype(np.float32), (row, column)), shape=(n_spots, n_spots))

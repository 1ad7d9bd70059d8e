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
    coordinates: Any, *, rings: Sequence[int] = RINGS, samples: Any = None
) -> tuple[csr_matrix, ...]:
    """Sort the nearest spots of every spot into rings: 1st to 6th, 7th to 18th, 19th to 36th, 37th to 90th.

    Parameters
    ----------
    coordinates
        Spots x 2 or 3; any unit. Several spots may share one position.
    rings
        Rank of the last neighbour of each ring, rising; a ring begins where the one before it ends.
    samples
        One label per spot: neighbours are looked for within the spot's own sample.

    Returns
    -------
    A binary matrix a ring, spots x spots, a row a spot, without self loops; not symmetric. A ring that no
    sample has the spots for is left out. In a sample too small for a ring that another one has, the widest
    that fits stands in its place; one of fewer spots than the first ring takes all of them, and a spot
    without company has empty rows. Equal distances are broken by position, never by the order of the spots,
    unless several share one position.

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
    most = max(len(rows) for rows in members) - 1
    ends = [end for end in ends if end <= most] or [max(most, 1)]
    starts = [0, *ends[:-1]]
    pairs: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in ends]
    for rows in members:
        others = min(ends[-1], len(rows) - 1)
        for own, near in nearest_in_order(points, rows, others) if others else ():
            for ring, (start, end) in enumerate(zip(starts, ends, strict=True)):
                if end <= others:
                    chosen = near[:, start:end]
                elif ring == 0:
                    chosen = near
                # else a ring that does not fit: `chosen` is still the last that does
                pairs[ring].append((np.repeat(own, chosen.shape[1]), chosen.ravel()))
    return tuple(_binary(found, len(points)) for found in pairs)


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

"""Neighbours in the sections above and below."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import KDTree

from semst._errors import SemSTError
from semst._validate import check_coordinates, check_n_neighs

from ._edges import iterate_samples, symmetric_adjacency


def vertical_neighbours(coordinates: Any, samples: Any, *, n_neighs: int = 1) -> csr_matrix:
    """Join every spot with the spots right above and below it in the adjacent sections.

    The sections have to be registered: x and y mean the same in all of them, and z (the third column, the
    same or nearly so within a section) says in which order they lie.

    Parameters
    ----------
    coordinates
        Spots x 3.
    samples
        Section of every spot.
    n_neighs
        Nearest spots by x and y in each adjacent section; fewer in smaller sections.

    Returns
    -------
    Spots x spots, csr, float32, ones, symmetric; no edge within a section.

    Raises
    ------
    SemSTError
        If there is no third coordinate, or two sections lie at the same height.

    Examples
    --------
    >>> import numpy as np
    >>> stack = np.array([[0, 0, 0], [1, 0, 0], [0, 0.1, 1], [1, 0.1, 1]])
    >>> vertical_neighbours(stack, ["a", "a", "b", "b"]).nonzero()[1].tolist()
    [2, 3, 0, 1]
    """
    points = check_coordinates(coordinates, where="coordinates")
    if points.shape[1] != 3:
        raise SemSTError(
            "Vertical neighbours need three coordinates a spot (x, y and the height of its section), and "
            f"there are {points.shape[1]}. Register the sections and add their heights as a third column."
        )
    check_n_neighs(n_neighs, n_neighs + 1)
    sections = list(iterate_samples(samples, len(points)))
    heights = [points[members, 2].mean() for _, members in sections]
    if len(np.unique(np.round(heights, 9))) < len(heights):
        raise SemSTError(
            "Two sections lie at the same height (third coordinate): "
            + ", ".join(f"{name}: {z:.6g}" for (name, _), z in zip(sections, heights, strict=True))
            + ". Give every section its own."
        )
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    order = np.argsort(heights)
    for lower, upper in zip(order[:-1], order[1:], strict=True):
        for own, other in (
            (sections[lower][1], sections[upper][1]),
            (sections[upper][1], sections[lower][1]),
        ):
            k = min(n_neighs, len(other))
            found = KDTree(points[other, :2]).query(points[own, :2], k=[*range(1, k + 1)])[1]
            rows.append(np.repeat(own, k))
            columns.append(other[found.ravel()])
    return symmetric_adjacency(np.concatenate(rows), np.concatenate(columns), len(points))

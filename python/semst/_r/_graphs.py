"""Spatial graphs of coordinates, as sparse matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from semst import gr

from ._arrays import parts
from ._door import door


@door
def spatial_graph(
    coordinates: Any,
    *,
    method: str = "radius",
    n_neighs: int = 12,
    radius: float | None = None,
    samples: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Join neighbouring spots, within slices.

    Parameters
    ----------
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    method, n_neighs, radius, samples
        Of :func:`semst.gr.spatial_graph` for ``"radius"``, of :func:`semst.gr.knn_spatial_graph` for
        ``"knn"``.

    Returns
    -------
    ``connectivities`` and ``distances``, parts of a ``dgCMatrix`` of spots x spots.

    Raises
    ------
    SemSTError
        If coordinates or numbers cannot be used.

    Examples
    --------
    >>> spatial_graph([[0, 0], [1, 0], [5, 0]], radius=1.0)["connectivities"]["i"].tolist()
    [1, 0]
    """
    points = np.asarray(coordinates, dtype=np.float64)
    slices = None if samples is None else np.asarray(list(samples), dtype=object)
    if method == "knn":
        found = gr.knn_spatial_graph(points, n_neighs=n_neighs, samples=slices)
    else:
        found = gr.spatial_graph(points, n_neighs=n_neighs, radius=radius, samples=slices)
    lengths = gr.edge_lengths(found.adjacency, points)
    return {"connectivities": parts(found.adjacency.tocsr()), "distances": parts(lengths.tocsr())}

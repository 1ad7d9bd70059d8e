"""Spatial graphs of a slice, the way models ask for them; one that was given takes their place.

Among several slices one may have fewer spots than neighbours are asked for: all of them are then joined.
"""

import scipy.sparse as sp

from semst import gr
from semst.data import Slice


def radius_graph(data: Slice, *, n_neighs: int, radius: float | None = None) -> gr.SpatialGraph:
    """Join spots within a radius, or take the graph that the slice brings along.

    Parameters
    ----------
    data
        The slice.
    n_neighs
        Wanted mean number of neighbours, from which the radius is found.
    radius
        The radius itself, in data units.

    Returns
    -------
    The graph; see :func:`semst.gr.spatial_graph`.

    Examples
    --------
    >>> from semst import data, datasets
    >>> slice_, _ = data.read_slice(datasets.simulated_cortex(n_spots=60, n_genes=30))
    >>> radius_graph(slice_, n_neighs=6).adjacency.shape
    (60, 60)
    """
    if data.graph is not None:
        return gr.SpatialGraph.of(data.graph)
    return gr.spatial_graph(
        data.coordinates, n_neighs=n_neighs, radius=radius, samples=data.samples, or_all=data.n_slices > 1
    )


def nearest_graph(data: Slice, *, n_neighs: int) -> gr.SpatialGraph:
    """Join every spot with its nearest ones, where either end asked for it, or take the slice's own graph.

    Parameters
    ----------
    data
        The slice.
    n_neighs
        Nearest spots.

    Returns
    -------
    The graph; see :func:`semst.gr.knn_spatial_graph`.

    Examples
    --------
    >>> from semst import data, datasets
    >>> slice_, _ = data.read_slice(datasets.simulated_cortex(n_spots=60, n_genes=30))
    >>> nearest_graph(slice_, n_neighs=6).adjacency.shape
    (60, 60)
    """
    if data.graph is not None:
        return gr.SpatialGraph.of(data.graph)
    return gr.knn_spatial_graph(
        data.coordinates, n_neighs=n_neighs, samples=data.samples, or_all=data.n_slices > 1
    )


def nearest_of_each(data: Slice, *, n_neighs: int) -> sp.csr_matrix:
    """Return every spot's nearest ones, in one direction, or its neighbours in the slice's own graph.

    Parameters
    ----------
    data
        The slice.
    n_neighs
        Nearest spots.

    Returns
    -------
    Shape (n, n), binary; see :func:`semst.gr.directed_neighbours`.
    """
    if data.graph is not None:
        return data.graph
    return gr.directed_neighbours(
        data.coordinates, n_neighs=n_neighs, samples=data.samples, or_all=data.n_slices > 1
    )


def nearest_spots(data: Slice, n_neighs: int) -> sp.csr_matrix:
    """Join every spot with its nearest ones; a slice of few spots has fewer to join.

    Parameters
    ----------
    data
        The slice.
    n_neighs
        Nearest spots.

    Returns
    -------
    Shape (n, n), binary.
    """
    return gr.nearest_neighbours(data.coordinates, n_neighs=n_neighs, samples=data.samples, or_all=True)

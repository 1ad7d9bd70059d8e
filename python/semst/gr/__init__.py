"""Coordinates or features in, sparse graphs out."""

from ._anndata import expression_neighbors, spatial_graph_from, spatial_neighbors
from ._edges import edge_lengths
from ._expression import expression_graph
from ._knn import directed_neighbours, knn_spatial_graph, nearest_neighbours
from ._mutual import mutual_neighbours
from ._normalise import normalise_adjacency
from ._pyg import to_pyg
from ._radius import find_radius
from ._rings import neighbour_rings, ring_means, ring_reach
from ._smooth import smooth
from ._spatial import SpatialGraph, spatial_graph
from ._vertical import vertical_neighbours

__all__ = [
    "SpatialGraph",
    "directed_neighbours",
    "edge_lengths",
    "expression_graph",
    "expression_neighbors",
    "find_radius",
    "knn_spatial_graph",
    "mutual_neighbours",
    "nearest_neighbours",
    "neighbour_rings",
    "normalise_adjacency",
    "ring_means",
    "ring_reach",
    "smooth",
    "spatial_graph",
    "spatial_graph_from",
    "spatial_neighbors",
    "to_pyg",
    "vertical_neighbours",
]

"""Coordinates or features in, sparse graphs out."""

from ._anndata import expression_neighbors, spatial_graph_from, spatial_neighbors
from ._edges import edge_lengths as edge_lengths
from ._expression import expression_graph
from ._knn import directed_neighbours as directed_neighbours
from ._knn import knn_spatial_graph
from ._knn import nearest_neighbours as nearest_neighbours
from ._mutual import mutual_neighbours
from ._normalise import normalise_adjacency
from ._pyg import to_pyg
from ._radius import find_radius as find_radius
from ._rings import neighbour_rings, ring_means
from ._rings import ring_reach as ring_reach
from ._smooth import smooth
from ._spatial import SpatialGraph, spatial_graph
from ._vertical import vertical_neighbours as vertical_neighbours

__all__ = [
    "SpatialGraph",
    "expression_graph",
    "expression_neighbors",
    "knn_spatial_graph",
    "mutual_neighbours",
    "neighbour_rings",
    "normalise_adjacency",
    "ring_means",
    "smooth",
    "spatial_graph",
    "spatial_graph_from",
    "spatial_neighbors",
    "to_pyg",
]

"""A data set as an object of PyTorch Geometric."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from anndata import AnnData
from scipy import sparse
from scipy.sparse import csr_matrix

from semst import _keys, _words
from semst._optional import optional
from semst._validate import get_coordinates, require_key

from ._anndata import stored_graph
from ._expression import check_features

if TYPE_CHECKING:
    from torch_geometric.data import Data


def to_pyg(
    adata: AnnData,
    *,
    use_rep: str = "X_pca",
    graph_key: str = _keys.SPATIAL_CONNECTIVITIES,
    label_key: str | None = None,
    spatial_key: str | None = _keys.SPATIAL,
) -> "Data":
    """Copy features, a graph, positions and labels into a ``torch_geometric.data.Data``.

    Parameters
    ----------
    adata
        Spots with features and a graph, such as :func:`spatial_neighbors` stores.
    use_rep
        The features in ``obsm``; ``"X"`` takes the matrix itself. Sparse ones become dense.
    graph_key
        The graph in ``obsp``, of weights that are not negative; self loops stay, explicit zeros go.
    label_key
        Column of ``obs`` with a label of each spot; ``None`` for none.
    spatial_key
        Coordinates in ``obsm``; ``None`` leaves them out.

    Returns
    -------
    The data, spots in their order, with

    * ``x``, shape (n, d), float32;
    * ``edge_index``, shape (2, n_edges): an entry of row i and column j of the graph is an edge from j to i,
      so that a sum over messages is ``graph @ x``. Sorted, without duplicates;
    * ``edge_attr``, shape (n_edges,), float32: the weights, where they are not all 1;
    * ``pos``, shape (n, 2) or (n, 3), float32;
    * ``y``, shape (n,): codes of the labels, -1 where there is none, and ``label_names``, their names.

    Raises
    ------
    MissingDependencyError
        If PyTorch Geometric is not installed.
    SemSTError
        If keys are missing, or features, graph or coordinates are unusable.

    Examples
    --------
    >>> import numpy as np, anndata
    >>> from semst import gr
    >>> adata = anndata.AnnData(np.ones((9, 2)), obsm={"spatial": np.argwhere(np.ones((3, 3)))})
    >>> gr.spatial_neighbors(adata, n_neighs=4)
    >>> gr.to_pyg(adata, use_rep="X")
    Data(x=[9, 2], edge_index=[2, 24], pos=[9, 2])
    """
    # takes most of a second
    graphs = optional("torch_geometric.data", extra="pyg", what="A data set as torch_geometric Data")
    features = adata.X if use_rep == "X" else require_key(adata.obsm, use_rep, what=_words.slot("obsm"))
    features = check_features(features)
    dense = features.toarray() if sparse.issparse(features) else features.copy()
    by_sender = csr_matrix(stored_graph(adata, graph_key).T)
    by_sender.sort_indices()
    edges = by_sender.tocoo()
    data = graphs.Data(
        x=torch.from_numpy(dense),
        edge_index=torch.from_numpy(np.stack([edges.row, edges.col]).astype(np.int64)),
    )
    if (edges.data != 1).any():
        data.edge_attr = torch.from_numpy(edges.data.astype(np.float32))
    if spatial_key is not None:
        data.pos = torch.from_numpy(get_coordinates(adata, spatial_key=spatial_key).astype(np.float32))
    if label_key is not None:
        labels = pd.Categorical(require_key(adata.obs, label_key, what=_words.slot("obs")))
        data.y = torch.from_numpy(labels.codes.astype(np.int64))
        data.label_names = [str(name) for name in labels.categories]
    return data

"""Data sets as objects of PyTorch Geometric."""

import subprocess
import sys

import anndata
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from torch_geometric.nn import GCNConv
from torch_geometric.utils import to_scipy_sparse_matrix

from semst import MissingDependencyError, MissingKeyError, SemSTError, gr


@pytest.fixture
def adata():
    """Three spots: the first hears of the second, the second of both others and of itself."""
    found = anndata.AnnData(sparse.csr_matrix([[1.0, 0.0], [2.0, 3.0], [0.0, 4.0]]))
    found.obsm["spatial"] = np.array([[0, 0], [1, 0], [1, 5]])
    found.obsm["X_pca"] = np.array([[0.5], [1.5], [2.5]])
    found.obsp["spatial_connectivities"] = sparse.csr_matrix([[0, 1, 0], [1, 1, 1], [0, 0, 0]])
    found.obsp["weighted"] = sparse.csr_matrix([[0, 0.5, 0], [2.0, 0, 1.0], [0, 0, 0]])
    found.obs["layer"] = pd.Categorical(["L2", None, "L1"])
    return found


def test_by_hand(adata):
    data = gr.to_pyg(adata, label_key="layer")
    assert data.x.tolist() == [[0.5], [1.5], [2.5]]
    assert data.x.dtype == data.pos.dtype == torch.float32
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 1, 1]]  # senders, receivers
    assert data.edge_attr is None
    assert data.pos.tolist() == [[0, 0], [1, 0], [1, 5]]
    assert data.y.tolist() == [1, -1, 0]
    assert data.label_names == ["L1", "L2"]
    assert data.num_nodes == 3
    assert data.validate()
    assert data.is_coalesced()


def test_weights_are_kept_and_the_rest_left_out_on_request(adata):
    data = gr.to_pyg(adata, use_rep="X", graph_key="weighted", spatial_key=None)
    assert data.x.tolist() == [[1, 0], [2, 3], [0, 4]]
    assert data.edge_index.tolist() == [[0, 1, 2], [1, 0, 1]]
    assert data.edge_attr.tolist() == [2.0, 0.5, 1.0]
    assert sorted(data.keys()) == ["edge_attr", "edge_index", "x"]


@pytest.mark.parametrize("key", ["spatial_connectivities", "weighted"])
def test_the_graph_comes_back_and_a_convolution_is_its_product(adata, key):
    data = gr.to_pyg(adata, graph_key=key)
    back = to_scipy_sparse_matrix(data.edge_index, data.edge_attr, data.num_nodes)
    assert (sparse.csr_matrix(back.T) != adata.obsp[key]).nnz == 0
    layer = GCNConv(1, 1, normalize=False, bias=False)
    torch.nn.init.ones_(layer.lin.weight)
    messages = layer(data.x, data.edge_index, data.edge_attr)
    np.testing.assert_allclose(messages.detach().numpy(), adata.obsp[key] @ data.x.numpy())


def test_a_spatial_graph_comes_back():
    rng = np.random.default_rng(0)
    adata = anndata.AnnData(rng.random((50, 3)), obsm={"spatial": rng.random((50, 2))})
    gr.spatial_neighbors(adata, n_neighs=5)
    data = gr.to_pyg(adata, use_rep="X")
    assert data.is_undirected()
    assert not data.has_self_loops()
    back = to_scipy_sparse_matrix(data.edge_index, num_nodes=50)
    assert (sparse.csr_matrix(back) != adata.obsp["spatial_connectivities"]).nnz == 0


def test_the_data_set_is_copied(adata):
    adata.obsm["X_pca"] = adata.obsm["X_pca"].astype(np.float32)
    gr.to_pyg(adata).x.zero_()
    assert adata.obsm["X_pca"].all()


def test_errors_say_what_is_there(adata, monkeypatch):
    with pytest.raises(MissingKeyError, match='adata.obsm has no "X_scvi". It has: "spatial", "X_pca"'):
        gr.to_pyg(adata, use_rep="X_scvi")
    with pytest.raises(MissingKeyError, match='adata.obsp has no "near". It has: "spatial_connectivities"'):
        gr.to_pyg(adata, graph_key="near")
    with pytest.raises(MissingKeyError, match='adata.obs has no "domain". It has: "layer"'):
        gr.to_pyg(adata, label_key="domain")
    with pytest.raises(MissingKeyError, match='"xy"'):
        gr.to_pyg(adata, spatial_key="xy")
    adata.obsm["X_pca"][0] = np.nan
    with pytest.raises(SemSTError, match="1 feature values are NaN"):
        gr.to_pyg(adata)
    adata.obsp["weighted"].data[0] = -1
    with pytest.raises(SemSTError, match=r'adata.obsp\["weighted"\] has negative weights'):
        gr.to_pyg(adata, use_rep="X", graph_key="weighted")
    monkeypatch.setitem(sys.modules, "torch_geometric.data", None)
    with pytest.raises(MissingDependencyError, match=r"semst\[pyg\]"):
        gr.to_pyg(adata)


def test_it_is_imported_late():
    code = "import sys, semst.tl, semst.models, semst.nn; sys.exit('torch_geometric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

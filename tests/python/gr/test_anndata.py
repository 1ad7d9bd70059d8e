"""Graphs read from and written to AnnData."""

import anndata
import numpy as np
import pytest
from scipy import sparse

from semst import MissingKeyError, SemSTError, gr


@pytest.fixture
def adata():
    rng = np.random.default_rng(0)
    found = anndata.AnnData(rng.poisson(1.0, (60, 5)).astype(np.float32))
    found.obsm["spatial"] = np.argwhere(np.ones((6, 10)))
    found.obsm["X_pca"] = rng.normal(size=(60, 4))
    found.obs["slice"] = ["a"] * 30 + ["b"] * 30
    return found


def test_spatial_graph_is_stored_and_survives_a_file(adata, tmp_path):
    assert gr.spatial_neighbors(adata, n_neighs=4) is None
    expected = gr.spatial_graph(adata.obsm["spatial"], n_neighs=4)
    adata.write_h5ad(tmp_path / "a.h5ad")
    back = anndata.read_h5ad(tmp_path / "a.h5ad")
    assert (back.obsp["spatial_connectivities"] != expected.adjacency).nnz == 0
    record = back.uns["spatial_neighbors"]
    assert record["connectivities_key"] == "spatial_connectivities"
    assert record["params"]["n_neighs"] == 4
    assert record["params"]["radius"] == pytest.approx(expected.radius)
    assert record["params"]["mean_degree"] == pytest.approx(expected.mean_degree)


def test_copy_leaves_the_data_alone(adata):
    changed = gr.spatial_neighbors(adata, n_neighs=4, key_added="near", copy=True)
    assert "near_connectivities" in changed.obsp
    assert not adata.obsp
    assert not adata.uns


@pytest.mark.parametrize("method", ["radius", "knn"])
def test_samples(adata, method, tmp_path):
    gr.spatial_neighbors(adata, method=method, n_neighs=4, sample_key="slice")
    graph = adata.obsp["spatial_connectivities"]
    assert graph[:30, 30:].nnz == 0
    assert adata.uns["spatial_neighbors"]["params"]["sample_key"] == "slice"
    adata.write_h5ad(tmp_path / "a.h5ad")


def test_expression_graph_is_stored(adata):
    gr.expression_neighbors(adata, n_neighs=5)
    expected = gr.expression_graph(adata.obsm["X_pca"], n_neighs=5)
    assert (adata.obsp["expression_connectivities"] != expected).nnz == 0
    whole = gr.expression_neighbors(adata, use_rep="X", n_neighs=5, key_added="x", copy=True)
    assert whole.uns["x_neighbors"]["params"]["use_rep"] == "X"


def test_missing_keys_list_what_is_there(adata):
    with pytest.raises(MissingKeyError, match='no "samples". It has: "slice"'):
        gr.spatial_neighbors(adata, sample_key="samples")
    with pytest.raises(MissingKeyError, match='no "spat"'):
        gr.spatial_neighbors(adata, spatial_key="spat")
    with pytest.raises(MissingKeyError, match='no "X_umap". It has: "spatial", "X_pca"'):
        gr.expression_neighbors(adata, use_rep="X_umap")
    with pytest.raises(MissingKeyError, match='adata.obsp has no "spatial_connectivities". It has: nothing'):
        gr.spatial_graph_from(adata)


def test_contradictory_arguments(adata):
    with pytest.raises(SemSTError, match='method must be "radius" or "knn", not \'delaunay\''):
        gr.spatial_neighbors(adata, method="delaunay")
    with pytest.raises(SemSTError, match="radius has no meaning"):
        gr.spatial_neighbors(adata, method="knn", radius=3.0)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, np.asarray])
def test_ready_made_graph_is_made_binary(adata, form):
    gr.spatial_neighbors(adata, n_neighs=4)
    ours = adata.obsp["spatial_connectivities"]
    adata.obsp["mine"] = form((0.3 * ours + sparse.identity(60)).toarray())  # weights and self loops
    graph = gr.spatial_graph_from(adata, "mine")
    assert (graph.adjacency != ours).nnz == 0
    assert graph.adjacency.dtype == np.float32
    assert graph.radius is None
    assert graph.mean_degree == pytest.approx(ours.nnz / 60)


def test_bad_ready_made_graphs(adata):
    base = np.zeros((60, 60))
    base[0, 1] = base[1, 0] = 1.0

    def stored(changes):
        bad = base.copy()
        for place, value in changes.items():
            bad[place] = value
        adata.obsp["bad"] = sparse.csr_matrix(bad)
        return gr.spatial_graph_from(adata, "bad")

    with pytest.raises(SemSTError, match=r'adata.obsp\["bad"\] has negative weights'):
        stored({(2, 3): -1, (3, 2): -1})
    with pytest.raises(SemSTError, match="NaN or infinite"):
        stored({(2, 3): np.nan})
    with pytest.raises(SemSTError, match="not symmetric: 2 edges run one way only"):
        stored({(2, 3): 1, (4, 5): 1})
    with pytest.raises(SemSTError, match="has no edge"):
        stored({(0, 1): 0, (1, 0): 0})

"""What a run leaves is understood by scanpy and squidpy as it stands."""

import matplotlib
import numpy as np
import pytest
import scanpy as sc

import semst

matplotlib.use("Agg")
QUICK = {"cluster": "mixture", "n_starts": 4, "progress": False, "explain": False}


@pytest.fixture(scope="module")
def labelled():
    adata = semst.datasets.simulated_cortex(n_spots=300, n_genes=120, random_state=0)
    adata.X[5] = 0  # a spot without counts
    adata.X.eliminate_zeros()
    semst.tl.semst(adata, 4, **QUICK)
    return adata


def test_the_graph_of_a_run_is_there_for_all_spots(labelled):
    graph = labelled.obsp["semst_connectivities"]
    assert graph.shape == (300, 300) and (graph != graph.T).nnz == 0
    degree = np.diff(graph.indptr)
    assert degree[5] == 0 and np.median(degree) > 4
    alone = labelled[labelled.obs["semst"].notna()].copy()
    semst.gr.spatial_neighbors(alone, n_neighs=12)
    kept = np.flatnonzero(labelled.obs["semst"].notna())
    assert (graph[kept][:, kept] != alone.obsp["spatial_connectivities"]).nnz == 0


def test_of_several_objects_each_gets_its_own_part():
    pair = [semst.datasets.simulated_cortex(n_spots=n, n_genes=80, random_state=n) for n in (120, 150)]
    semst.tl.semst(pair, 3, **QUICK)
    for one in pair:
        assert one.obsp["semst_connectivities"].shape == (one.n_obs, one.n_obs)
        assert one.obsp["semst_connectivities"].nnz > 4 * one.n_obs
        assert len(one.uns["semst_colors"]) == 3


def test_colours_are_kept_and_not_replaced(labelled, tmp_path):
    again = labelled.copy()
    again.uns["semst_colors"] = np.array(["red", "green", "blue", "black"])
    semst.tl.semst(again, 4, **QUICK)
    assert again.uns["semst_colors"].tolist() == ["red", "green", "blue", "black"]
    semst.tl.semst(again, 5, **QUICK)  # those of four say nothing of five
    assert again.uns["semst_colors"].tolist() == semst.pl.palette(5)
    semst.io.write(again, tmp_path / "out.h5ad")
    assert semst.io.read(tmp_path / "out.h5ad").uns["semst_colors"].tolist() == semst.pl.palette(5)
    read = labelled.copy()
    semst.tl.predict(read, semst.SemST(4, **QUICK).fit(labelled), key_added="read")
    assert read.uns["read_colors"].tolist() == labelled.uns["semst_colors"].tolist() == semst.pl.palette(4)


def test_scanpy_goes_on_from_a_run(labelled):
    adata = labelled[labelled.obs["semst"].notna()].copy()
    counts = adata.X.copy()
    assert (counts != labelled[adata.obs_names].X).nnz == 0  # counts are left as they were
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    sc.tl.rank_genes_groups(adata, "semst", method="t-test")
    assert adata.uns["rank_genes_groups"]["names"].dtype.names == ("1", "2", "3", "4")
    sc.tl.paga(adata, groups="semst", neighbors_key="semst_neighbors")
    connected = adata.uns["paga"]["connectivities"].toarray()
    assert connected.shape == (4, 4) and connected.max() > 0
    sc.pl.embedding(adata, "spatial", color="semst", show=False)
    assert adata.uns["semst_colors"].tolist() == semst.pl.palette(4)


def test_squidpy_goes_on_from_a_run(labelled):
    sq = pytest.importorskip("squidpy", reason="the optional package squidpy is not installed")
    adata = labelled[labelled.obs["semst"].notna()].copy()
    sq.gr.nhood_enrichment(
        adata, "semst", connectivity_key="semst", n_perms=20, seed=0, show_progress_bar=False, n_jobs=1
    )
    z = adata.uns["semst_nhood_enrichment"]["zscore"]
    assert z.shape == (4, 4) and (np.diag(z) > 0).all()
    sq.pl.spatial_scatter(adata, color="semst", shape=None)
    assert adata.uns["semst_colors"].tolist() == semst.pl.palette(4)

"""Counts on disk and in Dask go the same way as counts in memory, a block at a time."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import scipy.sparse as sp

import semst
from semst import SemSTError, pp
from semst._validate import StoredCounts, open_counts
from semst.data import read_slice
from semst.pp import expressed_genes, highly_variable_genes
from semst.pp._variance import gene_sums, standardised_variance

da = pytest.importorskip("dask.array", reason="the optional package dask is not installed")


def _adata(n=300, m=120, seed=0):
    rng = np.random.default_rng(seed)
    rates = rng.gamma(0.4, 2.0, (1, m)) * rng.gamma(2.0, 0.5, (n, m))
    counts = sp.csr_matrix(rng.poisson(rates).astype(np.float32))
    adata = ad.AnnData(counts, var=pd.DataFrame(index=[f"GENE{i}" for i in range(m)]))
    adata.X = sp.csr_matrix(adata.X.toarray() * (np.arange(n) != 7)[:, None])  # a spot without counts
    adata.obsm["spatial"] = rng.random((n, 2)) * 100
    return adata


def _stored(adata, kind, folder):
    """The same data with X on disk or in Dask."""
    if kind == "dask sparse":
        other = adata.copy()
        other.X = da.from_array(adata.X, chunks=(70, -1))
        return other
    if kind == "dask dense, cut both ways":
        other = adata.copy()
        other.X = da.from_array(adata.X.toarray(), chunks=(64, 50))
        return other
    other = adata.copy()
    if kind == "dense on disk":
        other.X = other.X.toarray()
    if kind == "csc on disk":
        other.X = sp.csc_matrix(other.X)
    other.write_h5ad(folder / "x.h5ad")
    return ad.read_h5ad(folder / "x.h5ad", backed="r")


KINDS = ["dask sparse", "dask dense, cut both ways", "csr on disk", "csc on disk", "dense on disk"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["semst", "paper"])
def test_features_equal_those_of_counts_in_memory(kind, name, tmp_path, monkeypatch):
    monkeypatch.setattr("semst._validate._stored._BLOCK_VALUES", 6000)  # 50 rows at a time
    make = {"semst": pp.semst_features, "paper": pp.paper_features}[name]

    def features(data, **options):
        return make(data.counts, data.genes, n_top_genes=40, min_spots=20, **options)

    adata = _adata()
    data, kept = read_slice(adata)
    expected = features(data)
    other, also_kept = read_slice(_stored(adata, kind, tmp_path))
    if kind != "csc on disk":  # rows cannot be cut from it: it is read whole
        assert isinstance(other.counts, StoredCounts)
    assert other.counts.shape == data.counts.shape == (299, 120)
    np.testing.assert_array_equal(kept, also_kept)
    found = features(other)
    assert found.genes.tolist() == expected.genes.tolist()
    assert (found.inputs != expected.inputs).nnz == 0
    assert (found.targets != expected.targets).nnz == 0
    np.testing.assert_array_equal(found.log_size, expected.log_size)
    again = features(other, chosen=expected.genes)
    assert (again.targets != expected.targets).nnz == 0


def test_never_more_than_a_block_is_read(monkeypatch):
    monkeypatch.setattr("semst._validate._stored._BLOCK_VALUES", 6000)
    adata = _adata()
    read = []

    class Watched:
        shape, format = adata.shape, "csr"

        def __getitem__(self, rows):
            read.append(rows.stop - rows.start)
            return adata.X[rows]

    counts = StoredCounts(Watched(), where="X")
    highly_variable_genes(counts, n_top_genes=10, among=expressed_genes(counts))
    assert max(read) == 50
    n_reads = len(read)
    first = counts[:, np.array([4, 2])]
    assert counts[:, np.array([4, 2])] is first  # the second step that wants the same genes reads nothing
    assert len(read) == n_reads + 6


def test_the_whole_way_gives_the_same_domains(tmp_path):
    adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    other = _stored(adata, "csr on disk", tmp_path)
    for data in (adata, other):
        semst.tl.semst(data, 4, semantics="random", epochs=2, cluster="mixture", progress=False)
    np.testing.assert_array_equal(adata.obsm["X_semst"], other.obsm["X_semst"])
    assert adata.obs["semst"].tolist() == other.obs["semst"].tolist()


def test_bad_values_deep_in_stored_counts_are_found_and_named():
    adata = _adata()
    values = adata.X.toarray()
    values[250, 3] = 0.5
    adata.layers["raw"] = adata.X.copy()
    adata.X = da.from_array(values, chunks=(70, -1))
    with pytest.raises(SemSTError, match=r'whole numbers .*layer="raw"'):
        open_counts(adata)
    adata.X = da.zeros((300, 120), chunks=(100, -1))
    with pytest.raises(SemSTError, match="holds only zeros"):
        open_counts(adata)


def test_dask_chunks_without_a_size_are_refused():
    array = da.from_array(np.ones((20, 3)), chunks=(5, 3))
    with pytest.raises(SemSTError, match="compute_chunk_sizes"):
        StoredCounts(array[array[:, 0] > 0], where="adata.X")


def test_a_mask_of_spots_stays_stored():
    adata = _adata()
    counts = StoredCounts(adata.X, where="X")
    mask = np.arange(300) % 3 == 0
    some = counts[mask]
    assert isinstance(some, StoredCounts) and some.shape == (100, 120)
    assert (some[:, np.arange(120)] != adata.X[mask]).nnz == 0
    np.testing.assert_array_equal(some.sum(axis=1), counts.sum(axis=1)[mask])
    with pytest.raises(SemSTError, match="axis=1"):
        some.sum(axis=0)


@pytest.mark.parametrize("block", [50_000, 37])
def test_variances_equal_those_of_scanpy(block, monkeypatch):
    monkeypatch.setattr("semst.pp._blocks.BLOCK_ROWS", block)
    adata = _adata(n=400, m=300, seed=1)
    among = expressed_genes(adata.X)
    ours = standardised_variance(adata.X, gene_sums(adata.X), among, span=0.3)
    theirs = sc.pp.highly_variable_genes(
        adata[:, among].copy(), flavor="seurat_v3", n_top_genes=50, inplace=False
    )
    np.testing.assert_allclose(ours, theirs["variances_norm"], rtol=1e-10)
    mask = highly_variable_genes(adata.X, n_top_genes=50, among=among)
    assert mask[among].tolist() == theirs["highly_variable"].tolist()


def test_genes_that_do_not_vary_are_an_error():
    with pytest.raises(SemSTError, match="None of the 30 genes varies"):
        highly_variable_genes(sp.csr_matrix(np.ones((20, 30), dtype=np.float32)), n_top_genes=5)

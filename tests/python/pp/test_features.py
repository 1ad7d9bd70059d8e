"""Normalisation and the two presets, by hand and by invariance."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from semst import SemSTError
from semst.pp import (
    fit_components,
    library_size,
    log_normalise,
    paper_features,
    scale_without_centring,
    semst_features,
    slice_means,
)


def _slice(n=60, m=40, seed=0):
    counts = sp.csr_matrix(np.random.default_rng(seed).poisson(1.5, (n, m)).astype(np.float32))
    return counts, pd.Index([f"GENE{i}" for i in range(m)])


def test_default_features_by_hand():
    counts, genes = _slice()
    features = semst_features(counts, genes)
    dense = counts.toarray()
    total = dense.sum(axis=1)
    np.testing.assert_allclose(features.inputs.toarray(), np.log1p(dense / total[:, None] * 1e4), rtol=1e-6)
    np.testing.assert_array_equal(features.targets.toarray(), dense)
    np.testing.assert_allclose(np.exp(features.log_size), total / total.mean(), rtol=1e-5)


def test_default_leaves_out_mitochondrial_genes_but_counts_them_in_the_library():
    counts, _ = _slice(m=3)
    features = semst_features(counts, pd.Index(["A", "MT-ND1", "B"]))
    assert features.genes.tolist() == ["A", "B"]
    total = counts.toarray().sum(axis=1)
    np.testing.assert_allclose(np.exp(features.log_size), total / total.mean(), rtol=1e-5)


def test_a_panel_of_mitochondrial_genes_alone_is_still_used():
    counts, _ = _slice(m=2)
    counts = sp.csr_matrix(counts.toarray() + 1)
    assert len(semst_features(counts, pd.Index(["MT-ND1", "MT-ND2"])).genes) == 2


def test_depth_takes_the_place_of_the_row_sum():
    counts, genes = _slice()
    depth = np.asarray(counts.sum(axis=1)).ravel() * 2.0
    halved = semst_features(counts, genes, depth=depth).inputs
    plain = semst_features(counts, genes).inputs
    np.testing.assert_allclose(np.expm1(halved.toarray()) * 2, np.expm1(plain.toarray()), rtol=1e-4)


@pytest.mark.parametrize(
    ("depth", "message"),
    [
        (np.ones(3), "3 values for 60 spots"),
        (np.full(60, np.nan), "60 of 60 depths are missing"),
        (np.ones(60), "hold more counts than their depth says"),
    ],
)
def test_a_depth_that_cannot_be_is_an_error(depth, message):
    with pytest.raises(SemSTError, match=message):
        library_size(_slice()[0], depth=depth)


def test_published_features_by_hand():
    counts, genes = _slice()
    features = paper_features(counts, genes, min_spots=1)
    dense = counts.toarray()
    rows = dense / dense.sum(axis=1, keepdims=True) * 1e4
    wanted = np.minimum(rows / rows.std(axis=0, ddof=1), 10)
    np.testing.assert_allclose(features.inputs.toarray(), wanted, rtol=1e-5)
    assert features.targets is features.inputs
    assert not features.log_size.any()


def test_scaling_equals_scanpy():
    import scanpy as sc
    from anndata import AnnData

    counts, _ = _slice()
    adata = AnnData(counts.toarray())
    sc.pp.scale(adata, zero_center=False, max_value=1.5)
    np.testing.assert_allclose(scale_without_centring(counts, clip=1.5).toarray(), adata.X, rtol=1e-5)


def test_spot_and_gene_order_only_permute_the_features():
    counts, genes = _slice()
    rng = np.random.default_rng(3)
    spots, columns = rng.permutation(60), rng.permutation(40)
    for prepare in (semst_features, paper_features):
        plain = prepare(counts, genes, n_top_genes=15)
        moved = prepare(counts[spots][:, columns], genes[columns], n_top_genes=15)
        assert set(moved.genes) == set(plain.genes)
        back = [list(moved.genes).index(g) for g in plain.genes]
        np.testing.assert_allclose(
            moved.inputs.toarray()[:, back], plain.inputs.toarray()[spots], rtol=1e-5, atol=1e-6
        )


def test_inputs_are_left_untouched():
    counts, genes = _slice()
    before = counts.copy()
    semst_features(counts, genes)
    paper_features(counts, genes)
    log_normalise(counts, np.ones(60))
    assert (counts != before).nnz == 0


def test_components_are_the_same_sparse_and_dense_and_for_any_spot_order():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(150, 5)) * [50.0, 40.0, 30.0, 20.0, 10.0]
    values = np.maximum(signal @ rng.normal(size=(5, 120)), 0)
    dense = fit_components(values, n_components=4)
    sparse = fit_components(sp.csr_matrix(values), n_components=4)
    order = rng.permutation(150)
    moved = fit_components(values[order], n_components=4)
    for other in (sparse, moved):
        np.testing.assert_allclose(other.loadings, dense.loadings, atol=1e-4)
    centred = values - values.mean(axis=0)
    exact = np.linalg.svd(centred, compute_uv=False)[:4]
    np.testing.assert_allclose(np.linalg.norm(dense.project(values), axis=0), exact, rtol=1e-5)


@pytest.mark.parametrize("n_spots", [150, 60])  # found one after the other, and all at once
def test_components_within_slices_are_those_of_values_whose_slices_are_centred(n_spots):
    rng = np.random.default_rng(0)
    slices = rng.integers(0, 3, n_spots)
    signal = rng.normal(size=(n_spots, 5)) * [50.0, 40.0, 30.0, 20.0, 10.0]
    values = np.maximum(signal @ rng.normal(size=(5, 120)), 0) + 300 * rng.normal(size=(3, 120))[slices]
    centred = values - slice_means(values, slices)[slices]
    exact = np.linalg.svd(centred)[2][:4]
    for form in (values, sp.csr_matrix(values)):
        found = fit_components(form, n_components=4, slices=slices)
        np.testing.assert_allclose(np.abs((found.loadings * exact.T).sum(axis=0)), 1, atol=1e-4)
        np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-4, atol=1e-3)
        assert (found.loadings[np.abs(found.loadings).argmax(axis=0), range(4)] > 0).all()
    order = rng.permutation(n_spots)
    moved = fit_components(values[order], n_components=4, slices=slices[order])
    np.testing.assert_allclose(moved.loadings, found.loadings, atol=1e-4)
    part = fit_components(values, n_components=4, slices=slices, max_fit=n_spots // 2)
    assert part.loadings.shape == (120, 4)
    one, usual = (fit_components(values, n_components=4, slices=s) for s in (0 * slices, None))
    np.testing.assert_allclose(one.loadings, usual.loadings, atol=1e-4)


def test_means_of_slices_sparse_and_dense():
    values, slices = np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]]), np.array([1, 1, 0])
    for form in (values, sp.csr_matrix(values)):
        np.testing.assert_array_equal(slice_means(form, slices), [[0, 5], [2, 0]])


def test_more_components_than_the_matrix_has():
    assert fit_components(np.eye(5), n_components=50).loadings.shape == (5, 4)

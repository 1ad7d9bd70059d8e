"""Expression graphs against all pairs."""

import logging

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import pairwise_distances

import semst.gr._expression as module
from semst import SemSTError
from semst.gr import expression_graph


def all_pairs(features, k, metric):
    distances = pairwise_distances(features, metric=metric)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :k]
    graph = np.zeros(distances.shape, dtype=bool)
    np.put_along_axis(graph, near, True, axis=1)
    return graph | graph.T


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("block", [64e6, 2000.0])  # one block, and many with a last one cut short
@pytest.mark.parametrize("long_row", [5_000, 100])  # partition of every row, and a pass for the largest few
def test_exact_equals_all_pairs(monkeypatch, metric, block, long_row):
    monkeypatch.setattr(module, "BLOCK_BYTES", block)
    monkeypatch.setattr(module, "LONG_ROW", long_row)
    features = np.random.default_rng(0).normal(2, 1, (150, 8))
    graph = expression_graph(features, n_neighs=5, metric=metric)
    np.testing.assert_array_equal(graph.toarray(), all_pairs(features, 5, metric))
    assert graph.dtype == np.float32
    assert graph.format == "csr"


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, np.asarray])
@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_storage_does_not_matter(metric, form, dtype):
    counts = np.random.default_rng(0).poisson(1.5, (80, 30)).astype(dtype)
    expected = expression_graph(counts.astype(float), n_neighs=4, metric=metric)
    given = expression_graph(form(counts), n_neighs=4, metric=metric)
    # whole numbers tie, so only the distances of the neighbours are unique
    assert abs(expected.nnz - given.nnz) <= 0.1 * expected.nnz


@pytest.mark.parametrize("filled", [0.05, 0.3])  # compared as they are, and as dense rows
def test_sparse_equals_dense(filled):
    rng = np.random.default_rng(0)
    features = rng.random((80, 400)) * (rng.random((80, 400)) < filled)
    dense = expression_graph(features, n_neighs=4)
    assert (dense != expression_graph(sparse.csc_matrix(features), n_neighs=4)).nnz == 0


def test_order_of_spots_does_not_matter():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(90, 6))
    order = rng.permutation(90)
    one = expression_graph(features, n_neighs=4)
    other = expression_graph(features[order], n_neighs=4)
    assert (one[order][:, order] != other).nnz == 0


def test_duplicated_rows_do_not_choose_themselves():
    features = np.repeat(np.eye(3), 4, axis=0)
    graph = expression_graph(features, n_neighs=3)
    assert graph.diagonal().sum() == 0
    np.testing.assert_array_equal(graph.toarray(), np.kron(np.eye(3), np.ones((4, 4)) - np.eye(4)))


def test_zero_rows_have_no_direction(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("semst"), "propagate", True)
    features = np.random.default_rng(0).random((20, 4))
    features[[3, 11]] = 0
    for form in (np.asarray, sparse.csr_matrix):
        graph = expression_graph(form(features), n_neighs=3)
        assert graph[[3, 11]].nnz == 0
        assert (np.diff(graph.indptr) >= 3).sum() == 18
        assert "2 of 20 spots have only zeros" in caplog.text
    assert expression_graph(features, n_neighs=3, metric="euclidean")[[3, 11]].nnz > 0


def test_length_of_rows_does_not_matter_to_the_cosine():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 5))
    stretched = features * rng.uniform(0.01, 100, (50, 1))
    assert (expression_graph(features, n_neighs=4) != expression_graph(stretched, n_neighs=4)).nnz == 0


@pytest.mark.slow
def test_approximate_search_is_repeatable_close_and_excludes_self():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(size=(500, 5)), np.ones((30, 5)), np.zeros((2, 5))])
    exact = expression_graph(features, n_neighs=8)
    graph = expression_graph(features, n_neighs=8, exact_below=100)
    again = expression_graph(features, n_neighs=8, exact_below=100)
    assert (graph != again).nnz == 0
    assert graph.diagonal().sum() == 0
    assert graph[-2:].nnz == 0
    np.testing.assert_array_equal(graph.toarray(), graph.T.toarray())
    different = graph[:500, :500].multiply(exact[:500, :500]).sum() / exact[:500, :500].sum()
    assert different > 0.95
    assert graph[500:530, :500].nnz == exact[500:530, :500].nnz  # the copies find each other


def test_random_state_of_numpy_is_left_alone():
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    expression_graph(np.random.default_rng(0).normal(size=(30, 3)), n_neighs=4)
    assert np.random.random() == expected


def test_messages():
    rows = np.random.default_rng(0).normal(size=(10, 3))
    with pytest.raises(SemSTError, match="n_neighs is 14, but there are only 10 spots"):
        expression_graph(rows)
    with pytest.raises(SemSTError, match='metric must be "cosine" or "euclidean", not \'l1\''):
        expression_graph(rows, metric="l1")
    with pytest.raises(SemSTError, match="2 feature values are NaN or infinite"):
        expression_graph(
            np.where(rows == rows.max(), np.nan, np.where(rows == rows.min(), np.inf, rows)), n_neighs=2
        )
    with pytest.raises(SemSTError, match=r"not of shape \(10,\)"):
        expression_graph(rows[:, 0], n_neighs=2)


def test_neighbours_that_were_not_found_are_no_edges(monkeypatch):
    found = np.array([[1, -1], [0, -1], [-1, -1], [2, 0]])
    monkeypatch.setattr(module, "_approximate", lambda *_: found)
    graph = expression_graph(np.random.default_rng(0).normal(size=(4, 3)), n_neighs=2, exact_below=0)
    edges = {tuple(pair) for pair in np.argwhere(graph.toarray())}
    assert edges == {(0, 1), (1, 0), (2, 3), (3, 2), (0, 3), (3, 0)}


@pytest.mark.parametrize(
    ("features", "below"),
    [
        (np.zeros((2, 64), np.float32), 150_000),
        (np.zeros((2, 65), np.float32), 60_000),
        (sparse.csr_matrix((2, 64), dtype=np.float32), 20_000),
    ],
)
def test_how_far_all_pairs_are_compared_depends_on_what_a_pair_costs(features, below, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "nearest_neighbour_descent", lambda n: asked.append(n))
    assert module._exact_below(features) == below
    monkeypatch.setattr(module, "_exact_below", lambda _: 30)
    rows = np.random.default_rng(0).normal(size=(30, 4))
    expression_graph(rows[1:], n_neighs=2)
    assert asked == []
    expression_graph(rows, n_neighs=2)
    assert asked == [30]


def test_features_of_zeros_alone_are_refused():
    with pytest.raises(SemSTError, match="the counts do not differ between spots"):
        expression_graph(np.zeros((12, 4)), n_neighs=3)

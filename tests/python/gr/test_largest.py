"""The largest products of rows, against a full sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semst.gr._expression as expression
import semst.gr._largest as module
from semst.gr import expression_graph
from semst.gr._largest import largest_products


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    """Several tiles in both directions, the last ones cut short."""
    monkeypatch.setattr(module, "ROWS", 16)
    monkeypatch.setattr(module, "COLUMNS", 64)


def sorted_out(rows, k, offset=None):
    products = rows @ rows.T - (0 if offset is None else offset)
    np.fill_diagonal(products, -np.inf)
    return np.sort(np.argsort(-products, axis=1)[:, :k], axis=1)


@pytest.mark.parametrize("n", [15, 16, 63, 64, 65, 150])
@pytest.mark.parametrize("k", [1, 7, 14])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_are_those_of_a_full_sort(n, k, dtype):
    rng = np.random.default_rng(n)
    rows = rng.normal(size=(n, 5)).astype(dtype)
    for offset in (None, rng.normal(size=n).astype(dtype)):
        found = np.sort(largest_products(rows, k, offset), axis=1)
        np.testing.assert_array_equal(found, sorted_out(rows, k, offset))


@given(
    seed=st.integers(0, 10_000), n=st.integers(20, 140), k=st.integers(1, 19), scale=st.sampled_from([1, 3])
)
@settings(max_examples=40, deadline=None)
def test_with_ties_the_products_are_still_the_largest(seed, n, k, scale):
    """Small whole numbers: many rows are equal, and many products."""
    rows = np.random.default_rng(seed).integers(-scale, scale + 1, (n, 3)).astype(np.float32)
    found = largest_products(rows, k)
    products = rows @ rows.T
    np.fill_diagonal(products, -np.inf)
    assert (found != np.arange(n)[:, None]).all()
    assert all(len(set(some)) == k for some in found.tolist())
    taken = np.sort(np.take_along_axis(products, found, axis=1), axis=1)
    np.testing.assert_array_equal(taken, np.sort(products, axis=1)[:, -k:])


def test_more_others_than_groups():
    rows = np.random.default_rng(0).normal(size=(60, 4))
    np.testing.assert_array_equal(np.sort(largest_products(rows, 59), axis=1), sorted_out(rows, 59))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_graph_is_that_of_the_search_through_whole_rows(metric, monkeypatch):
    monkeypatch.setattr(expression, "TILED_FROM", 100)
    features = np.random.default_rng(1).normal(2, 1, (300, 6))
    tiled = expression_graph(features, n_neighs=8, metric=metric)
    monkeypatch.setattr(expression, "largest_products", lambda *_: pytest.fail("still in tiles"))
    monkeypatch.setattr(expression, "NARROW", 5)
    whole = expression_graph(features, n_neighs=8, metric=metric)
    assert (tiled != whole).nnz == 0

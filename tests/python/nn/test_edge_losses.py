"""Edge products, min-cut and the disentangling term against dense formulas in float64."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semst.nn import Edges, edge_products, min_cut, partition_balance, shared_information


@pytest.fixture
def graph():
    rng = np.random.default_rng(0)
    dense = np.triu(rng.random((7, 7)) < 0.5, 1)
    return sp.csr_matrix((dense | dense.T).astype(np.float32))


def test_products_on_a_part_of_a_graph_and_their_gradients(graph):
    edges = Edges(graph[:4])  # four receive from seven
    rng = torch.Generator().manual_seed(0)
    left = torch.randn(4, 3, dtype=torch.float64, generator=rng, requires_grad=True)
    right = torch.randn(7, 3, dtype=torch.float64, generator=rng, requires_grad=True)
    expected = (left[edges.rows] * right[edges.columns]).sum(dim=1)
    torch.testing.assert_close(edge_products(edges, left, right), expected)
    assert torch.autograd.gradcheck(lambda a, b: edge_products(edges, a, b), (left, right))
    weights = torch.rand(len(edges.rows), dtype=torch.float64, generator=rng, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w, b: edges.weighted_sum(w, b), (weights, right))


def test_min_cut_is_the_dense_formula(graph):
    edges = Edges(graph)
    rng = torch.Generator().manual_seed(1)
    weights = torch.rand(len(edges.rows), dtype=torch.float64, generator=rng)
    soft = torch.softmax(torch.randn(7, 3, dtype=torch.float64, generator=rng), dim=1).requires_grad_()
    dense = torch.zeros(7, 7, dtype=torch.float64)
    dense[edges.rows, edges.columns] = weights
    degree = torch.diag(dense.sum(dim=1))
    expected = 1 - torch.trace(soft.T @ dense @ soft) / torch.trace(soft.T @ degree @ soft)
    torch.testing.assert_close(min_cut(soft, edges, weights), expected)
    weights.requires_grad_()
    assert torch.autograd.gradcheck(lambda p, w: min_cut(p, edges, w), (soft, weights))


def test_min_cut_by_hand():
    # 0 - 1 - 2 - 3, cut in the middle: 2 of 6 directed edges
    path = sp.diags([1.0, 1.0], [-1, 1], shape=(4, 4), format="csr")
    halves = torch.eye(2, dtype=torch.float64)[[0, 0, 1, 1]]
    value = min_cut(halves, Edges(path), torch.ones(6, dtype=torch.float64))
    assert value.item() == pytest.approx(1 / 3)
    one = torch.eye(2, dtype=torch.float64)[[0, 0, 0, 0]]
    assert min_cut(one, Edges(path), torch.ones(6, dtype=torch.float64)).item() == pytest.approx(0)


def test_balance_prefers_equal_clusters_to_one():
    equal, single = torch.eye(2)[[0, 0, 1, 1]], torch.eye(2)[[0, 0, 0, 0]]
    assert partition_balance(equal).item() == pytest.approx(0, abs=1e-5)
    assert partition_balance(single).item() == pytest.approx((2 - 2**0.5) ** 0.5, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_shared_information_ignores_scale_and_shift_and_lies_in_0_1(seed, scale, shift):
    rng = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(30, 4, dtype=torch.float64, generator=rng) for _ in range(2))
    value = shared_information([first, second], eps=0)
    assert 0 <= value <= 1
    torch.testing.assert_close(value, shared_information([first, scale * second + shift], eps=0))
    stacked = np.corrcoef(first.T.numpy(), second.T.numpy())[:4, 4:]
    assert value.item() == pytest.approx((stacked**2).mean())


def test_shared_information_has_a_gradient_for_every_view():
    views = [torch.randn(12, 3, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(lambda *v: shared_information(v), views)
    gradients = torch.autograd.grad(shared_information(views), views)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)


def test_a_dead_column_shares_nothing():
    view = torch.randn(10, 2)
    assert torch.isfinite(shared_information([view, torch.zeros(10, 2)]))
    assert shared_information([view, torch.zeros(10, 2)]).item() == 0

import numpy as np
import scipy.sparse as sp
import torch

from semst.nn import Edges


def _edges(seed=0, n=9):
    graph = sp.random(n, n, density=0.4, format="csr", random_state=seed)
    return Edges(sp.csr_matrix((graph + sp.eye(n)) != 0, dtype=np.float64)), n


def test_the_weighted_sum_has_the_right_gradients():
    edges, n = _edges()
    weights = torch.rand(len(edges.rows), dtype=torch.float64, requires_grad=True)
    dense = torch.randn(n, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(edges.weighted_sum, (weights, dense))


def test_the_weighted_sum_equals_the_dense_product():
    edges, n = _edges(1)
    weights, dense = torch.rand(len(edges.rows)), torch.randn(n, 3)
    full = torch.zeros(n, n)
    full[edges.rows, edges.columns] = weights
    torch.testing.assert_close(edges.weighted_sum(weights, dense), full @ dense)


def test_softmax_sums_to_one_over_the_edges_of_a_spot_and_is_differentiable():
    edges, n = _edges(2)
    scores = torch.randn(len(edges.rows), dtype=torch.float64, requires_grad=True)
    sums = torch.zeros(n, dtype=torch.float64).index_add(0, edges.rows, edges.softmax(scores))
    torch.testing.assert_close(sums, torch.ones(n, dtype=torch.float64))
    assert torch.autograd.gradcheck(edges.softmax, (scores,))


def test_products_are_taken_at_the_edges():
    edges, n = _edges(3)
    left, right = torch.randn(n, 4), torch.randn(n, 4)
    expected = (left @ right.T)[edges.rows, edges.columns]
    torch.testing.assert_close(edges.products(left, right), expected)


def test_half_precision_is_summed_in_single():
    edges = Edges(sp.csr_matrix(np.ones((3, 3))))
    weights = torch.full((9,), 1 / 3, requires_grad=True)
    dense = torch.tensor([[1.0], [2.0], [6.0]], requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = dense @ torch.ones(1, 1)
        assert halved.dtype == torch.bfloat16
        total = edges.weighted_sum(weights, halved)
    assert total.dtype == torch.bfloat16
    total.float().sum().backward()
    np.testing.assert_allclose(dense.grad, np.ones((3, 1)), rtol=1e-2)
    np.testing.assert_allclose(weights.grad, [1, 2, 6] * 3, rtol=1e-2)
    assert edges.products(halved, halved).dtype == torch.float32


def test_weights_sum_to_one_where_products_are_in_half_precision():
    """On CUDA autocast raises in single precision what comes in half of it."""
    edges = Edges(sp.csr_matrix(np.ones((4, 4))))
    scores = torch.linspace(-1, 1, 16, dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        weights = edges.softmax(scores)
    np.testing.assert_allclose(weights.float().view(4, 4).sum(dim=1), np.ones(4), rtol=2e-2)

"""Structure losses against all pairs written out."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch.nn import functional

from semst.nn import Edges, cosine_structure, sigmoid_structure


@pytest.fixture
def graph():
    matrix = sp.random(20, 20, density=0.1, random_state=0, format="csr")
    matrix = sp.csr_matrix(matrix + matrix.T + sp.eye(20))
    matrix.sort_indices()
    return matrix


@pytest.fixture
def views():
    torch.manual_seed(0)
    return [torch.randn(20, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]


def test_cosines_equal_all_pairs_with_their_gradient(graph, views):
    u, v = (functional.normalize(view, dim=1) for view in views)
    plain = (u @ v.T - torch.tensor(graph.toarray())).square().mean()
    lean = cosine_structure(*views, Edges(graph), torch.tensor(graph.data))
    assert lean.item() == pytest.approx(plain.item(), rel=1e-12)
    for one, other in zip(torch.autograd.grad(lean, views), torch.autograd.grad(plain, views), strict=True):
        torch.testing.assert_close(one, other)


def test_sigmoids_equal_all_pairs_where_all_rows_are_taken(graph, views):
    h = views[0]
    plain = (torch.sigmoid(h @ h.T) - torch.tensor(graph.toarray())).square().mean()
    found = sigmoid_structure(h, Edges(graph), torch.tensor(graph.data))
    assert found.item() == pytest.approx(plain.item(), rel=1e-12)


def test_drawn_rows_are_right_on_average(graph, views):
    h = views[0].detach()
    plain = (torch.sigmoid(h @ h.T) - torch.tensor(graph.toarray())).square().mean().item()
    edges, weights = Edges(graph), torch.tensor(graph.data)
    drawn = [sigmoid_structure(h, edges, weights, n_rows=5).item() for _ in range(600)]
    assert np.std(drawn) > 0
    assert np.mean(drawn) == pytest.approx(plain, abs=4 * np.std(drawn) / np.sqrt(600))

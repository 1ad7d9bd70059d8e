import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst.nn import Edges, NeighbourAttention


def _graph(n=8, seed=0):
    graph = sp.random(n, n, density=0.3, format="csr", random_state=seed)
    return sp.csr_matrix((graph + graph.T + sp.eye(n)) != 0, dtype=np.float64)


def _dense(attention, features, graph):
    """The formula over all pairs, with everything but the edges masked out."""
    scores = torch.sigmoid((features @ attention.sender)[None, :] + (features @ attention.receiver)[:, None])
    return scores.masked_fill(torch.from_numpy(graph.toarray() == 0), -torch.inf).softmax(dim=1)


def test_the_weights_are_those_of_the_dense_formula():
    graph = _graph()
    edges, attention = Edges(graph), NeighbourAttention(3).double()
    features = torch.randn(8, 3, dtype=torch.float64)
    expected = _dense(attention, features, graph)[edges.rows, edges.columns]
    torch.testing.assert_close(attention(features, edges), expected)


def test_two_spots_by_hand():
    edges, attention = Edges(sp.csr_matrix([[1, 1], [0, 1]])), NeighbourAttention(1)
    torch.nn.init.constant_(attention.sender, 2.0)
    torch.nn.init.constant_(attention.receiver, -1.0)
    own, other = (1 / (1 + np.exp(-score)) for score in (2 * 1 - 1, 2 * 3 - 1))
    first = np.exp([own, other]) / np.exp([own, other]).sum()
    found = attention(torch.tensor([[1.0], [3.0]]), edges)
    assert found.tolist() == pytest.approx([*first, 1.0])


def test_a_weight_stands_for_the_product_it_would_make():
    edges, attention = Edges(_graph(seed=1)), NeighbourAttention(5).double()
    features, weight = torch.randn(8, 2, dtype=torch.float64), torch.randn(2, 5, dtype=torch.float64)
    torch.testing.assert_close(attention(features, edges, weight), attention(features @ weight, edges))


def test_gradients():
    edges, attention = Edges(_graph(seed=2)), NeighbourAttention(3).double()
    features = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda h: attention(h, edges), (features,))

"""The neighbour contrast against all pairs written out."""

import pytest
import scipy.sparse as sp
import torch
from torch.nn import functional

from semst.nn import Edges, neighbour_contrast


def _graph(n):
    matrix = sp.random(n, n, density=0.1, random_state=0, format="csr")
    return sp.csr_matrix(((matrix + matrix.T + sp.eye(n)) > 0).astype(float))


def _views(n, d=4):
    torch.manual_seed(0)
    return [torch.randn(n, d, dtype=torch.float64, requires_grad=True) for _ in range(2)]


def _written_out(first, second, graph, temperature, groups=None):
    u, v = (functional.normalize(view, dim=1) for view in (first, second))
    linked = torch.tensor(graph.toarray()) > 0
    neighbours = linked & ~torch.eye(len(u), dtype=torch.bool)
    negatives = ~linked if groups is None else ~linked & (groups[:, None] != groups)
    losses = []
    for a, b in ((u, v), (v, u)):
        within, across = ((a @ c.T / temperature).exp() for c in (a, b))
        positive = across.diagonal() + ((within + across) * neighbours).sum(dim=1)
        negative = ((within + across) * negatives).sum(dim=1)
        share = positive / (2 * neighbours.sum(dim=1) + 1) / (positive + negative)
        losses.append(-share.log().mean())
    return sum(losses) / 2


@pytest.mark.parametrize("grouped", [False, True])
def test_equals_all_pairs_written_out_with_its_gradient(grouped):
    views, graph = _views(25), _graph(25)
    groups = torch.arange(25) % 3 if grouped else None
    lean = neighbour_contrast(*views, Edges(graph), temperature=0.7, groups=groups)
    plain = _written_out(*views, graph, 0.7, groups)
    assert lean.item() == pytest.approx(plain.item(), rel=1e-12)
    for one, other in zip(torch.autograd.grad(lean, views), torch.autograd.grad(plain, views), strict=True):
        torch.testing.assert_close(one, other)


def test_drawn_columns_give_the_same_on_average():
    views, graph = _views(60), _graph(60)
    exact = _written_out(*views, graph, 0.7).item()
    edges = Edges(graph)
    drawn = torch.stack(
        [neighbour_contrast(*views, edges, temperature=0.7, n_columns=30) for _ in range(200)]
    )
    assert drawn.std() > 0
    # the logarithm of a noisy sum is a little too small on average
    assert drawn.mean().item() == pytest.approx(exact, abs=0.01)


def test_one_spot_alone_by_hand():
    # two spots without a neighbour, at a right angle: positives e, negatives 2 e(0) = 2
    views = torch.eye(2), torch.eye(2)
    wanted = torch.log((torch.tensor(1.0).exp() + 2) / torch.tensor(1.0).exp())
    found = neighbour_contrast(*views, Edges(sp.identity(2, format="csr")))
    assert found.item() == pytest.approx(wanted.item())

"""Graph convolution and the sparse operator under it."""

import numpy as np
import scipy.sparse as sp
import torch
from torch_geometric.nn import GCNConv

from semst.nn import GCN, Propagation


def _path_graph(n):
    return sp.csr_matrix(sp.diags([np.ones(n - 1), np.ones(n - 1)], [-1, 1]))


def _symmetric(adjacency):
    with_loops = adjacency + sp.eye(adjacency.shape[0])
    scale = sp.diags(1 / np.sqrt(np.asarray(with_loops.sum(axis=1)).ravel()))
    return sp.csr_matrix(scale @ with_loops @ scale)


def test_equals_two_layers_of_the_reference_library():
    torch.manual_seed(0)
    adjacency = _path_graph(9)
    edges = torch.tensor(np.vstack(adjacency.nonzero()))
    x = torch.randn(9, 4)
    first, second = GCNConv(4, 6), GCNConv(6, 3)
    wanted = second(torch.relu(first(x, edges)), edges)

    model = GCN(4, 6, 3)
    with torch.no_grad():
        model.first.weight.copy_(first.lin.weight)
        model.first.bias.copy_(first.bias)
        model.second.weight.copy_(second.lin.weight)
        model.second.bias.copy_(second.bias)
    propagation = Propagation(_symmetric(adjacency))
    torch.testing.assert_close(model(propagation(x), propagation), wanted, rtol=1e-5, atol=1e-6)


def test_widening_second_layer_gives_the_same_as_propagating_last():
    # rows of the operator do not sum to one, so a bias added before propagation would show
    operator = sp.csr_matrix([[0.0, 2.0], [0.5, 0.0]])
    propagation = Propagation(operator)
    torch.manual_seed(1)
    model = GCN(3, 2, 5)
    torch.nn.init.normal_(model.second.bias)
    x = torch.randn(2, 3)
    hidden = torch.relu(model.first(x))
    wanted = (
        torch.tensor(operator.toarray(), dtype=torch.float32) @ hidden @ model.second.weight.T
        + model.second.bias
    )
    torch.testing.assert_close(model(x, propagation), wanted)


def test_gradient_of_the_product_in_float64():
    matrix = sp.random(6, 6, density=0.4, random_state=0, format="csr")
    propagation = Propagation(matrix)
    dense = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(propagation, (dense,))


def test_spot_order_only_permutes_the_embedding():
    torch.manual_seed(0)
    operator = _symmetric(_path_graph(8))
    x, order = torch.randn(8, 4), np.random.default_rng(0).permutation(8)
    model = GCN(4, 5, 3)
    plain = Propagation(operator)
    moved = Propagation(sp.csr_matrix(operator[order][:, order]))
    torch.testing.assert_close(model(moved(x[order]), moved), model(plain(x), plain)[order])


def test_products_are_single_precision_under_autocast_and_rectangular_operators_work():
    rows = sp.csr_matrix([[0.0, 2.0, 1.0], [1.0, 0.0, 0.0]])
    propagation = Propagation(rows)
    x = torch.randn(3, 4, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        result = propagation(x)
    result.sum().backward()
    assert result.dtype == torch.float32
    torch.testing.assert_close(result, torch.from_numpy(rows.toarray()).float() @ x)
    torch.testing.assert_close(x.grad, torch.tensor([1.0, 2.0, 1.0])[:, None].expand(3, 4))


def test_a_symmetric_operator_is_held_once():
    symmetric = Propagation(_symmetric(_path_graph(5)))
    assert symmetric.transposed is symmetric.matrix
    directed = Propagation(sp.csr_matrix([[0.0, 2.0], [1.0, 0.0]]))
    assert directed.transposed is not directed.matrix

"""Both regularisers against the sums they stand for."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from semst.nn import Propagation, correlation_reduction, spatial_regularisation


def _direct_spatial(embedding, adjacency):
    """Equation 13 as written: a double loop over ordered pairs."""
    unit = functional.normalize(embedding, dim=1)
    total = 0.0
    for i in range(len(unit)):
        for j in range(len(unit)):
            if i != j:
                psi = float(unit[i] @ unit[j])
                total += np.log1p(np.exp(-psi)) if adjacency[i, j] else np.log1p(np.exp(psi))
    return total / (2 * len(unit) ** 2)


def _graph(n, seed):
    upper = sp.triu(sp.random(n, n, density=0.2, random_state=seed), k=1)
    graph = sp.csr_matrix(upper + upper.T)
    graph.data[:] = 1.0
    return graph


@given(seed=st.integers(0, 10_000), n=st.integers(3, 25), d=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_spatial_regularisation_equals_the_double_sum(seed, n, d):
    embedding = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    graph = _graph(n, seed)
    value = spatial_regularisation(embedding, Propagation(graph)).item()
    # the fit is within 6e-4 a pair, and pairs are averaged and halved
    assert value == pytest.approx(_direct_spatial(embedding, graph.toarray()), abs=3.5e-4)


def test_spatial_regularisation_prefers_alike_neighbours():
    graph = sp.csr_matrix(np.kron(np.eye(2), 1 - np.eye(3)))
    alike = torch.tensor([[1.0, 0.0]] * 3 + [[-1.0, 0.0]] * 3)
    mixed = torch.tensor([[1.0, 0.0], [-1.0, 0.0]] * 3)
    assert spatial_regularisation(alike, Propagation(graph)) < spatial_regularisation(
        mixed, Propagation(graph)
    )


def test_spatial_regularisation_does_not_see_length_or_order():
    torch.manual_seed(0)
    embedding, graph = torch.randn(12, 3, dtype=torch.float64), _graph(12, 1)
    value = spatial_regularisation(embedding, Propagation(graph))
    torch.testing.assert_close(spatial_regularisation(5 * embedding, Propagation(graph)), value)
    order = np.random.default_rng(0).permutation(12)
    moved = Propagation(sp.csr_matrix(graph[order][:, order]))
    torch.testing.assert_close(spatial_regularisation(embedding[order], moved), value)


def test_gradients_in_float64():
    torch.manual_seed(0)
    neighbours = Propagation(_graph(8, 3))
    embedding = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    other = torch.randn(8, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: spatial_regularisation(z, neighbours), (embedding,))
    assert torch.autograd.gradcheck(correlation_reduction, (embedding, other))


def test_correlation_reduction_by_hand():
    first = torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    second = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    # C = [[1, 0], [1/√2, 1/√2]]; deviations from I: 0, 0, 0.7071, -0.2929
    assert correlation_reduction(first, second).item() == pytest.approx((0.5 + (1 - 2**-0.5) ** 2) / 4)

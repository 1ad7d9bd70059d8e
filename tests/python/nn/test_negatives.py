"""Pairs without an edge."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst.nn import Edges, sample_negatives


def _graph(n, density):
    matrix = sp.random(n, n, density=density, random_state=0, format="csr")
    return sp.csr_matrix(matrix + matrix.T + sp.eye(n))


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_no_neighbour_and_no_spot_itself_is_drawn(density):
    graph = _graph(60, density)
    joined = graph.toarray() != 0
    torch.manual_seed(0)
    for _ in range(5):
        spots, negatives = sample_negatives(Edges(graph))
        assert not joined[spots, negatives].any()
        assert len(spots) == graph.nnz


def test_all_negatives_come_up_alike():
    graph = sp.csr_matrix(np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1))
    torch.manual_seed(0)
    edges = Edges(graph)
    drawn = torch.cat([sample_negatives(edges)[1][edges.rows == 2] for _ in range(500)])
    counts = np.bincount(drawn.numpy(), minlength=5)
    assert counts[1:4].sum() == 0
    assert counts[0] / counts.sum() == pytest.approx(0.5, abs=0.05)


def test_a_spot_joined_to_all_others_has_no_pair():
    graph = np.eye(4)
    graph[0], graph[:, 0] = 1, 1
    spots, negatives = sample_negatives(Edges(sp.csr_matrix(graph)))
    assert (spots != 0).all()
    assert (negatives != 0).all()


def test_it_follows_the_seed_and_is_fresh_each_time():
    edges = Edges(_graph(50, 0.05))
    torch.manual_seed(3)
    first, second = sample_negatives(edges)[1], sample_negatives(edges)[1]
    torch.manual_seed(3)
    torch.testing.assert_close(sample_negatives(edges)[1], first)
    assert not torch.equal(first, second)

"""Targets of single spots and of neighbourhoods."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst.nn import Targets


@pytest.mark.parametrize("pooled", [False, True])
def test_some_rows_are_the_rows_of_all(pooled):
    rng = np.random.default_rng(0)
    counts = sp.csr_matrix(rng.poisson(0.6, (9, 5)).astype(np.float32))
    sizes = rng.uniform(0.5, 2, 9)
    pooling = sp.csr_matrix(sp.random(9, 9, density=0.3, random_state=1) != 0, dtype=np.float32) + sp.eye(9)
    targets = Targets(counts, sizes, sp.csr_matrix(pooling) if pooled else None)
    expected = (pooling @ counts if pooled else counts).toarray()
    expected_sizes = pooling @ sizes if pooled else sizes

    for index in (torch.arange(9), torch.tensor([7, 2, 2])):
        block, log_size = targets.rows(index)
        got = sp.csr_matrix((block.values, block.indices, block.pointers), shape=(len(index), 5)).toarray()
        np.testing.assert_allclose(got, expected[index])
        np.testing.assert_allclose(log_size.exp(), expected_sizes[index], rtol=1e-6)
        np.testing.assert_allclose(block.log_factorials, torch.lgamma(block.values + 1), rtol=1e-5, atol=1e-7)
    block, _ = targets.all()
    assert block.values.sum() == expected.sum()

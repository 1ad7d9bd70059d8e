import math

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semst.nn import CountBlock, csr_to_torch
from semst.nn._sparse import _row_by_row, csr_product


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 9), st.integers(1, 5), st.floats(0, 1), st.integers(0, 2**31 - 1))
def test_row_by_row_is_the_product(n, m, d, filled, seed):
    """What CUDA devices take; rows without an entry give zeros."""
    rng = np.random.default_rng(seed)
    matrix = sp.random(n, m, density=filled, format="csr", random_state=rng, dtype=np.float32)
    dense = torch.from_numpy(rng.normal(size=(m, d)).astype(np.float32))
    expected = matrix.toarray() @ dense.numpy()
    for product in (_row_by_row, csr_product):
        np.testing.assert_allclose(product(csr_to_torch(matrix), dense), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 0), (0, 4), (3, 2)])
def test_an_empty_matrix_has_contiguous_parts(shape):
    """NumPy's empty arrays have stride 0, which torch 2.11 refuses."""
    tensor = csr_to_torch(sp.csr_matrix(shape))
    assert tensor.shape == shape
    assert tensor.col_indices().stride() == tensor.values().stride() == (1,)


def test_counts_keep_their_places_and_log_factorials():
    block = CountBlock.from_scipy(sp.csr_matrix([[0, 3, 0], [0, 0, 0], [1, 0, 4]]))
    assert block.pointers.tolist() == [0, 1, 1, 3]
    assert block.indices.tolist() == [1, 0, 2] and block.indices.dtype == torch.int64
    np.testing.assert_allclose(block.log_factorials, np.log([6, 1, 24]), rtol=1e-6)


def test_log_factorials_out_of_the_table_have_the_bits_of_the_function():
    rng = np.random.default_rng(0)
    counts = sp.csr_matrix(rng.integers(0, 500, (40, 30)).astype(np.float32))
    block = CountBlock.from_scipy(counts)
    assert torch.equal(block.log_factorials, torch.lgamma(block.values.double() + 1).float())


@pytest.mark.parametrize("values", [[0.5, 3.0], [2.0, 3e9], [2.0, 200_000.0]])
def test_log_factorials_of_other_values(values):
    block = CountBlock.from_scipy(sp.csr_matrix(np.array([values], dtype=np.float32)))
    expected = [math.lgamma(float(value) + 1) for value in np.float32(values)]
    np.testing.assert_allclose(block.log_factorials, expected, rtol=1e-6)

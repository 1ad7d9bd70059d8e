import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst.nn import DesignMatrix


@pytest.fixture(params=[False, True], ids=["as it is", "shifted"])
def shifted(request):
    return request.param


@pytest.fixture(params={"dense": 0.0, "mixed": 0.4, "sparse": 2.0}.items(), ids=lambda param: param[0])
def design(request, monkeypatch, shifted):
    kind, dense_from = request.param
    monkeypatch.setattr("semst.nn._design.DENSE_FROM", dense_from)
    rng = np.random.default_rng(0)
    values = rng.poisson(0.5, (12, 7)).astype(np.float64)
    if shifted:  # in eighths, which single precision holds exactly
        slices, shifts = rng.permutation(np.repeat([0, 1, 2], 4)), rng.integers(-8, 8, (3, 7)) / 8
        matrix = DesignMatrix(sp.csr_matrix(values), slices=slices, shifts=shifts)
        values = values - shifts[slices]
    else:
        matrix = DesignMatrix(sp.csr_matrix(values))
    n_dense = len(matrix.dense_columns)
    assert {"dense": n_dense == 7, "mixed": 0 < n_dense < 7, "sparse": n_dense == 0}[kind]
    return values, matrix


def test_it_is_the_matrix_it_was_made_from(design):
    values, matrix = design
    np.testing.assert_array_equal(matrix.to_dense(), values)
    weight = torch.randn(7, 3, dtype=torch.float64)
    torch.testing.assert_close(matrix(weight), torch.from_numpy(values) @ weight)


def test_the_product_and_its_gradient(design):
    _, matrix = design
    weight = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: matrix(w), (weight,))


def test_the_squared_error_equals_the_written_out_one(design):
    values, matrix = design
    hidden = torch.randn(12, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 7, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(7, dtype=torch.float64, requires_grad=True)
    lean = matrix.squared_error(hidden, weight, bias)
    plain = (torch.from_numpy(values) - hidden @ weight - bias).square().mean()
    assert lean.item() == pytest.approx(plain.item(), rel=1e-9)
    reused = matrix.squared_error(hidden, weight, bias, product=matrix(weight.T))
    assert reused.item() == pytest.approx(lean.item(), rel=1e-12)
    for one, other in zip(
        torch.autograd.grad(lean, (hidden, weight, bias)),
        torch.autograd.grad(plain, (hidden, weight, bias)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_only_columns_that_are_filled_are_dense():
    values = sp.random(60, 40, density=0.02, format="lil", random_state=0)
    values[:, 3] = 1
    matrix = DesignMatrix(sp.csr_matrix(values))
    assert matrix.dense_columns.tolist() == [3]
    assert matrix.dense.shape == (60, 1)
    assert matrix.sparse.layout == torch.sparse_csr
    assert matrix.sparse.shape == (60, 39)

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst.nn import DesignMatrix


@pytest.fixture(params=["dense", "sparse"])
def design(request, monkeypatch):
    monkeypatch.setattr("semst.nn._design.DENSE_FROM", 0.0 if request.param == "dense" else 2.0)
    rng = np.random.default_rng(0)
    values = rng.poisson(0.5, (12, 7)).astype(np.float64)
    return values, DesignMatrix(sp.csr_matrix(values))


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


def test_a_sparse_matrix_stays_sparse():
    matrix = DesignMatrix(sp.random(50, 40, density=0.02, format="csr", random_state=0))
    assert matrix.transposed is not None
    assert matrix.matrix.layout == torch.sparse_csr

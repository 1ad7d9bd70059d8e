"""The denominator of contrasts against all pairs written out."""

import pytest
import torch

from semst.nn._others import log_sum_of_others


def _pairs(*pairs):
    return torch.tensor([i for i, _ in pairs]), torch.tensor([j for _, j in pairs])


def test_equals_the_sum_written_out_with_its_gradient():
    torch.manual_seed(0)
    u, others = (torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (4, 6))
    excluded = _pairs((0, 0), (0, 5), (3, 2))
    lean = log_sum_of_others(u, others, excluded)
    counted = torch.ones(4, 6, dtype=torch.float64)
    counted[excluded] = 0
    plain = ((u @ others.T).exp() * counted).sum(dim=1).log()
    torch.testing.assert_close(lean, plain)
    upstream = torch.randn(4, dtype=torch.float64)
    found, wanted = (torch.autograd.grad(value @ upstream, (u, others)) for value in (lean, plain))
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_large_products_do_not_overflow():
    u = torch.tensor([[200.0]])
    assert log_sum_of_others(u, torch.ones(2, 1), _pairs((0, 1))).item() == pytest.approx(200.0)


def test_a_spot_without_others_has_no_sum_and_no_gradient():
    u, others = torch.ones(2, 1, requires_grad=True), torch.ones(1, 1, requires_grad=True)
    found = log_sum_of_others(u, others, _pairs((0, 0)))
    assert found.tolist() == [-torch.inf, 1.0]
    shares = torch.logaddexp(found, torch.zeros(2))  # as in a contrast
    by_u, by_others = torch.autograd.grad(shares.sum(), (u, others))
    assert by_u[0].item() == 0 and by_u[1].item() > 0
    assert torch.isfinite(by_others).all()

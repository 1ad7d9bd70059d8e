"""The difference of similarity matrices against the matrices written out."""

import pytest
import torch
from torch.nn import functional

from semst.nn import gram_difference


def _written_out(first, second):
    grams = []
    for view in (first, second):
        unit = functional.normalize(view - view.mean(dim=0), dim=1)
        grams.append(unit @ unit.T)
    return (grams[0] - grams[1]).square().mean()


def _views(n=17, d=5):
    torch.manual_seed(0)
    return [torch.randn(n, d, dtype=torch.float64, requires_grad=True) for _ in range(2)]


def test_equals_the_written_out_matrices_with_its_gradient():
    views = _views()
    lean, plain = gram_difference(*views), _written_out(*views)
    assert lean.item() == pytest.approx(plain.item(), rel=1e-12)
    for one, other in zip(torch.autograd.grad(lean, views), torch.autograd.grad(plain, views), strict=True):
        torch.testing.assert_close(one, other)


def test_three_spots_by_hand():
    # similarities [[1, -1, 0], [-1, 1, 0], [0, 0, 0]] and [[0, 0, 0], [0, 1, -1], [0, -1, 1]]: six differ
    first = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    second = torch.tensor([[0.0, 0.0], [3.0, 0.0], [-3.0, 0.0]])
    assert gram_difference(first, second).item() == pytest.approx(6 / 9)


def test_a_rotation_of_a_view_changes_nothing():
    first, _ = _views()
    turned = first @ torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64))[0]
    assert gram_difference(first, turned).item() == pytest.approx(0, abs=1e-14)


def test_close_views_keep_their_precision_in_single():
    first, _ = _views(n=2000, d=16)
    second = first + 1e-3 * torch.randn_like(first)
    exact = gram_difference(first, second).item()
    assert gram_difference(first.float(), second.float()).item() == pytest.approx(exact, rel=1e-3)

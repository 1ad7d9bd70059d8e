import pytest
import torch
from torch.nn import functional

from semst.nn import info_nce


def _written_out(first, second, temperature):
    """Sum by sum, spot by spot."""
    u, v = functional.normalize(first, dim=1), functional.normalize(second, dim=1)
    n, total = len(u), 0.0
    for a, b in ((u, v), (v, u)):
        for i in range(n):
            own = torch.exp(a[i] @ b[i] / temperature)
            others = sum(
                torch.exp(a[i] @ view[j] / temperature) for view in (a, b) for j in range(n) if j != i
            )
            total = total - torch.log(own / (own + others))
    return total / (2 * n)


def test_it_equals_the_sums_over_all_pairs_and_so_do_its_gradients():
    views = [torch.randn(7, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    ours, theirs = info_nce(*views, temperature=0.5), _written_out(*views, 0.5)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-12)
    for one, other in zip(torch.autograd.grad(ours, views), torch.autograd.grad(theirs, views), strict=True):
        torch.testing.assert_close(one, other)


def test_gradients_with_drawn_others():
    views = [torch.randn(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    drawn = torch.tensor([4, 1, 2])
    assert torch.autograd.gradcheck(lambda a, b: info_nce(a, b, drawn=drawn), views)


def test_drawn_others_estimate_the_sum_without_bias():
    torch.manual_seed(0)
    views = [torch.randn(40, 4, dtype=torch.float64) for _ in range(2)]
    exact = info_nce(*views)
    estimates = torch.stack([info_nce(*views, drawn=torch.randperm(40)[:20]) for _ in range(200)])
    # of the logarithm there is a little, which vanishes as more are drawn
    assert (estimates.mean() - exact).abs() < 0.02
    assert estimates.std() < 0.1


def test_the_order_of_the_spots_is_of_no_matter():
    views = [torch.randn(9, 4, dtype=torch.float64) for _ in range(2)]
    order = torch.randperm(9)
    torch.testing.assert_close(info_nce(*views), info_nce(*(view[order] for view in views)))

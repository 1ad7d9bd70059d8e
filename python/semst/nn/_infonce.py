"""Contrast of two views of the same spots against drawn others."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ._others import in_both_views, log_sum_of_others
from ._sparse import exact_dtype


def info_nce(
    first: Tensor, second: Tensor, *, temperature: float = 0.5, drawn: Tensor | None = None
) -> Tensor:
    r"""InfoNCE of two views with negatives from within and between them (GRACE, equation 1).

    With cosines s and :math:`f = e^{s / \tau}`, averaged over spots and over both directions:

    .. math::
        \ell_i = -\log \frac{f(u_i, v_i)}
            {f(u_i, v_i) + \sum_{j \ne i} f(u_i, v_j) + \sum_{j \ne i} f(u_i, u_j)}

    The sums over all others are made from ``drawn`` spots and scaled up to n - 1 others: unbiased, exact
    where all are drawn, and linear in n.

    Parameters
    ----------
    first, second
        u and v, the views, both of shape (n, d); brought to unit length here.
    temperature
        τ.
    drawn
        Spots that serve as others, shape (m,), without repeats, 2 or more; ``None`` takes all.

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import torch
    >>> view = torch.eye(3)
    >>> other, own = 1.0, torch.tensor(2.0).exp()  # e^(0 / τ) and e^(1 / τ)
    >>> torch.isclose(info_nce(view, view), ((own + 4 * other) / own).log()).item()
    True
    """
    exact = exact_dtype(first)
    u, v = (functional.normalize(view.to(exact), dim=1) for view in (first, second))
    if drawn is None:
        drawn = torch.arange(len(u), device=u.device)
    matched = (u * v).sum(dim=1) / temperature
    with torch.autocast(u.device.type, enabled=False):
        there = _direction(u, v, matched, temperature, drawn)
        back = _direction(v, u, matched, temperature, drawn)
    return 0.5 * (there + back)


def _direction(u: Tensor, v: Tensor, matched: Tensor, temperature: float, drawn: Tensor) -> Tensor:
    n, m = len(u), len(drawn)
    others = torch.cat([u.index_select(0, drawn), v.index_select(0, drawn)])
    # a spot is not among its own others, in neither view
    itself = in_both_views(drawn, torch.arange(m, device=u.device), m)
    n_others = torch.full((n,), float(m), dtype=u.dtype, device=u.device)
    n_others[drawn] -= 1
    summed = log_sum_of_others(u / temperature, others, itself)
    rest = summed + math.log(n - 1) - n_others.log()
    return (torch.logaddexp(matched, rest) - matched).mean()

"""How alike a spot is to drawn others altogether: the denominator of contrasts."""

import torch
from torch import Tensor


class _LogSumOfOthers(torch.autograd.Function):
    """Logarithm of the sum of exp(u_i . o_j) over the others that are not excluded.

    Only one (n, m) matrix is held, the exponentials, from which the gradients are two products.
    """

    @staticmethod
    def forward(ctx, u: Tensor, others: Tensor, rows: Tensor, columns: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        scores = u @ others.T
        scores[rows, columns] = -torch.inf
        top = scores.amax(dim=1, keepdim=True)
        raised = scores.sub_(top.clamp_min(torch.finfo(top.dtype).min)).exp_()
        total = raised.sum(dim=1, keepdim=True)
        ctx.save_for_backward(u, others, raised, total)
        return (top + total.log()).squeeze(1)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[no-untyped-def]
        u, others, raised, total = ctx.saved_tensors
        # a spot without any others has no gradient
        weight = torch.where(total > 0, gradient[:, None] / total, torch.zeros_like(total))
        return weight * (raised @ others), raised.T @ (weight * u), None, None


def log_sum_of_others(u: Tensor, others: Tensor, excluded: tuple[Tensor, Tensor]) -> Tensor:
    r"""Logarithm of :math:`\sum_j e^{u_i \cdot o_j}` over the others j that count for spot i.

    Parameters
    ----------
    u
        Spots, already divided by a temperature, shape (n, d).
    others
        What they are compared with, shape (m, d).
    excluded
        Pairs that do not count, as indices of spots and of others, each of the same length.

    Returns
    -------
    Shape (n,), differentiable in ``u`` and ``others``; minus infinity for a spot that all are excluded for.

    Examples
    --------
    >>> import torch
    >>> nobody = torch.tensor([], dtype=torch.long)
    >>> log_sum_of_others(torch.zeros(2, 3), torch.ones(4, 3), (nobody, nobody)).exp().tolist()
    [4.0, 4.0]
    """
    return torch.as_tensor(_LogSumOfOthers.apply(u, others, *excluded))


def in_both_views(spots: Tensor, places: Tensor, n_drawn: int) -> tuple[Tensor, Tensor]:
    """Pairs of spots and places among ``n_drawn`` others, for others of one view and, behind them, another.

    Examples
    --------
    >>> import torch
    >>> [ends.tolist() for ends in in_both_views(torch.tensor([7]), torch.tensor([0]), 3)]
    [[7, 7], [0, 3]]
    """
    return torch.cat([spots, spots]), torch.cat([places, places + n_drawn])

"""Linear heads and the ZINB likelihood in one: blocks of rows, gradients made on the way forward."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ._sparse import CountBlock

LOG_MEAN_BOUNDS = (-11.5, 13.8)  # means between 1e-5 and 1e6
LOG_DISPERSION_BOUNDS = (-9.2, 9.2)  # dispersions between 1e-4 and 1e4


def _block_gradients(
    columns: Tensor,
    rows: Tensor,
    values: Tensor,
    log_factorials: Tensor,
    log_mean: Tensor,
    log_dispersion: Tensor,
    logit: Tensor,
    ridge: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Summed loss of a block and its gradients by the three parameters, overwriting as little as possible.

    Every entry is first taken as a zero; the few positive ones (``rows``, ``columns``, ``values``) are then
    replaced, so that lgamma and digamma are evaluated only there.
    """
    a = log_mean - log_dispersion
    theta = log_dispersion.exp()
    softplus_a = functional.softplus(a)
    theta_sigma = torch.sigmoid(a).mul_(theta)  # -dt/dlogμ
    t = softplus_a.mul_(theta).neg_()
    u = t - logit
    sigma_u = torch.sigmoid(u)
    dropout = torch.sigmoid(logit)
    loss = functional.softplus(-logit).sub_(functional.softplus(u))
    by_logit = (sigma_u + dropout).sub_(1)
    by_mean = sigma_u * theta_sigma
    by_dispersion = (t + theta_sigma).mul_(sigma_u).neg_()

    # flat positions are several times as fast as pairs of them
    flat = torch.add(columns, rows, alpha=a.shape[1])
    x, a_at, logit_at = values, a.view(-1)[flat], logit.view(-1)[flat]
    t_at, theta_sigma_at, dropout_at = t.view(-1)[flat], theta_sigma.view(-1)[flat], dropout.view(-1)[flat]
    if len(theta) == 1:  # one dispersion a gene: its functions too are evaluated once a gene
        theta_at, lgamma_theta, digamma_theta = (
            function[0, columns] for function in (theta, torch.lgamma(theta), torch.digamma(theta))
        )
    else:
        theta_at = theta.view(-1)[flat]
        lgamma_theta, digamma_theta = torch.lgamma(theta_at), torch.digamma(theta_at)
    log_ratio = torch.lgamma(x + theta_at) - lgamma_theta - log_factorials
    surplus = x * torch.sigmoid(-a_at)  # x (1 - σ(a))
    digamma = torch.digamma(x + theta_at) - digamma_theta
    for everywhere, there in (
        (loss, functional.softplus(logit_at) - t_at + x * functional.softplus(-a_at) - log_ratio),
        (by_logit, dropout_at),
        (by_mean, theta_sigma_at - surplus),
        (by_dispersion, surplus - theta_sigma_at - t_at - theta_at * digamma),
    ):
        everywhere.view(-1).index_copy_(0, flat, there)

    if ridge:
        squared = dropout.square()
        loss.add_(squared, alpha=ridge)
        by_logit.add_(squared.mul_(1 - dropout), alpha=2 * ridge)
    return loss.sum(), by_mean, by_dispersion, by_logit


def _affine(left: Tensor, weight: Tensor | None, bias: Tensor | None, exact: torch.dtype) -> Tensor:
    """``left @ weight + bias`` in the precision ``exact``, multiplied in that of the factors."""
    if weight is None:
        return bias[None, :]  # type: ignore[index]
    if bias is None:
        return (left @ weight).to(exact)
    if left.dtype == exact:
        return torch.addmm(bias, left, weight)
    return (left @ weight).to(exact).add_(bias)


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """``total += left @ right``, multiplied in the precision of the factors."""
    if left.dtype == total.dtype:
        total.addmm_(left, right)
    else:
        total.add_(left @ right)


def _zero_beyond(gradient: Tensor, value: Tensor, bounds: tuple[float, float]) -> None:
    """A value held at a bound has no gradient."""
    low, high = torch.aminmax(value)
    if low <= bounds[0] or high >= bounds[1]:
        gradient.mul_((value > bounds[0]) & (value < bounds[1]))


class _FusedLoss(torch.autograd.Function):
    """Heads and likelihood in blocks of rows; the gradients are made on the way forward.

    Only the gradients by the hidden layers and by the heads are kept: memory is one block of (rows x genes)
    instead of a dozen (n x genes) intermediates. With ``low`` the products are made in that precision; sums
    and the likelihood itself never are.
    """

    @staticmethod
    def forward(ctx, counts, log_size, ridge, rows, low, *tensors):  # type: ignore[no-untyped-def]
        gradients: list[Any] = [None if one is None else torch.zeros_like(one) for one in tensors]
        hidden, weights, biases = tensors[:-6], tensors[-6:-3], tensors[-3:]
        by_hidden, by_weight, by_bias = gradients[:-6], gradients[-6:-3], gradients[-3:]
        if len(hidden) == 1:
            hidden, by_hidden = 3 * hidden, 3 * by_hidden
        n, exact = hidden[0].shape[0], hidden[0].dtype
        total = log_size.new_zeros((), dtype=exact)
        if low is not None:
            hidden, weights = (
                tuple(None if one is None else one.to(low) for one in some) for some in (hidden, weights)
            )
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            block = slice(start, stop)
            log_mean, raw_dispersion, logit = (
                _affine(h[block], w, b, exact) for h, w, b in zip(hidden, weights, biases, strict=True)
            )
            log_mean.add_(log_size[block, None]).clamp_(*LOG_MEAN_BOUNDS)
            first, last = int(counts.pointers[start]), int(counts.pointers[stop])
            lengths = counts.pointers[start + 1 : stop + 1] - counts.pointers[start:stop]
            loss, by_mean, by_dispersion, by_logit = _block_gradients(
                counts.indices[first:last],
                torch.repeat_interleave(torch.arange(stop - start, device=lengths.device), lengths),
                counts.values[first:last].to(exact),
                counts.log_factorials[first:last].to(exact),
                log_mean,
                raw_dispersion.clamp(*LOG_DISPERSION_BOUNDS),
                logit,
                ridge,
            )
            total += loss
            _zero_beyond(by_mean, log_mean, LOG_MEAN_BOUNDS)
            _zero_beyond(by_dispersion, raw_dispersion, LOG_DISPERSION_BOUNDS)
            for head, gradient in ((0, by_mean), (2, by_logit), (1, by_dispersion)):
                if by_bias[head] is not None:
                    by_bias[head] += gradient.sum(dim=0)
                if weights[head] is not None:
                    gradient = gradient if low is None else gradient.to(low)
                    _add_product(by_hidden[head][block], gradient, weights[head].T)
                    _add_product(by_weight[head], hidden[head][block].T, gradient)
        ctx.save_for_backward(*gradients)
        ctx.scale = 1.0 / (n * log_mean.shape[1])
        return total * ctx.scale

    @staticmethod
    def backward(ctx, upstream):  # type: ignore[no-untyped-def]
        factor = upstream * ctx.scale
        gradients: list[Any] = [None if one is None else one * factor for one in ctx.saved_tensors]
        return None, None, None, None, None, *gradients


def fused_loss(
    counts: CountBlock,
    log_size: Tensor,
    hidden: Sequence[Tensor],
    weights: Sequence[Tensor | None],
    biases: Sequence[Tensor | None],
    *,
    rows: int,
    ridge: float = 0.0,
) -> Tensor:
    """Mean negative log-likelihood per entry under linear heads for mean, dispersion and dropout.

    Parameters
    ----------
    counts
        Shape (n, m).
    log_size
        Logarithm of the size factors, shape (n,).
    hidden
        A hidden layer for each head, or one for all; each (n, n_hidden), single or double precision.
    weights
        Of each head, shape (n_hidden, m); ``None`` where a head is its bias alone.
    biases
        Of each head, shape (m,), or ``None``.
    rows
        Spots handled at a time.
    ridge
        Weight of the penalty on the squared dropout probability.

    Returns
    -------
    Scalar, differentiable.
    """
    device = log_size.device.type
    # under autocast the products are made in its precision
    low = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
    with torch.autocast(device, enabled=False):
        loss: Tensor = _FusedLoss.apply(counts, log_size, ridge, rows, low, *hidden, *weights, *biases)
        return loss

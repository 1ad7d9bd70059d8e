"""The ZINB decoder's heads and its likelihood in one: blocks of rows, gradients made on the way forward."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

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


def products_in(device: torch.device) -> torch.dtype | None:
    """The precision autocast wants matrix products in, ``None`` outside autocast."""
    if not torch.is_autocast_enabled(device.type):
        return None
    return torch.get_autocast_dtype(device.type)


def _affine(bias: Tensor, left: Tensor, weight: Tensor) -> Tensor:
    """``left @ weight.T + bias`` in the precision of ``bias``, multiplied in that of the factors."""
    if left.dtype == bias.dtype:
        return torch.addmm(bias, left, weight.T)
    return (left @ weight.T).to(bias.dtype).add_(bias)


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


class FusedLoss(torch.autograd.Function):
    """Heads and likelihood in row blocks; the gradients are made on the way forward.

    Only the gradients by the hidden layer and by the heads' weights are kept: memory is one block of
    (rows x genes) instead of a dozen (n x genes) intermediates. Under autocast the products are made in its
    precision; sums and the likelihood itself never are.
    """

    @staticmethod
    def forward(  # type: ignore[no-untyped-def]
        ctx, counts, hidden, log_size, mean_w, mean_b, disp_w, disp_b, drop_w, drop_b, ridge, rows, low
    ):
        pointers, indices, values, log_factorials = counts
        n, m = len(hidden), len(mean_b)
        scale = 1.0 / (n * m)
        total = hidden.new_zeros(())
        by_hidden = torch.zeros_like(hidden)
        grads: list[Any] = [
            torch.zeros_like(p) if p is not None else None
            for p in (mean_w, mean_b, disp_w, disp_b, drop_w, drop_b)
        ]
        if low is not None:
            hidden, mean_w, drop_w = hidden.to(low), mean_w.to(low), drop_w.to(low)
            disp_w = None if disp_w is None else disp_w.to(low)
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            h = hidden[start:stop]
            log_mean = _affine(mean_b, h, mean_w).add_(log_size[start:stop, None])
            log_mean.clamp_(*LOG_MEAN_BOUNDS)
            raw_disp = disp_b[None, :] if disp_w is None else _affine(disp_b, h, disp_w)
            log_disp = raw_disp.clamp(*LOG_DISPERSION_BOUNDS)
            logit = _affine(drop_b, h, drop_w)
            first, last = int(pointers[start]), int(pointers[stop])
            lengths = pointers[start + 1 : stop + 1] - pointers[start:stop]
            at_rows = torch.repeat_interleave(torch.arange(stop - start, device=h.device), lengths)
            loss, by_mean, by_disp, by_logit = _block_gradients(
                indices[first:last],
                at_rows,
                values[first:last],
                log_factorials[first:last],
                log_mean,
                log_disp,
                logit,
                ridge,
            )
            total += loss
            _zero_beyond(by_mean, log_mean, LOG_MEAN_BOUNDS)
            _zero_beyond(by_disp, raw_disp, LOG_DISPERSION_BOUNDS)
            heads = [(by_mean, mean_w, 0), (by_logit, drop_w, 4)]
            if disp_w is None:
                grads[3] += by_disp.sum(dim=0)
            else:
                heads.append((by_disp, disp_w, 2))
            for gradient, weight, slot in heads:
                grads[slot + 1] += gradient.sum(dim=0)
                gradient = gradient if low is None else gradient.to(low)
                _add_product(by_hidden[start:stop], gradient, weight)
                _add_product(grads[slot], gradient.T, h)
        ctx.save_for_backward(by_hidden, *[g for g in grads if g is not None])
        ctx.present = [g is not None for g in grads]
        ctx.scale = scale
        return total * scale

    @staticmethod
    def backward(ctx, upstream):  # type: ignore[no-untyped-def]
        by_hidden, *kept = ctx.saved_tensors
        factor = upstream * ctx.scale
        kept = iter(kept)
        grads = [next(kept) * factor if present else None for present in ctx.present]
        return None, by_hidden * factor, None, *grads, None, None, None

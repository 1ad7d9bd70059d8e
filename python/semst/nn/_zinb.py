"""Zero-inflated negative binomial: the likelihood, and a decoder fused with it."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._sparse import CountBlock

_LOG_MEAN_BOUNDS = (-11.5, 13.8)  # means between 1e-5 and 1e6
_LOG_DISPERSION_BOUNDS = (-9.2, 9.2)  # dispersions between 1e-4 and 1e4


def zinb_nll(x: Tensor, log_mean: Tensor, log_dispersion: Tensor, dropout_logit: Tensor) -> Tensor:
    r"""Negative log-likelihood of the ZINB distribution, entry by entry (SemST, equation 10).

    In logits, so that neither a small mean nor a dropout near 0 or 1 loses precision. With
    :math:`a = \log\mu - \log\theta` and :math:`t = -\theta\,\mathrm{softplus}(a) = \log NB(0)`:

    .. math::
        -\log P(0) &= \mathrm{softplus}(-\ell) - \mathrm{softplus}(t - \ell) \\
        -\log P(x) &= \mathrm{softplus}(\ell) - t + x\,\mathrm{softplus}(-a)
            - \log\frac{\Gamma(x + \theta)}{\Gamma(\theta)\,\Gamma(x + 1)}

    This is the plain formula, differentiable by autograd; training uses :class:`ZINBDecoder`.

    Parameters
    ----------
    x
        Counts (any value >= 0), shape (n, m).
    log_mean, log_dispersion, dropout_logit
        :math:`\log\mu`, :math:`\log\theta` and :math:`\ell = \mathrm{logit}\,\pi`; broadcast against ``x``.

    Returns
    -------
    Shape (n, m).

    Examples
    --------
    >>> import torch
    >>> zero = torch.zeros(1, 1)
    >>> round(zinb_nll(zero, zero, zero, torch.full((1, 1), -50.0)).item(), 4)  # NB(0; 1, 1) = 1/2
    0.6931
    """
    a = log_mean - log_dispersion
    theta = log_dispersion.exp()
    t = -theta * functional.softplus(a)
    zero = functional.softplus(-dropout_logit) - functional.softplus(t - dropout_logit)
    positive = (
        functional.softplus(dropout_logit)
        - t
        + x * functional.softplus(-a)
        - (torch.lgamma(x + theta) - torch.lgamma(theta) - torch.lgamma(x + 1))
    )
    return torch.where(x > 0, positive, zero)


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
    by_logit = sigma_u + dropout - 1
    by_mean = sigma_u * theta_sigma
    by_dispersion = (t + theta_sigma).mul_(sigma_u).neg_()

    at = (rows, columns)
    x, a_at, logit_at = values, a[at], logit[at]
    t_at, theta_sigma_at, dropout_at = t[at], theta_sigma[at], dropout[at]
    if len(theta) == 1:  # one dispersion a gene: its functions too are evaluated once a gene
        theta_at, lgamma_theta, digamma_theta = (
            function[0, columns] for function in (theta, torch.lgamma(theta), torch.digamma(theta))
        )
    else:
        theta_at = theta[at]
        lgamma_theta, digamma_theta = torch.lgamma(theta_at), torch.digamma(theta_at)
    log_ratio = torch.lgamma(x + theta_at) - lgamma_theta - log_factorials
    loss[at] = functional.softplus(logit_at) - t_at + x * functional.softplus(-a_at) - log_ratio
    by_logit[at] = dropout_at
    surplus = x * torch.sigmoid(-a_at)  # x (1 - σ(a))
    by_mean[at] = theta_sigma_at - surplus
    digamma = torch.digamma(x + theta_at) - digamma_theta
    by_dispersion[at] = surplus - theta_sigma_at - t_at - theta_at * digamma

    if ridge:
        squared = dropout.square()
        loss.add_(squared, alpha=ridge)
        by_logit.add_(squared.mul_(1 - dropout), alpha=2 * ridge)
    return loss.sum(), by_mean, by_dispersion, by_logit


class _FusedLoss(torch.autograd.Function):
    """Heads and likelihood in row blocks; the gradients are made on the way forward.

    Only the gradients by the hidden layer and by the heads' weights are kept: memory is one block of
    (rows x genes) instead of a dozen (n x genes) intermediates.
    """

    @staticmethod
    def forward(ctx, counts, hidden, log_size, mean_w, mean_b, disp_w, disp_b, drop_w, drop_b, ridge, rows):  # type: ignore[no-untyped-def]
        pointers, indices, values, log_factorials = counts
        n, m = len(hidden), len(mean_b)
        scale = 1.0 / (n * m)
        total = hidden.new_zeros(())
        by_hidden = torch.zeros_like(hidden)
        grads: list[Any] = [
            torch.zeros_like(p) if p is not None else None
            for p in (mean_w, mean_b, disp_w, disp_b, drop_w, drop_b)
        ]
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            h = hidden[start:stop]
            raw_mean = torch.addmm(mean_b, h, mean_w.T)
            log_mean = (raw_mean + log_size[start:stop, None]).clamp_(*_LOG_MEAN_BOUNDS)
            raw_disp = disp_b[None, :] if disp_w is None else torch.addmm(disp_b, h, disp_w.T)
            log_disp = raw_disp.clamp(*_LOG_DISPERSION_BOUNDS)
            logit = torch.addmm(drop_b, h, drop_w.T)
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
            # a value held at a bound has no gradient
            by_mean.mul_((log_mean > _LOG_MEAN_BOUNDS[0]) & (log_mean < _LOG_MEAN_BOUNDS[1]))
            by_disp.mul_((raw_disp > _LOG_DISPERSION_BOUNDS[0]) & (raw_disp < _LOG_DISPERSION_BOUNDS[1]))
            heads = [(by_mean, mean_w, 0), (by_logit, drop_w, 4)]
            if disp_w is None:
                grads[3] += by_disp.sum(dim=0)
            else:
                heads.append((by_disp, disp_w, 2))
            for gradient, weight, slot in heads:
                by_hidden[start:stop].addmm_(gradient, weight)
                grads[slot].addmm_(gradient.T, h)
                grads[slot + 1] += gradient.sum(dim=0)
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
        return None, by_hidden * factor, None, *grads, None, None


class ZINBDecoder(nn.Module):
    r"""From the embedding to the three ZINB parameters of every gene in every spot, and the loss on them.

    .. math::
        D = \mathrm{ReLU}(\mathrm{BN}(Z W_D)), \quad
        \mu = s \odot e^{D W_\mu}, \quad \log\theta = D W_\theta, \quad \mathrm{logit}\,\pi = D W_\pi

    Parameters
    ----------
    n_latent
        Width of the embedding.
    n_genes
        Number of genes M.
    n_hidden
        Width of D; ``None`` leaves the hidden layer out (D = Z: a linear decoder).
    gene_dispersion
        One dispersion a gene instead of one a gene and spot.
    dropout_ridge
        Weight of the penalty on :math:`\pi^2`.
    block_entries
        Matrix entries handled at a time; bounds the memory.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> counts = CountBlock.from_scipy(sp.csr_matrix([[0.0, 2.0], [1.0, 0.0]]))
    >>> decoder = ZINBDecoder(3, 2, n_hidden=4)
    >>> bool(decoder.loss(torch.randn(2, 3), counts, torch.zeros(2)) > 0)
    True
    """

    def __init__(
        self,
        n_latent: int,
        n_genes: int,
        *,
        n_hidden: int | None = 128,
        gene_dispersion: bool = False,
        dropout_ridge: float = 0.0,
        block_entries: int = 400_000,
    ) -> None:
        super().__init__()
        width = n_hidden or n_latent
        self.hidden = (
            nn.Sequential(nn.Linear(n_latent, n_hidden), nn.BatchNorm1d(n_hidden), nn.ReLU())
            if n_hidden
            else nn.Identity()
        )
        self.mean = nn.Linear(width, n_genes)
        self.dropout = nn.Linear(width, n_genes)
        self.dispersion = None if gene_dispersion else nn.Linear(width, n_genes)
        self.log_dispersion = nn.Parameter(torch.zeros(n_genes)) if gene_dispersion else None
        self.dropout_ridge = dropout_ridge
        self.block_entries = block_entries

    @torch.no_grad()
    def start_at(self, mean_per_gene: Tensor) -> None:
        """Start near the average of every gene (n_genes,), the same for all spots, and at little dropout.

        No step is then spent on scale, and an embedding that is good from the start is not torn about by
        heads that begin at random.
        """
        self.mean.bias.copy_(mean_per_gene.clamp_min(1e-4).log())
        self.mean.weight.mul_(0.1)
        self.dropout.weight.zero_()
        self.dropout.bias.fill_(-3.0)

    def parameters_of(self, embedding: Tensor, log_size: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return log mean, log dispersion and dropout logit, each (n, n_genes)."""
        hidden = self.hidden(embedding)
        log_mean = (self.mean(hidden) + log_size[:, None]).clamp(*_LOG_MEAN_BOUNDS)
        raw = self.dispersion(hidden) if self.dispersion is not None else self.log_dispersion[None, :]  # type: ignore[index]
        return log_mean, raw.clamp(*_LOG_DISPERSION_BOUNDS).expand_as(log_mean), self.dropout(hidden)

    def loss(self, embedding: Tensor, counts: CountBlock, log_size: Tensor) -> Tensor:
        """Mean negative log-likelihood per entry.

        Parameters
        ----------
        embedding
            Shape (n, n_latent).
        counts
            Counts of the same spots, (n, n_genes).
        log_size
            Logarithm of the size factors, shape (n,).

        Returns
        -------
        Scalar, differentiable.
        """
        hidden = self.hidden(embedding)
        hidden = hidden.float() if hidden.dtype in (torch.bfloat16, torch.float16) else hidden
        disp_w = self.dispersion.weight if self.dispersion is not None else None
        disp_b = self.dispersion.bias if self.dispersion is not None else self.log_dispersion
        rows = max(1, self.block_entries // self.mean.out_features)
        return _FusedLoss.apply(
            (
                counts.pointers,
                counts.indices,
                counts.values.to(hidden.dtype),
                counts.log_factorials.to(hidden.dtype),
            ),
            hidden,
            log_size,
            self.mean.weight,
            self.mean.bias,
            disp_w,
            disp_b,
            self.dropout.weight,
            self.dropout.bias,
            self.dropout_ridge,
            rows,
        )

"""Zero-inflated negative binomial: the likelihood, and a decoder fused with it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._sparse import CountBlock, exact_dtype
from ._zinb_fused import LOG_DISPERSION_BOUNDS, LOG_MEAN_BOUNDS, fused_loss


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
        Matrix entries handled at a time; bounds the memory. On CUDA four times as many: there the number of
        calls, not the cache, decides (a step on a Visium slice took 0.7 of the time).

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
        log_mean = (self.mean(hidden) + log_size[:, None]).clamp(*LOG_MEAN_BOUNDS)
        raw = self.dispersion(hidden) if self.dispersion is not None else self.log_dispersion[None, :]  # type: ignore[index]
        return log_mean, raw.clamp(*LOG_DISPERSION_BOUNDS).expand_as(log_mean), self.dropout(hidden)

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
        hidden = hidden.to(exact_dtype(hidden))
        heads = (self.mean, self.dispersion, self.dropout)
        entries = self.block_entries * (4 if hidden.device.type == "cuda" else 1)
        return fused_loss(
            counts,
            log_size,
            [hidden],
            [None if head is None else head.weight.T for head in heads],
            [self.log_dispersion if head is None else head.bias for head in heads],
            rows=max(1, entries // self.mean.out_features),
            ridge=self.dropout_ridge,
        )

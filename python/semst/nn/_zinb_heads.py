"""ZINB with a hidden layer of its own for each of its three parameters."""

import torch
from torch import Tensor, nn

from ._sparse import CountBlock
from ._zinb_fused import (
    LOG_DISPERSION_BOUNDS,
    LOG_MEAN_BOUNDS,
    _add_product,
    _block_gradients,
    _zero_beyond,
    products_in,
)


class _HeadsLoss(torch.autograd.Function):
    """Three products and the likelihood in blocks of rows; the gradients are made on the way forward.

    Under autocast the products are made in its precision (``low``); sums and the likelihood never are.
    """

    @staticmethod
    def forward(ctx, counts, log_size, rows, low, *hidden_and_weights):  # type: ignore[no-untyped-def]
        pointers, indices, values, log_factorials = counts
        hidden, weights = hidden_and_weights[:3], hidden_and_weights[3:]
        n, m = len(hidden[0]), weights[0].shape[1]
        total = log_size.new_zeros(())
        by_hidden = [torch.empty_like(h) for h in hidden]
        by_weight = [torch.zeros_like(w) for w in weights]
        exact = log_size.dtype
        if low is not None:
            hidden, weights = (tuple(tensor.to(low) for tensor in given) for given in (hidden, weights))
        for start in range(0, n, rows):
            stop = min(start + rows, n)
            block = slice(start, stop)
            log_mean, raw_dispersion, logit = (
                (h[block] @ w).to(exact) for h, w in zip(hidden, weights, strict=True)
            )
            log_mean = log_mean.add_(log_size[block, None]).clamp_(*LOG_MEAN_BOUNDS)
            first, last = int(pointers[start]), int(pointers[stop])
            lengths = pointers[start + 1 : stop + 1] - pointers[start:stop]
            at_rows = torch.repeat_interleave(torch.arange(stop - start, device=lengths.device), lengths)
            loss, *gradients = _block_gradients(
                indices[first:last],
                at_rows,
                values[first:last],
                log_factorials[first:last],
                log_mean,
                raw_dispersion.clamp(*LOG_DISPERSION_BOUNDS),
                logit,
                0.0,
            )
            total += loss
            _zero_beyond(gradients[0], log_mean, LOG_MEAN_BOUNDS)
            _zero_beyond(gradients[1], raw_dispersion, LOG_DISPERSION_BOUNDS)
            for k, gradient in enumerate(gradients):
                gradient = gradient.to(hidden[k].dtype)
                by_hidden[k][block] = gradient @ weights[k].T
                # the kernels of low precision take a factor that lies in order in half the time
                _add_product(by_weight[k], hidden[k][block].T.contiguous(), gradient)
        ctx.save_for_backward(*by_hidden, *by_weight)
        ctx.scale = 1.0 / (n * m)
        return total * ctx.scale

    @staticmethod
    def backward(ctx, upstream):  # type: ignore[no-untyped-def]
        factor = upstream * ctx.scale
        return None, None, None, None, *(gradient * factor for gradient in ctx.saved_tensors)


class ZINBHeads(nn.Module):
    r"""Linear heads on three hidden layers, and the loss on them without an (n, n_genes) matrix.

    .. math::
        \mu = s \odot e^{D_\mu W_\mu}, \quad \log\theta = D_\theta W_\theta, \quad
        \mathrm{logit}\,\pi = D_\pi W_\pi

    Where the heads are graph attention layers, :math:`A (D W) = (A D) W`: the D given here are the ones that
    have been averaged over neighbours, and no message is as wide as the genes.

    Parameters
    ----------
    n_hidden
        Width of each D.
    n_genes
        Number of genes M.
    block_entries
        Matrix entries handled at a time; bounds the memory. Wide heads want blocks of hundreds of rows: each
        block adds a product as large as the weights to their gradient.

    Attributes
    ----------
    mean, dispersion, dropout
        The weights, each of shape (n_hidden, n_genes).

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> counts = CountBlock.from_scipy(sp.csr_matrix([[0.0, 2.0], [1.0, 0.0]]))
    >>> hidden = [torch.randn(2, 4) for _ in range(3)]
    >>> bool(ZINBHeads(4, 2).loss(hidden, counts, torch.zeros(2)) > 0)
    True
    """

    def __init__(self, n_hidden: int, n_genes: int, *, block_entries: int = 1_600_000) -> None:
        super().__init__()
        self.mean, self.dispersion, self.dropout = (
            nn.Parameter(torch.empty(n_hidden, n_genes)) for _ in range(3)
        )
        self.block_entries = block_entries
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot-uniform weights."""
        for weight in (self.mean, self.dispersion, self.dropout):
            nn.init.xavier_uniform_(weight)

    def loss(self, hidden: tuple[Tensor, ...] | list[Tensor], counts: CountBlock, log_size: Tensor) -> Tensor:
        """Mean negative log-likelihood per entry.

        Parameters
        ----------
        hidden
            D of mean, dispersion and dropout, each of shape (n, n_hidden).
        counts
            Counts of the same spots, (n, n_genes).
        log_size
            Logarithm of the size factors, shape (n,).

        Returns
        -------
        Scalar, differentiable.
        """
        exact, low = self.mean.dtype, products_in(log_size.device)
        with torch.autocast(log_size.device.type, enabled=False):
            return _HeadsLoss.apply(
                (counts.pointers, counts.indices, counts.values.to(exact), counts.log_factorials.to(exact)),
                log_size.to(exact),
                max(1, self.block_entries // self.mean.shape[1]),
                low,
                *(one.to(exact) for one in hidden),
                self.mean,
                self.dispersion,
                self.dropout,
            )

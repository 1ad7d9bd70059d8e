"""ZINB with a hidden layer of its own for each of its three parameters."""

import torch
from torch import Tensor, nn

from ._sparse import CountBlock
from ._zinb_fused import fused_loss


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
        exact = self.mean.dtype
        return fused_loss(
            counts,
            log_size.to(exact),
            [one.to(exact) for one in hidden],
            [self.mean, self.dispersion, self.dropout],
            [None, None, None],
            rows=max(1, self.block_entries // self.mean.shape[1]),
        )

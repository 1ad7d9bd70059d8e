"""What the decoder has to explain: the counts of a spot, or of its neighbourhood."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from ._sparse import CountBlock


class Targets:
    """Counts with their size factors, handed out for all spots or for some.

    With a pooling matrix the target of a spot is the sum of counts over its neighbourhood, so that training
    rewards what a place has in common and not the sampling noise of a single spot. Pooled rows are made when
    they are asked for: the pooled matrix, several times as dense as the counts, need not be held.

    Parameters
    ----------
    counts
        Shape (n, n_genes), sparse.
    sizes
        Size factors, shape (n,).
    pooling
        Weights of the sum, shape (n, n), sparse, with ones for a plain sum; ``None`` leaves every spot alone.
    device
        Where the tensors go.
    chosen
        Spots these targets are limited to; ``None`` for all.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp, torch
    >>> counts = sp.csr_matrix([[1.0, 0.0], [2.0, 5.0]])
    >>> targets = Targets(counts, np.ones(2), sp.csr_matrix(np.ones((2, 2))))
    >>> block, log_size = targets.rows(torch.tensor([0]))
    >>> block.values.tolist(), log_size.exp().tolist()
    ([3.0, 5.0], [2.0])
    """

    def __init__(
        self,
        counts: sp.csr_matrix,
        sizes: np.ndarray,
        pooling: sp.csr_matrix | None = None,
        *,
        device: torch.device | str = "cpu",
        chosen: np.ndarray | None = None,
    ) -> None:
        self.counts, self.sizes, self.pooling, self.device = counts, sizes, pooling, device
        self.chosen = chosen
        self._all: tuple[CountBlock, Tensor] | None = None

    def to(self, device: torch.device | str) -> "Targets":
        """Return the same targets, handed out on ``device``."""
        return Targets(self.counts, self.sizes, self.pooling, device=device, chosen=self.chosen)

    def part(self, chosen: np.ndarray) -> "Targets":
        """Return the targets of the spots ``chosen`` alone, which are then counted from 0."""
        chosen = chosen if self.chosen is None else self.chosen[chosen]
        return Targets(self.counts, self.sizes, self.pooling, device=self.device, chosen=chosen)

    def all(self) -> tuple[CountBlock, Tensor]:
        """Return the target of every spot and the logarithm of its size factor."""
        if self.chosen is not None:
            return self.rows(torch.arange(len(self.chosen)))
        if self._all is None:
            self._all = self._make(
                self.counts if self.pooling is None else self.pooling @ self.counts, self.pooling
            )
        return self._all

    def rows(self, index: Tensor) -> tuple[CountBlock, Tensor]:
        """Return the targets of the spots ``index`` (b,), and the logarithm of their size factors."""
        rows = index.cpu().numpy()
        if self.chosen is not None:
            rows = self.chosen[rows]
        if self.pooling is None:
            chosen = sp.csr_matrix(
                (np.ones(len(rows), dtype=np.float32), (np.arange(len(rows)), rows)),
                shape=(len(rows), self.counts.shape[0]),
            )
        else:
            chosen = self.pooling[rows]
        return self._make(chosen @ self.counts, chosen)

    def _make(self, counts: sp.csr_matrix, pooling: sp.csr_matrix | None) -> tuple[CountBlock, Tensor]:
        sizes = self.sizes if pooling is None else pooling @ self.sizes
        log_size = torch.from_numpy(np.log(sizes).astype(np.float32))
        return CountBlock.from_scipy(counts, self.device), log_size.to(self.device)

"""Graph convolution, aggregating before transforming where the input never changes."""

import torch
from torch import Tensor, nn

from ._sparse import Propagation


class GCN(nn.Module):
    r"""Two graph convolutions of one view.

    .. math:: H = \hat A\, \mathrm{ReLU}(\hat A X W_0 + b_0)\, W_1 + b_1

    with the normalised adjacency :math:`\hat A` (SemST, equation 3). Since
    :math:`\hat A (X W) = (\hat A X) W` and neither factor of :math:`\hat A X` is trained, the
    first layer takes :math:`\hat A X` computed once, ahead of training.

    Parameters
    ----------
    n_features
        Columns of the input, M.
    n_hidden
        Width of the first layer.
    n_out
        Width of the result, d.
    dropout
        Share of hidden units dropped in training.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> identity = Propagation(sp.eye(4, format="csr"))
    >>> GCN(3, 8, 2)(torch.ones(4, 3), identity).shape
    torch.Size([4, 2])
    """

    def __init__(self, n_features: int, n_hidden: int, n_out: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = nn.Linear(n_features, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot-uniform weights and zero biases, as graph convolutions are usually started."""
        for layer in (self.first, self.second):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, aggregated: Tensor, propagation: Propagation) -> Tensor:
        r"""Embed the spots of one view.

        Parameters
        ----------
        aggregated
            The input averaged over the graph, :math:`\\hat A X`, shape (n, M).
        propagation
            The same :math:`\\hat A` as an operator.

        Returns
        -------
        Shape (n, d).
        """
        hidden = self.dropout(torch.relu(self.first(aggregated)))
        # the narrower side is the cheaper one to propagate
        if self.second.in_features < self.second.out_features:
            return self.second(propagation(hidden))
        return propagation(nn.functional.linear(hidden, self.second.weight)) + self.second.bias

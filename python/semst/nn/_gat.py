"""Attention over neighbours whose scores are squashed before the softmax."""

import torch
from torch import Tensor, nn

from ._attention import Edges


class NeighbourAttention(nn.Module):
    r"""Weights of the edges of every spot, from the features at both ends (STAGATE, equations 2 and 3).

    .. math::
        e_{ij} = \sigma(v_s \cdot h_j + v_r \cdot h_i), \qquad
        w_{ij} = \mathrm{softmax}_{j \in N(i)}\, e_{ij}

    The scores lie between 0 and 1, so that no neighbour weighs more than e times another.

    Parameters
    ----------
    n_features
        Width of the features h.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.csr_matrix([[1, 1], [0, 1]]))
    >>> NeighbourAttention(2)(torch.ones(2, 2), edges).tolist()  # like features, equal weights
    [0.5, 0.5, 1.0]
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.sender = nn.Parameter(torch.empty(n_features))
        self.receiver = nn.Parameter(torch.empty(n_features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Normal, of variance 2 over the width."""
        for vector in (self.sender, self.receiver):
            nn.init.normal_(vector, std=(2 / len(vector)) ** 0.5)

    def forward(self, features: Tensor, edges: Edges, weight: Tensor | None = None) -> Tensor:
        """Return the weights of the edges, shape (n_edges,), summing to one over every receiving spot.

        Parameters
        ----------
        features
            h, shape (n, n_features); with ``weight`` what h is made from.
        edges
            The graph, with the self loops it should have.
        weight
            W (k, n_features) for h = ``features`` W, which is then never written out.
        """
        sender: Tensor = self.sender
        receiver: Tensor = self.receiver
        if weight is not None:
            sender, receiver = weight @ sender, weight @ receiver
        sent = (features @ sender).index_select(0, edges.columns)
        scores = sent + (features @ receiver).index_select(0, edges.rows)
        return edges.softmax(torch.sigmoid(scores))

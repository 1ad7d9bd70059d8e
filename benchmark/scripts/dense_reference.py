"""The published method written straight from its equations: what the measurements are compared with.

Two graph convolutions a view in the published order (transform, then propagate), ZINB with one dispersion a
gene and spot on all genes of all spots through autograd, and the spatial regulariser over an N x N matrix of
cosines. It takes the weights of a network of the preset ``"paper"``, so that the losses can be compared. The
second forward pass for scores, which the published code makes in every epoch, is left out.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from semst.models import SemST, SemSTConfig

_EPS = 1e-10


class DenseReference(nn.Module):
    """SemST after equations 1 to 14, with the weights of ``network`` (preset ``"paper"``, one member).

    Parameters
    ----------
    network
        Gives the weights; its modules are used as holders of weights only.
    x
        Features of all spots, shape (n, n_genes).
    inputs
        The slice as the network gets it: graphs, targets and semantic vectors are taken from it.
    config
        Weights of the losses and the ridge.
    """

    def __init__(self, network: SemST, x: Tensor, inputs: Any, config: SemSTConfig) -> None:
        super().__init__()
        self.weights = network.members[0]
        self.config = config
        self.x = x
        self.target = torch.from_numpy(inputs.targets.counts.toarray())
        self.graphs = [
            operator.matrix.to_sparse_coo()
            for operator in (inputs.spatial_operator, inputs.expression_operator)
        ]
        self.near = inputs.neighbours.matrix.to_dense().bool()
        self.semantic = inputs.semantic

    def losses(self) -> dict[str, Tensor]:
        """Return the parts of equation 14, normalised as in ``semst.nn``, and their weighted sum."""
        views = [
            _convolve(view, self.x, graph)
            for view, graph in zip(
                (self.weights.spatial_view, self.weights.expression_view), self.graphs, strict=True
            )
        ]
        embedding = _modulate(self.weights.fusion, torch.cat(views, dim=1), self.semantic)
        decoder: Any = self.weights.decoder
        hidden = decoder.hidden(embedding)
        zinb = _zinb(
            self.target,
            torch.exp(decoder.mean(hidden)).clamp(1e-5, 1e6),
            torch.exp(decoder.dispersion(hidden)).clamp(1e-4, 1e4),
            torch.sigmoid(decoder.dropout(hidden)),
            self.config.dropout_ridge,
        )
        correlation = _correlation(*views)
        spatial = _spatial(embedding, self.near)
        total = zinb + self.config.correlation_weight * correlation + self.config.spatial_weight * spatial
        return {"loss": total, "zinb": zinb, "correlation": correlation, "spatial": spatial}


def _convolve(view: Any, x: Tensor, graph: Tensor) -> Tensor:
    """Equation 3, twice: H = A ReLU(A X W0 + b0) W1 + b1."""
    hidden = torch.relu(torch.sparse.mm(graph, x @ view.first.weight.T) + view.first.bias)
    return torch.sparse.mm(graph, hidden @ view.second.weight.T) + view.second.bias


def _modulate(fusion: Any, views: Tensor, semantic: Tensor | None) -> Tensor:
    """Equations 7 to 9; the projection alone without semantics."""
    if semantic is None:
        return views @ fusion.projection.weight.T
    alpha, beta = fusion.modulation(torch.relu(fusion.hidden(semantic))).chunk(2, dim=1)
    return ((1 + alpha) * views + beta) @ fusion.projection.weight.T


def _zinb(x: Tensor, mean: Tensor, dispersion: Tensor, dropout: Tensor, ridge: float) -> Tensor:
    """Equation 10 with the ridge on the dropout, averaged over all entries."""
    log_nb = (
        torch.lgamma(x + dispersion)
        - torch.lgamma(dispersion)
        - torch.lgamma(x + 1)
        + dispersion * torch.log(dispersion / (dispersion + mean))
        + x * torch.log(mean / (dispersion + mean) + _EPS)
    )
    nb_of_zero = torch.pow(dispersion / (dispersion + mean), dispersion)
    at_zero = -torch.log(dropout + (1 - dropout) * nb_of_zero + _EPS)
    above = -torch.log(1 - dropout + _EPS) - log_nb
    return (torch.where(x > 0, above, at_zero) + ridge * dropout.square()).mean()


def _correlation(first: Tensor, second: Tensor) -> Tensor:
    """Equations 11 and 12."""
    cosines = (first / first.norm(dim=0)).T @ (second / second.norm(dim=0))
    return (cosines - torch.eye(len(cosines))).square().mean()


def _spatial(embedding: Tensor, near: Tensor) -> Tensor:
    """Equation 13 over all ordered pairs of spots; half their sum, divided by N²."""
    n = len(embedding)
    unit = functional.normalize(embedding, dim=1)
    cosines = unit @ unit.T
    others = ~(near | torch.eye(n, dtype=torch.bool))
    joined = torch.log(torch.sigmoid(cosines)) * near
    apart = torch.log(1 - torch.sigmoid(cosines)) * others
    return -(joined.sum() + apart.sum()) / (2 * n * n)

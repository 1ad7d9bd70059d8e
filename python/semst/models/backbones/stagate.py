"""STAGATE: graph attention autoencoder with tied weights."""

from dataclasses import dataclass

import scipy.sparse as sp
import torch
from torch import Tensor, nn
from torch.nn import functional

from semst import gr, pp
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring, centring, slices_to_centre
from semst.models._config import RadiusGraphConfig
from semst.models._features import log_features
from semst.models._graphs import radius_graph
from semst.models._model import Model, ModelInputs, Prepared, Projections, packed
from semst.nn import Edges, NeighbourAttention


@documented
@dataclass(frozen=True, kw_only=True)
class STAGATEConfig(RadiusGraphConfig):
    """Settings of STAGATE."""

    epochs: int = 1000
    weight_decay: float = 1e-4
    clip_norm: float | None = 5.0
    n_hidden: int = setting(512, "Width of the hidden layer.", least=1)
    n_latent: int = setting(30, "Width of the latent.", least=1)


class STAGATEInputs(ModelInputs):
    """Log-normalised expression and the edges to the spots within the radius and to oneself."""

    def __init__(self, features: pp.Features, shifted: Centring, graph: gr.SpatialGraph) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        self.edges = Edges(sp.csr_matrix(graph.adjacency + sp.eye(graph.adjacency.shape[0])))


class STAGATE(Model):
    r"""Adaptive graph attention autoencoder (Dong and Zhang, Nature Communications 2022).

    .. math::
        P = X W_1, \quad H = \mathrm{ELU}(A_P P), \quad Z = H W_2, \quad
        \hat H = \mathrm{ELU}(A_P Z W_2^T), \quad \hat X = \hat H W_1^T

    :math:`A_P` holds the attention weights, made once from P and used again by the decoder, whose weights are
    the encoder's transposed. The loss is the mean squared error; what is clustered is Z, as modulated. The
    radius of the graph is found from a wanted number of neighbours (the published 150 units on Visium are
    5.8 neighbours a spot), since units differ from file to file.

    Because the last layer is linear and tied, :math:`\langle X, \hat X \rangle = \langle P, \hat H \rangle`:
    one product with X a step serves encoder and loss, and :math:`\hat X` is never written out.

    The published code ties the weights by shared storage, so that its optimiser moves each of them twice a
    step, with two sets of moments. Here a tied weight is one weight with one gradient, the sum of both.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = STAGATEConfig
    config: STAGATEConfig
    title = "STAGATE"
    reference = "Dong and Zhang (2022) Nature Communications 13:1739"

    def __init__(self, inputs: STAGATEInputs, config: STAGATEConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        self.first = nn.Parameter(torch.empty(inputs.design.shape[1], config.n_hidden))
        self.second = nn.Parameter(torch.empty(config.n_hidden, config.n_latent))
        self.attention = NeighbourAttention(config.n_hidden)
        for weight in (self.first, self.second):
            nn.init.xavier_normal_(weight, gain=2**0.5)

    @classmethod
    def prepare(
        cls, data: Slice, config: STAGATEConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised variable genes and the graph of spots within a radius."""
        features = log_features(data, n_top_genes=config.n_top_genes, like=like)
        shifted = centring(features.inputs, slices_to_centre(data, config, like), like=like)
        graph = radius_graph(data, n_neighs=config.n_neighs, radius=config.radius)
        return Prepared(
            STAGATEInputs(features, shifted, graph),
            Projections(features.genes, packed(**shifted.fitted)),
            graph.adjacency,
            {"prepared": {"graph": graph.describe()}},
        )

    def encode(self, inputs: STAGATEInputs) -> Tensor:
        """Return Z before modulation, shape (n, n_latent)."""
        return self._encode(inputs)[0]

    def losses(self, inputs: STAGATEInputs, phase: str) -> dict[str, Tensor]:
        """Return the mean squared error."""
        encoded, projected, weights = self._encode(inputs)
        latent = self.modulate(encoded, inputs)
        # the narrow side is propagated: A (Z W) = (A Z) W
        hidden = functional.elu(inputs.edges.weighted_sum(weights, latent) @ self.second.T)
        error = inputs.design.squared_error(hidden, self.first.T, product=projected)
        return {"loss": error, "reconstruction": error}

    def embedding(self, inputs: STAGATEInputs) -> Tensor:
        """Return the latent, shape (n, n_latent)."""
        return self.latent(inputs)

    def _encode(self, inputs: STAGATEInputs) -> tuple[Tensor, Tensor, Tensor]:
        """Z, P and the attention weights."""
        projected = inputs.design(self.first)
        weights = self.attention(projected, inputs.edges)
        hidden = functional.elu(inputs.edges.weighted_sum(weights, projected))
        return hidden @ self.second, projected, weights

"""GraphST: linear graph autoencoder with a contrast between spots and corrupted ones."""

from dataclasses import dataclass

import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst import gr, pp
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring
from semst.models._config import NearestGraphConfig
from semst.models._features import scaled_log_features
from semst.models._graphs import nearest_graph, nearest_of_each
from semst.models._model import Model, ModelInputs, Prepared, Projections
from semst.nn import Propagation

from ._contrast import neighbourhood_summary, summary_contrast


@documented
@dataclass(frozen=True, kw_only=True)
class GraphSTConfig(NearestGraphConfig):
    """Settings of GraphST."""

    epochs: int = 600
    cluster_pcs: int = 20
    refine_neighs: int = 50
    n_latent: int = setting(64, "Width of the latent.", least=1)
    reconstruction_weight: float = setting(10.0, "Of the squared error.", least=0)
    contrast_weight: float = setting(1.0, "Of each of the two contrastive terms.", least=0)


class GraphSTInputs(ModelInputs):
    """Scaled expression, the propagation of the encoder and the mean over a spot and its nearest ones."""

    def __init__(
        self, features: pp.Features, shifted: Centring, graph: gr.SpatialGraph, nearest: sp.csr_matrix
    ) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        self.propagation = Propagation(gr.normalise_adjacency(graph.adjacency, kind="symmetric"))
        self.readout = Propagation(gr.normalise_adjacency(nearest, kind="row"))


class GraphST(Model):
    r"""Graph self-supervised contrastive learning (Long et al., Nature Communications 2023).

    .. math::
        Z = \tilde A X W_1, \qquad \hat X = \tilde A Z W_2, \qquad h = \mathrm{relu}(z), \qquad
        g_i = \sigma(\|\cdot\|_2\text{-normalised mean of } h_j, j \in N(i) \cup i)

    The loss is :math:`10\,MSE(X, \hat X)` plus two cross-entropies of a bilinear discriminator that has to
    tell (h_i, g_i) from (h'_i, g_i), h' being that of the spots in a random order, and the mirrored pair. N
    are a spot's own nearest ones, where the graph joins spots that either end asked for. The order is drawn
    afresh each epoch. Clustered are 20 principal components of :math:`\hat X`.

    The graph is normalised with self loops, :math:`D^{-1/2}(A + I)D^{-1/2}`, on every kind of data; the
    published code does so for Stereo-seq and Slide-seq and adds the identity after normalising on Visium.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = GraphSTConfig
    config: GraphSTConfig
    title = "GraphST"
    reference = "Long et al. (2023) Nature Communications 14:1155"

    def __init__(self, inputs: GraphSTInputs, config: GraphSTConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        n_genes = inputs.design.shape[1]
        self.encoder = nn.Parameter(torch.empty(n_genes, config.n_latent))
        self.decoder = nn.Parameter(torch.empty(config.n_latent, n_genes))
        self.discriminator = nn.Bilinear(config.n_latent, config.n_latent, 1)
        for weight in (self.encoder, self.decoder, self.discriminator.weight):
            nn.init.xavier_uniform_(weight)
        nn.init.zeros_(self.discriminator.bias)

    @classmethod
    def prepare(
        cls, data: Slice, config: GraphSTConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised, scaled variable genes and the 3-nearest-spots graph."""
        features, shifted, projections = scaled_log_features(data, config, like=like)
        graph = nearest_graph(data, n_neighs=config.n_neighs)
        nearest = nearest_of_each(data, n_neighs=config.n_neighs)
        inputs = GraphSTInputs(features, shifted, graph, nearest)
        return Prepared(inputs, projections, graph.adjacency, {"prepared": {"graph": graph.describe()}})

    def encode(self, inputs: GraphSTInputs) -> Tensor:
        """Return Z, shape (n, n_latent)."""
        return inputs.propagation(inputs.design(self.encoder))

    def losses(self, inputs: GraphSTInputs, phase: str) -> dict[str, Tensor]:
        """Return reconstruction, the two contrasts and their weighted sum."""
        # encoder and decoder both need a product with X: one wide one is cheaper than two
        projected, target = inputs.design(torch.cat([self.encoder, self.decoder.T], dim=1)).chunk(2, dim=1)
        # X W with permuted rows is the permuted X W: the corrupted branch costs no second product
        order = torch.randperm(len(projected)).to(projected.device)
        views = inputs.propagation(projected), inputs.propagation(projected.index_select(0, order))
        latent, corrupted = self.modulate_views(*views, inputs, order)
        rectified, other = torch.relu(latent), torch.relu(corrupted)
        own, of_corrupted = (neighbourhood_summary(view, inputs.readout) for view in (rectified, other))
        contrast = summary_contrast(self.discriminator, own, rectified, other)
        mirrored = summary_contrast(self.discriminator, of_corrupted, other, rectified)
        reconstruction = inputs.design.squared_error(inputs.propagation(latent), self.decoder, product=target)
        total = self.config.reconstruction_weight * reconstruction
        total = total + self.config.contrast_weight * (contrast + mirrored)
        return {"loss": total, "reconstruction": reconstruction, "contrast": contrast, "mirrored": mirrored}

    def embedding(self, inputs: GraphSTInputs) -> Tensor:
        """Return the reconstruction, shape (n, n_genes)."""
        return inputs.propagation(self.latent(inputs)) @ self.decoder

"""GAAEST: graph attention autoencoder with contrasts at three levels."""

from dataclasses import dataclass

import scipy.sparse as sp
import torch
from torch import Tensor, nn
from torch.nn import functional

from semst import gr, pp
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring
from semst.models._config import NearestGraphConfig
from semst.models._features import scaled_log_features
from semst.models._graphs import nearest_graph, nearest_of_each
from semst.models._model import Model, ModelInputs, Prepared, Projections
from semst.nn import Edges, NeighbourAttention, Propagation, info_nce

from ._contrast import neighbourhood_summary, summary_contrast, tell_apart


@documented
@dataclass(frozen=True, kw_only=True)
class GAAESTConfig(NearestGraphConfig):
    """Settings of GAAEST."""

    epochs: int = 600
    cluster_pcs: int = 20
    refine_neighs: int = 50
    n_hidden: int = setting(256, "Width of the hidden layers.", least=1)
    n_latent: int = setting(64, "Width of the latent.", least=1)
    n_projection: int = setting(128, "Width of the projection head's hidden layer.", least=1)
    n_contexts: int = setting(7, "Centres of the soft k-means.", least=1)
    context_temperature: float = setting(100.0, "What multiplies the cosines of the soft k-means.", above=0)
    context_steps: int = setting(10, "Steps of the soft k-means an epoch.", least=1)
    temperature: float = setting(0.5, "Of the contrast between spots.", above=0)
    n_drawn: int = setting(512, "Spots that serve as negatives in an epoch.", least=2)
    reconstruction_weight: float = setting(10.0, "Of the squared error.", least=0)
    local_weight: float = setting(1.0, "Of both neighbourhood contrasts.", least=0)
    spot_weight: float = setting(1.0, "Of the contrast between spots.", least=0)
    context_weight: float = setting(1.0, "Of the contrast with the context.", least=0)


class GAAESTInputs(ModelInputs):
    """Scaled expression, the edges of the graph and to oneself, and the mean over a spot's nearest ones."""

    def __init__(
        self, features: pp.Features, shifted: Centring, graph: gr.SpatialGraph, nearest: sp.csr_matrix
    ) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        self.edges = Edges(sp.csr_matrix(graph.adjacency + sp.eye(graph.adjacency.shape[0])))
        self.mean = Propagation(gr.normalise_adjacency(nearest, kind="row"))


class GAAEST(Model):
    r"""Graph attention autoencoder with local, global and contextual contrast (Wang et al. 2024).

    .. math::
        H = \mathrm{ELU}(A_P X W_1), \quad Z = H W_2, \quad
        \hat X = \mathrm{ELU}(\mathrm{BN}(Z W_3))\, W_4 + b

    The loss is :math:`10\,MSE(X, \hat X)` plus, with Z' of the spots in a random order:

    - *local*: both cross-entropies of a bilinear form that tells a spot from a corrupted one by the spot's
      neighbourhood, as in GraphST without its rectifier;
    - *spot*: InfoNCE between projected Z and Z', row by row; its negatives are drawn anew each epoch instead
      of being all pairs, which makes it linear in the number of spots. Rows of the two views share a place,
      not their expression, so that under a fresh order this term mostly spreads the spots;
    - *context*: cross-entropy of telling projected Z from Z' by their inner products with the spot's context,
      σ of the mixture of soft k-means centres of projected Z that it belongs to.

    Clustered are 20 principal components of :math:`\hat X`.

    The published code differs in ways that are defects: on Visium its graph joins every spot to spots 0 and 1
    (here: the 3 nearest, as on its other data); the random order is the same in each epoch (here: a fresh
    one); the projection head is never trained and applied twice (here: trained, once); the centres begin
    anew at random at each step (here: they go on from where they were, starting at random spots).

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = GAAESTConfig
    config: GAAESTConfig
    title = "GAAEST"
    reference = "Wang et al. (2024) Communications Biology 7:1351"

    centres: Tensor

    def __init__(self, inputs: GAAESTInputs, config: GAAESTConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        n_genes = inputs.design.shape[1]
        self.first = nn.Parameter(torch.empty(n_genes, config.n_hidden))
        self.second = nn.Parameter(torch.empty(config.n_hidden, config.n_latent))
        self.attention = NeighbourAttention(config.n_hidden)
        # no bias ahead of the normalisation, which would take it out again
        self.widen = nn.Sequential(
            nn.Linear(config.n_latent, config.n_hidden, bias=False),
            nn.BatchNorm1d(config.n_hidden),
            nn.ELU(),
        )
        self.output = nn.Linear(config.n_hidden, n_genes)
        self.discriminator = nn.Bilinear(config.n_latent, config.n_latent, 1)
        self.projection = nn.Sequential(
            nn.Linear(config.n_latent, config.n_projection),
            nn.ELU(),
            nn.Linear(config.n_projection, config.n_latent),
        )
        self.register_buffer("centres", torch.zeros(config.n_contexts, config.n_latent))
        for weight in (self.first, self.second):
            nn.init.xavier_normal_(weight, gain=2**0.5)
        nn.init.xavier_uniform_(self.discriminator.weight)
        nn.init.zeros_(self.discriminator.bias)

    @classmethod
    def prepare(
        cls, data: Slice, config: GAAESTConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised, scaled variable genes and the 3-nearest-spots graph."""
        features, shifted, projections = scaled_log_features(data, config, like=like)
        graph = nearest_graph(data, n_neighs=config.n_neighs)
        nearest = nearest_of_each(data, n_neighs=config.n_neighs)
        inputs = GAAESTInputs(features, shifted, graph, nearest)
        return Prepared(inputs, projections, graph.adjacency, {"prepared": {"graph": graph.describe()}})

    @torch.no_grad()
    def begin(self, phase: str, inputs: GAAESTInputs) -> None:
        """Put the centres of the contexts on spots drawn at random."""
        projected = functional.normalize(self.projection(self.latent(inputs)), dim=1)
        drawn = torch.randperm(len(projected))[: len(self.centres)].to(projected.device)
        self.centres[: len(drawn)] = projected[drawn]

    def encode(self, inputs: GAAESTInputs) -> Tensor:
        """Return Z before modulation, shape (n, n_latent)."""
        return self._encode(inputs.design(self.first), inputs)

    def losses(self, inputs: GAAESTInputs, phase: str) -> dict[str, Tensor]:
        """Return the reconstruction, the contrasts and their weighted sum."""
        config = self.config
        # encoder and decoder both need a product with X: one wide one is cheaper than two
        projected, target = inputs.design(torch.cat([self.first, self.output.weight], dim=1)).chunk(2, dim=1)
        order = torch.randperm(len(projected)).to(projected.device)
        views = self._encode(projected, inputs), self._encode(projected.index_select(0, order), inputs)
        latent, corrupted = self.modulate_views(*views, inputs, order)
        reconstruction = inputs.design.squared_error(
            self.widen(latent), self.output.weight.T, self.output.bias, product=target
        )
        own, of_corrupted = (neighbourhood_summary(view, inputs.mean) for view in (latent, corrupted))
        local = summary_contrast(self.discriminator, own, latent, corrupted)
        local = local + summary_contrast(self.discriminator, of_corrupted, corrupted, latent)
        drawn = torch.randperm(len(latent))[: config.n_drawn].to(latent.device)
        shown, other = self.projection(latent), self.projection(corrupted)
        spot = info_nce(shown, other, temperature=config.temperature, drawn=drawn)
        context = self._context(shown)
        contextual = tell_apart((shown * context).sum(dim=1), (other * context).sum(dim=1))
        total = config.reconstruction_weight * reconstruction + config.local_weight * local
        total = total + config.spot_weight * spot + config.context_weight * contextual
        return {
            "loss": total,
            "reconstruction": reconstruction,
            "local": local,
            "spot": spot,
            "context": contextual,
        }

    def embedding(self, inputs: GAAESTInputs) -> Tensor:
        """Return the reconstruction, shape (n, n_genes)."""
        return self.output(self.widen(self.latent(inputs)))

    def _encode(self, projected: Tensor, inputs: GAAESTInputs) -> Tensor:
        weights = self.attention(projected, inputs.edges)
        return functional.elu(inputs.edges.weighted_sum(weights, projected)) @ self.second

    def _context(self, projected: Tensor) -> Tensor:
        """σ of every spot's mixture of centres, (n, n_latent); the gradient is that of the last step."""
        unit = functional.normalize(projected, dim=1)
        with torch.no_grad():
            centres = self.centres.clone()
            for _ in range(self.config.context_steps - 1):
                centres = self._step(unit, centres)[0]
        centres, share = self._step(unit, centres)
        self.centres.copy_(centres.detach())
        return torch.sigmoid(share @ centres)

    def _step(self, unit: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
        """One step of soft k-means by cosine: new centres, and the share of every spot in the old ones."""
        cosine = unit @ functional.normalize(centres, dim=1).T
        share = torch.softmax(self.config.context_temperature * cosine, dim=1)
        return share.T @ unit / share.sum(dim=0).clamp_min(1e-8)[:, None], share

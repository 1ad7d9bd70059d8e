"""DUSTED: denoising with attention over genes and over neighbours, and counts as the target."""

from dataclasses import dataclass, replace

import numpy as np
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
from semst.nn import Edges, NeighbourAttention, ZINBHeads

GATE_REDUCTION = 16  # the gate's hidden layer is this many times narrower than the genes
GATE_WEIGHT = 1.5  # of the gated expression beside the plain one


@documented
@dataclass(frozen=True, kw_only=True)
class DUSTEDConfig(RadiusGraphConfig):
    """Settings of DUSTED."""

    epochs: int = 500
    learning_rate: float = 1e-4
    weight_decay: float = 1e-4
    clip_norm: float | None = 5.0
    cluster_pcs: int = 20
    n_hidden: int = setting(512, "Width of the hidden layers.", least=1)
    n_latent: int = setting(30, "Width of the latent.", least=1)
    min_counts: int = setting(
        100,
        "Genes with no more counts than this in all spots together are left out.",
        least=0,
    )


class DUSTEDInputs(ModelInputs):
    """Log-normalised expression with its means and maxima, counts, size factors and the edges."""

    means: Tensor
    maxima: Tensor
    log_size: Tensor

    def __init__(
        self, features: pp.Features, shifted: Centring, graph: gr.SpatialGraph, fitted: Projections
    ) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        self.edges = Edges(sp.csr_matrix(graph.adjacency + sp.eye(graph.adjacency.shape[0])))
        self.set_targets(features.targets)
        pooled = {
            "means": fitted.arrays["means"],
            "maxima": fitted.arrays["maxima"],
            "log_size": features.log_size
            - np.log(fitted.arrays["median_size"]),  # relative to the median spot
        }
        for name, values in pooled.items():
            self.register_buffer(name, torch.from_numpy(values.astype(np.float32)), persistent=False)


class DUSTED(Model):
    r"""Dual-attention denoiser of spatial transcriptomics (Zhu et al., AAAI 2025).

    Genes are gated by what they are like over all spots, :math:`g = \sigma(f(\bar x) + f(x_{max}))` with one
    perceptron f, and :math:`X_g = X\,\mathrm{diag}(1 + 1.5 g)`. Then, with attention A of each layer's own,

    .. math::
        P = X_g W_1, \quad Z = A_Z\, \mathrm{ELU}(A_P P)\, W_2, \quad D = \mathrm{ELU}(A_P Z W_2^T)

    and three more attention layers from D to the parameters of a zero-inflated negative binomial, whose mean
    negative log-likelihood of the raw counts is the loss. The dispersion is an exponential of its head, where
    the authors have a softplus. Size factors are relative to the median spot. Since
    :math:`A (D W) = (A D) W`, and the scores of a head need no more than :math:`D (W v)`, no message is as
    wide as the genes; neither is the gated matrix nor any of the three parameters written out for all spots.

    DUSTED is a denoiser and leaves clustering to others. What is clustered here is what its authors cluster:
    the denoised means, brought to 10,000 a spot, log-transformed and reduced to principal components.

    The published code does not run as it is (a name that is never set, a module never imported); there is no
    published behaviour to repeat. The radius is found from a wanted number of neighbours, as for STAGATE.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = DUSTEDConfig
    config: DUSTEDConfig
    title = "DUSTED"
    reference = "Zhu et al. (2025) AAAI, DUSTED: Dual-Attention Enhanced Spatial Transcriptomics Denoiser"

    def __init__(self, inputs: DUSTEDInputs, config: DUSTEDConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        n_genes = inputs.design.shape[1]
        narrow = max(1, n_genes // GATE_REDUCTION)
        self.gate = nn.Sequential(nn.Linear(n_genes, narrow), nn.ReLU(), nn.Linear(narrow, n_genes))
        self.first = nn.Parameter(torch.empty(n_genes, config.n_hidden))
        self.second = nn.Parameter(torch.empty(config.n_hidden, config.n_latent))
        for weight in (self.first, self.second):
            nn.init.xavier_normal_(weight, gain=2**0.5)
        self.hidden_attention = NeighbourAttention(config.n_hidden)
        self.latent_attention = NeighbourAttention(config.n_latent)
        self.heads = ZINBHeads(config.n_hidden, n_genes)
        self.head_attention = nn.ModuleList([NeighbourAttention(n_genes) for _ in range(3)])

    @classmethod
    def prepare(
        cls, data: Slice, config: DUSTEDConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised variable genes beside their counts, and the graph of spots within a radius."""
        sizes = pp.library_size(data.counts, depth=data.depth)  # of all genes
        seen = np.flatnonzero(pp.gene_sums(data.counts).total > config.min_counts)
        if len(seen) and like is None:
            counts = pp.take_columns(data.counts, seen)
            data = replace(data, counts=counts, genes=data.genes[seen], depth=sizes)
        features = log_features(data, n_top_genes=config.n_top_genes, like=like)
        shifted = centring(features.inputs, slices_to_centre(data, config, like), like=like)
        graph = radius_graph(data, n_neighs=config.n_neighs, radius=config.radius)
        # what the gate sees of the genes, and the size that counts as usual, are those of the fitted slice
        pooled = {
            "means": np.asarray(features.inputs.mean(axis=0)).ravel(),
            "maxima": features.inputs.max(axis=0).toarray().ravel(),
            "median_size": np.median(np.exp(features.log_size)),
            **shifted.fitted,
        }
        projections = like or Projections(features.genes, packed(**pooled))
        record = {"prepared": {"graph": graph.describe()}}
        return Prepared(
            DUSTEDInputs(features, shifted, graph, projections), projections, graph.adjacency, record
        )

    def encode(self, inputs: DUSTEDInputs) -> Tensor:
        """Return Z before modulation, shape (n, n_latent)."""
        return self._encode(inputs)[0]

    def losses(self, inputs: DUSTEDInputs, phase: str) -> dict[str, Tensor]:
        """Return the mean negative log-likelihood of the counts."""
        decoded = self._decode(inputs)
        weights = (self.heads.mean, self.heads.dispersion, self.heads.dropout)
        hidden = [self._averaged(decoded, k, weight, inputs) for k, weight in enumerate(weights)]
        likelihood = self.heads.loss(hidden, inputs.targets, inputs.log_size)
        return {"loss": likelihood, "zinb": likelihood}

    def embedding(self, inputs: DUSTEDInputs) -> Tensor:
        """Return the denoised expression, 10,000 a spot and log-transformed, shape (n, n_genes)."""
        hidden = self._averaged(self._decode(inputs), 0, self.heads.mean, inputs)
        # a softmax is the mean brought to a sum of one, whatever the size factor
        return (1e4 * torch.softmax(hidden @ self.heads.mean, dim=1)).log1p()

    def _encode(self, inputs: DUSTEDInputs) -> tuple[Tensor, Tensor]:
        """Z and the attention weights of the hidden layer."""
        gate = torch.sigmoid(self.gate(inputs.means) + self.gate(inputs.maxima))
        # X diag(c) W = X (diag(c) W): the gated expression is never written out
        projected = inputs.design((1 + GATE_WEIGHT * gate)[:, None] * self.first)
        weights = self.hidden_attention(projected, inputs.edges)
        narrow = functional.elu(inputs.edges.weighted_sum(weights, projected)) @ self.second
        return inputs.edges.weighted_sum(self.latent_attention(narrow, inputs.edges), narrow), weights

    def _decode(self, inputs: DUSTEDInputs) -> Tensor:
        """D, shape (n, n_hidden), from the modulated latent."""
        encoded, weights = self._encode(inputs)
        latent = self.modulate(encoded, inputs)
        return functional.elu(inputs.edges.weighted_sum(weights, latent) @ self.second.T)

    def _averaged(self, decoded: Tensor, head: int, weight: Tensor, inputs: DUSTEDInputs) -> Tensor:
        """D averaged over neighbours with a head's own attention, (n, n_hidden)."""
        weights = self.head_attention[head](decoded, inputs.edges, weight)
        return inputs.edges.weighted_sum(weights, decoded)

"""SEDR: masked autoencoder joined with a variational graph autoencoder, then deep embedded clustering."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn
from torch.nn import functional

from semst import gr
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._config import MODEL_PANEL, NearestGraphConfig
from semst.models._features import component_features
from semst.models._graphs import nearest_graph
from semst.models._model import Model, ModelInputs, Phase, Prepared, Projections
from semst.nn import Edges, Propagation, edge_products, sample_negatives


@documented
@dataclass(frozen=True, kw_only=True)
class SEDRConfig(NearestGraphConfig):
    """Settings of SEDR."""

    epochs: int = setting(200, "Of the first phase, representation.", least=1, panel=MODEL_PANEL)
    clustering_epochs: int = setting(
        200,
        "Of the second phase, clustering with it; 0 leaves it out.",
        least=0,
    )
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    n_top_genes: int = 2000
    n_pcs: int = setting(200, "Principal components that enter the model.", least=1)
    n_neighs: int = 12
    n_hidden: int = setting(64, "Width of the perceptron's hidden layer.", least=1)
    n_features: int = setting(16, "Width of the perceptron's result.", least=1)
    n_graph_hidden: int = setting(64, "Width of the graph autoencoder's hidden layer.", least=1)
    n_graph: int = setting(16, "Width of the graph autoencoder's result.", least=1)
    dropout: float = setting(
        0.2,
        "Share of units dropped behind each layer of the perceptron and ahead of each graph convolution.",
        least=0,
        most=1,
    )
    mask: float = setting(0.8, "Share of spots masked in every epoch.", least=0, most=1)
    hide_masked: bool = setting(
        False,
        "Put the learned vector in the place of masked values instead of adding it to them.",
    )
    n_clusters: int = setting(
        10,
        "Clusters of the second phase; fixed to 10 by the authors whatever the number of domains.",
        least=1,
    )
    target_every: int = setting(20, "Epochs between two computations of the target distribution.", least=1)
    reconstruction_weight: float = setting(10.0, "Of the squared error.", least=0)
    graph_weight: float = setting(0.1, "Of the edges' reconstruction and the divergence.", least=0)
    mask_weight: float = setting(1.0, "Of the masked term.", least=0)
    cluster_weight: float = setting(1.0, "Of the clustering term.", least=0)


class SEDRInputs(ModelInputs):
    """Principal components, the propagation and the edges with self loops."""

    values: Tensor

    def __init__(self, components: np.ndarray, graph: gr.SpatialGraph) -> None:
        super().__init__()
        operator = gr.normalise_adjacency(graph.adjacency, kind="symmetric")
        self.register_buffer("values", torch.from_numpy(components), persistent=False)
        self.propagation = Propagation(operator)
        self.edges = Edges(operator)


class SEDR(Model):
    r"""Spatially embedded deep representation (Xu et al., Genome Medicine 2024).

    .. math::
        f = MLP(X), \quad H = \mathrm{relu}(\hat A f W_0), \quad \mu = \hat A H W_\mu, \quad
        \log\sigma = \hat A H W_\sigma, \quad Z = [f \mid \mu + \sigma\epsilon], \quad \hat X = \hat A Z W_d

    First phase: squared error of X, cross-entropy of :math:`Z_i \cdot Z_j` on edges against as many pairs
    without one, Kullback-Leibler term of the variational part, and :math:`(1 - \cos(x_i, \hat x_i))^3` on the
    masked 80 % of the spots. Second phase: the masked term gives way to :math:`KL(P \| Q)` of Student-t
    assignments to cluster centres, P being computed anew every 20 epochs and the divergence being the mean
    over all entries. FSM acts on :math:`[f | \mu]`, which is clustered. The sample is drawn around the
    modulated :math:`\mu`: with FSM behind the sample the Kullback-Leibler term fell to zero in training.

    The masked term asks for the values themselves (the authors': with the learned vector added).

    Masks, samples and dropout belong to training: the embedding is made from every spot's own values with
    :math:`\mu` in place of a sample, so it is the same at each call (the published code masks then, too, and
    its embedding is a matter of chance). Pairs without an edge are drawn afresh each epoch and are never
    neighbours. A learned vector is added to the values of masked spots, which marks them and hides nothing;
    with ``hide_masked`` it takes their place.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = SEDRConfig
    config: SEDRConfig
    title = "SEDR"
    reference = "Xu et al. (2024) Genome Medicine 16:12"
    of_slice = frozenset({"target", "epochs_done"})
    target: Tensor
    epochs_done: Tensor

    def __init__(self, inputs: SEDRInputs, config: SEDRConfig) -> None:
        n_latent = config.n_features + config.n_graph
        super().__init__(inputs, config, n_latent)
        n, width = inputs.values.shape
        self.perceptron = nn.Sequential(
            *_block(width, config.n_hidden, config.dropout),
            *_block(config.n_hidden, config.n_features, config.dropout),
        )
        self.dropout = nn.Dropout(config.dropout)
        self.graph_hidden = nn.Linear(config.n_features, config.n_graph_hidden, bias=False)
        self.graph_moments = nn.Linear(config.n_graph_hidden, 2 * config.n_graph, bias=False)
        self.decoder = nn.Linear(n_latent, width, bias=False)
        for layer in (self.graph_hidden, self.graph_moments, self.decoder):
            nn.init.xavier_uniform_(layer.weight)
        self.token = nn.Parameter(torch.zeros(width))
        n_clusters = min(config.n_clusters, n)
        self.centres = nn.Parameter(torch.zeros(n_clusters, n_latent))
        self.register_buffer("target", torch.zeros(n, n_clusters))
        self.register_buffer("epochs_done", torch.zeros((), dtype=torch.long))

    @classmethod
    def prepare(
        cls, data: Slice, config: SEDRConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Principal components of scaled variable genes and the 12-nearest-spots graph."""
        values, projections, params = component_features(
            data, config, n_components=config.n_pcs, random_state=random_state, like=like
        )
        graph = nearest_graph(data, n_neighs=config.n_neighs)
        record = {"prepared": {"graph": graph.describe(), **params}}
        return Prepared(SEDRInputs(values, graph), projections, graph.adjacency, record)

    def phases(self) -> tuple[Phase, ...]:
        """Return the two phases, or the first one alone."""
        config = self.config
        rates = (config.learning_rate, config.weight_decay, config.clip_norm)
        first = Phase("representation", config.epochs, *rates)
        return (
            (first, Phase("clustering", config.clustering_epochs, *rates))
            if config.clustering_epochs
            else (first,)
        )

    def begin(self, phase: str, inputs: SEDRInputs) -> None:
        """Put the cluster centres where k-means finds them in the latent of the first phase."""
        if phase != "clustering":
            return
        latent = self.latent_in_evaluation(inputs).float().cpu().numpy()
        found = KMeans(len(self.centres), n_init=20, random_state=0).fit(latent)
        with torch.no_grad():
            self.centres.copy_(torch.from_numpy(found.cluster_centers_))
            self.epochs_done.zero_()

    def moments(self, features: Tensor, inputs: SEDRInputs) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the deviation of the variational part, each (n, n_graph)."""
        hidden = torch.relu(inputs.propagation(self.graph_hidden(self.dropout(features))))
        moments = inputs.propagation(self.graph_moments(self.dropout(hidden)))
        mean, log_deviation = moments.chunk(2, dim=1)
        return mean, log_deviation

    def encode(self, inputs: SEDRInputs) -> Tensor:
        """Return Z, (n, n_features + n_graph); without a sample and a mask."""
        features = self.perceptron(inputs.values)
        return torch.cat([features, self.moments(features, inputs)[0]], dim=1)

    def losses(self, inputs: SEDRInputs, phase: str) -> dict[str, Tensor]:
        """Return the parts of the phase and their weighted sum."""
        config = self.config
        n = len(inputs.values)
        hidden = torch.randperm(n)[: round(config.mask * n)].to(inputs.values.device)
        features = self.perceptron(self.mask(inputs.values, hidden))
        mean, log_deviation = self.moments(features, inputs)
        modulated = self.modulate(torch.cat([features, mean], dim=1), inputs)
        features, mean = modulated.split([config.n_features, config.n_graph], dim=1)
        sample = mean + log_deviation.exp() * torch.randn(mean.shape).to(mean)
        latent = torch.cat([features, sample], dim=1)
        rebuilt = inputs.propagation(self.decoder(self.dropout(latent)))
        reconstruction = (rebuilt - inputs.values).square().mean()
        edges = edge_loss(latent, inputs.edges)
        # both moments over n once more, the scale at which an autoencoder of graphs balances them with edges
        divergence = (
            -0.5 / n * (1 + 2 * log_deviation - mean.square() - (2 * log_deviation).exp()).sum(1).mean()
        )
        total = config.reconstruction_weight * reconstruction + config.graph_weight * (edges + divergence)
        parts = {"reconstruction": reconstruction, "edges": edges, "divergence": divergence}
        if phase == "representation":
            likeness = functional.cosine_similarity(inputs.values[hidden], rebuilt[hidden])
            parts["masked"] = (1 - likeness).pow(3).mean()
            return {"loss": total + config.mask_weight * parts["masked"], **parts}
        if self.epochs_done % config.target_every == 0:
            self.target.copy_(
                target_distribution(assignments(self.latent_in_evaluation(inputs), self.centres.detach()))
            )
        self.epochs_done += 1
        soft = assignments(latent, self.centres)
        parts["cluster"] = (torch.xlogy(self.target, self.target) - self.target * soft.log()).mean()
        return {"loss": total + config.cluster_weight * parts["cluster"], **parts}

    def mask(self, values: Tensor, hidden: Tensor) -> Tensor:
        """Add the token to the rows ``hidden`` of ``values`` (n, d), or put it in their place."""
        masked = values.clone()
        masked[hidden] = self.token.to(values) if self.config.hide_masked else values[hidden] + self.token
        return masked

    def embedding(self, inputs: SEDRInputs) -> Tensor:
        """Return Z, (n, n_features + n_graph)."""
        return self.latent(inputs)


def _block(n_in: int, n_out: int, dropout: float) -> tuple[nn.Module, ...]:
    return (
        nn.Linear(n_in, n_out),
        nn.BatchNorm1d(n_out, eps=1e-3, momentum=0.01),
        nn.ELU(),
        nn.Dropout(dropout),
    )


def edge_loss(latent: Tensor, edges: Edges) -> Tensor:
    """Cross-entropy of inner products on edges and on as many negative pairs, scaled as in a graph VAE."""
    n = edges.n_spots
    spots, negatives = sample_negatives(edges)
    scores = torch.cat(
        [
            edge_products(edges, latent, latent),
            (latent.index_select(0, spots) * latent.index_select(0, negatives)).sum(dim=1),
        ]
    )
    truth = torch.zeros_like(scores)
    truth[: len(edges.rows)] = 1
    norm = n * n / max(2 * (n * n - len(edges.rows)), 1)
    return norm * functional.binary_cross_entropy_with_logits(scores, truth)


def assignments(latent: Tensor, centres: Tensor) -> Tensor:
    """Share of every cluster in a spot by Student's t with one degree of freedom, (n, n_clusters)."""
    kernel = 1 / (1 + (latent[:, None] - centres).square().sum(dim=2))
    return kernel / kernel.sum(dim=1, keepdim=True)


def target_distribution(soft: Tensor) -> Tensor:
    """Sharpened assignments, each cluster weighed by the inverse of its size; (n, n_clusters)."""
    weight = soft.square() / soft.sum(dim=0)
    return weight / weight.sum(dim=1, keepdim=True)

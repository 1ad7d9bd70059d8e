"""stDCL: linear graph autoencoder with a contrast of structure and one of clusters between two views."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn
from torch.nn import functional

from semst import gr, pp
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring, centred_scores, centring
from semst.models._config import NearestGraphConfig
from semst.models._features import scaled_log_features
from semst.models._graphs import nearest_graph
from semst.models._model import Model, ModelInputs, Phase, Prepared, Projections
from semst.nn import (
    Edges,
    Propagation,
    correlation_reduction,
    cosine_structure,
    sigmoid_structure,
)


@documented
@dataclass(frozen=True, kw_only=True)
class STDCLConfig(NearestGraphConfig):
    """Settings of stDCL.

    The defaults are the authors' for Visium. They give weights of 10, 3, 3 for STARmap and 10, 0.1, 0.1 for
    MERFISH.
    """

    epochs: int = 1000
    pretrain_epochs: int = setting(
        500,
        "Of the first phase, whose second view are the spots in a random order; 0 leaves it out.",
        least=0,
    )
    learning_rate: float = 5e-3
    pretrain_learning_rate: float = setting(1e-3, "Of the first phase.", above=0)
    cluster_pcs: int = 20
    refine_neighs: int = 50
    expression_neighs: int = setting(
        0,
        "Neighbours by expression that are joined, too; the authors' single one on DLPFC is the spot itself.",
        least=0,
    )
    expression_weight: float = setting(0.5, "Weight of such an edge.", least=0)
    n_latent: int = setting(64, "Width of the latent.", least=1)
    noise: float = setting(
        2.0, "Standard deviation of the zero-mean factor on every value of the noisy view.", least=0
    )
    dropout: float = setting(
        0.1, "Share of latent units dropped ahead of the adjacency decoder.", least=0, most=1
    )
    n_clusters: int = setting(10, "Clusters that are contrasted.", least=1)
    cluster_every: int = setting(100, "Epochs after which k-means finds them anew.", least=1)
    adjacency_rows: int = setting(
        256,
        "Spots drawn in every epoch whose row of the adjacency is decoded; all where there are fewer.",
        least=1,
    )
    reconstruction_weight: float = setting(10.0, "Of both reconstructions.", least=0)
    adjacency_weight: float = setting(
        0.5, "Of the adjacency's reconstruction, relative to the other one.", least=0
    )
    contrast_weight: float = setting(0.5, "Of the contrast of structure.", least=0)
    cluster_weight: float = setting(0.8, "Of the contrast of clusters.", least=0)


class STDCLInputs(ModelInputs):
    """Scaled expression, the same with noise, the propagation, and the adjacency with self loops."""

    weights: Tensor

    def __init__(
        self, features: pp.Features, shifted: Centring, adjacency: sp.csr_matrix, noisy: sp.csr_matrix
    ) -> None:
        super().__init__()
        identity = sp.identity(adjacency.shape[0], format="csr", dtype=np.float32)
        operator = gr.normalise_adjacency(adjacency, kind="symmetric", self_loops=False) + identity
        whole = sp.csr_matrix(adjacency + identity, dtype=np.float32)
        whole.sort_indices()
        self.design = shifted.design(features.inputs)
        self.noisy = centring(noisy, shifted.slices).design(noisy)  # noise, too, has a mean in every slice
        self.propagation = Propagation(sp.csr_matrix(operator))
        self.edges = Edges(whole)
        self.register_buffer("weights", torch.from_numpy(whole.data), persistent=False)


class STDCL(Model):
    r"""Dual graph contrastive learning (Yu et al., Advanced Science 2025).

    .. math:: Z = \tilde A X W_1, \qquad \hat X = \tilde A Z W_2, \qquad \tilde A = D^{-1/2} A D^{-1/2} + I

    The loss is :math:`10\,(MSE(X, \hat X) + 0.5\,MSE(A, \sigma(H H^T)))` with H the latent after a ReLU and
    dropout, in unit rows, plus :math:`0.5\,MSE(A, \cos(Z, Z'))`, plus 0.8 times the cluster term, where A
    holds self loops here and Z' is the latent of a second view: of the spots in one random order in the first
    phase, of values multiplied by zero-mean noise, fixed for the run, in the second. The cosine term is exact
    without an n x n matrix; the sigmoid one is evaluated on rows of A drawn in every epoch. FSM acts on Z in
    both views; 20 principal components of Z are clustered.

    The cluster term compares the mean latent of every cluster between the views, and pulls the matrix of
    their cosines, (n_clusters, n_clusters), towards the identity: a cluster is like itself in the other view
    and unlike the others. Clusters come from k-means of Z and are found anew every 100 epochs. In the
    published code the term averages blocks of consecutive spots and is then normalised to the constant 1,
    without a gradient; ``cluster_weight=0`` has the same effect on training.

    Rows of H are brought to unit length, which the published code leaves out: inner products of the raw
    latent are so large (hundreds) that the sigmoid is 1 for nearly all pairs and the term has no gradient, at
    the start as at the end of training.

    On Visium the authors train twice with different noise and choose a run by its Davies-Bouldin index; here
    a run is a run.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = STDCLConfig
    config: STDCLConfig
    title = "stDCL"
    reference = "Yu et al. (2025) Advanced Science 12:2410081"
    of_slice = frozenset({"order", "labels", "epochs_done"})
    order: Tensor
    labels: Tensor
    epochs_done: Tensor

    def __init__(self, inputs: STDCLInputs, config: STDCLConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        n, n_genes = inputs.design.shape
        self.encoder = nn.Parameter(torch.empty(n_genes, config.n_latent))
        self.decoder = nn.Parameter(torch.empty(config.n_latent, n_genes))
        for weight in (self.encoder, self.decoder):
            nn.init.xavier_uniform_(weight)
        self.register_buffer("order", torch.arange(n))
        self.register_buffer("labels", torch.zeros(n, dtype=torch.long))
        self.register_buffer("epochs_done", torch.zeros((), dtype=torch.long))

    @classmethod
    def prepare(
        cls, data: Slice, config: STDCLConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised, scaled variable genes, a noisy copy of them, and the graph."""
        features, shifted, projections = scaled_log_features(data, config, like=like)
        graph = nearest_graph(data, n_neighs=config.n_neighs)
        adjacency = graph.adjacency
        if config.expression_neighs:
            components = pp.fit_components(
                features.inputs, n_components=50, random_state=random_state, slices=shifted.slices
            )
            alike = gr.expression_graph(
                centred_scores(components.project(features.inputs), shifted.slices)[0],
                n_neighs=config.expression_neighs,
                metric="euclidean",
                random_state=random_state,
            )
            adjacency = adjacency.maximum(alike * config.expression_weight)
        noisy = features.inputs.copy()
        factors = np.random.default_rng(random_state).normal(0, config.noise, noisy.nnz)
        noisy.data *= factors.astype(np.float32)
        params = {
            "graph": graph.describe(),
            "mean_degree_with_expression": adjacency.nnz / adjacency.shape[0],
        }
        inputs = STDCLInputs(features, shifted, adjacency, noisy)
        return Prepared(inputs, projections, graph.adjacency, {"prepared": params})

    def phases(self) -> tuple[Phase, ...]:
        """Return pretraining, unless it has no epochs, and training."""
        config = self.config
        rest = (config.weight_decay, config.clip_norm)
        train = Phase("train", config.epochs, config.learning_rate, *rest)
        first = Phase("pretrain", config.pretrain_epochs, config.pretrain_learning_rate, *rest)
        return (first, train) if config.pretrain_epochs else (train,)

    def begin(self, phase: str, inputs: STDCLInputs) -> None:
        """Draw the order of the pretraining."""
        self.epochs_done.zero_()
        if phase == "pretrain":
            self.order.copy_(torch.randperm(len(self.order)))

    def encode(self, inputs: STDCLInputs) -> Tensor:
        """Return Z, (n, n_latent)."""
        return inputs.propagation(inputs.design(self.encoder))

    def losses(self, inputs: STDCLInputs, phase: str) -> dict[str, Tensor]:
        """Return both reconstructions, both contrasts and their weighted sum."""
        config = self.config
        if self.epochs_done % config.cluster_every == 0:
            self._find_clusters(inputs)
        self.epochs_done += 1
        both = inputs.design(torch.cat([self.encoder, self.decoder.T], dim=1))
        projected, product = both.split(config.n_latent, dim=1)
        if phase == "pretrain":
            order, labels = self.order, self.labels[self.order]
            second = projected.index_select(0, order)
        else:
            order, labels = None, self.labels
            second = inputs.noisy(self.encoder)
        views = inputs.propagation(projected), inputs.propagation(second)
        latent, other = self.modulate_views(*views, inputs, order)
        parts = {
            "reconstruction": inputs.design.squared_error(
                inputs.propagation(latent), self.decoder, product=product
            ),
            "adjacency": sigmoid_structure(
                self._hidden(latent),
                inputs.edges,
                inputs.weights,
                n_rows=config.adjacency_rows,
            ),
            "contrast": cosine_structure(latent, other, inputs.edges, inputs.weights),
            "cluster": correlation_reduction(
                cluster_means(latent, self.labels, config.n_clusters).T,
                cluster_means(other, labels, config.n_clusters).T,
            ),
        }
        rebuilt = parts["reconstruction"] + config.adjacency_weight * parts["adjacency"]
        total = config.reconstruction_weight * rebuilt + config.contrast_weight * parts["contrast"]
        return {"loss": total + config.cluster_weight * parts["cluster"], **parts}

    def embedding(self, inputs: STDCLInputs) -> Tensor:
        """Return Z, (n, n_latent)."""
        return self.latent(inputs)

    def _hidden(self, latent: Tensor) -> Tensor:
        hidden = functional.dropout(torch.relu(latent), self.config.dropout, self.training)
        return functional.normalize(hidden, dim=1)

    def _find_clusters(self, inputs: STDCLInputs) -> None:
        latent = self.latent_in_evaluation(inputs).float().cpu().numpy()
        found = KMeans(min(self.config.n_clusters, len(latent)), n_init=1, random_state=0).fit_predict(latent)
        self.labels.copy_(torch.from_numpy(found.astype(np.int64)))


def cluster_means(latent: Tensor, labels: Tensor, n_clusters: int) -> Tensor:
    """Mean row of every cluster, (n_clusters, d); zeros for one without spots."""
    member = functional.one_hot(labels, n_clusters).to(latent)
    return member.T @ latent / member.sum(dim=0).clamp_min(1)[:, None]

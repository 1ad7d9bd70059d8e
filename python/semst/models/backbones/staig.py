"""STAIG: two views of the graph with edges and genes left out, in which neighbours are drawn together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn

from semst import _words, gr, pp
from semst._errors import SemSTError
from semst._settings import documented, setting
from semst.data import Slice
from semst.models._centring import Centring, centred_scores
from semst.models._config import NearestGraphConfig
from semst.models._features import scaled_log_features
from semst.models._graphs import nearest_graph
from semst.models._model import Model, ModelInputs, Prepared, Projections
from semst.nn import Edges, Propagation, neighbour_contrast

GENE_MASKS = (0.01, 0.02)
GENE_MASKS_WITH_IMAGE = (0.1, 0.2)


@documented
@dataclass(frozen=True, kw_only=True)
class STAIGConfig(NearestGraphConfig):
    """Settings of STAIG."""

    epochs: int = 300
    learning_rate: float = 5e-4
    weight_decay: float = 1e-5
    refine_neighs: int = 15
    n_neighs: int = 5
    n_layers: int = setting(
        1,
        "Graph convolutions: 1 (as for DLPFC 151673), or 2 (as for breast cancer, STARmap and Slide-seq).",
        least=1,
    )
    n_hidden: int = setting(128, "Width of the first of two layers.", least=1)
    n_latent: int = setting(64, "Width of the encoder's and of the head's result.", least=1)
    temperature: float = setting(
        35.0,
        "Of the contrast. The authors set it for every slice, from 1 to 39; this is their value for 151673.",
        above=0,
    )
    gene_mask: float | None = setting(
        None,
        "Share of genes left out in the first view; none takes 0.01, with an image 0.1.",
        least=0,
        most=1,
    )
    second_gene_mask: float | None = setting(
        None,
        "Share of genes left out in the second view; none takes 0.02, with an image 0.2.",
        least=0,
        most=1,
    )
    n_negatives: int = setting(
        1024,
        "Spots drawn as negatives in every epoch; all where there are fewer.",
        least=1,
    )
    n_pcs: int = setting(
        64,
        "Components of the expression by which edges are dropped where there is no image.",
        least=1,
    )
    n_image_pcs: int = setting(16, "Components of the image features.", least=1)
    n_groups: int = setting(
        80,
        "Groups made of them by k-means: spots of one group are not told apart.",
        least=1,
    )

    def __post_init__(self) -> None:
        """Check what cannot be right."""
        super().__post_init__()
        if self.n_layers not in (1, 2):
            raise SemSTError(f"{_words.name('n_layers')} is {self.n_layers!r}; STAIG has 1 or 2.")


class STAIGInputs(ModelInputs):
    """Scaled expression, the whole graph, its edges with their chance to be dropped, and groups by image."""

    dropped: Tensor
    drawn: Tensor
    groups: Tensor | None

    def __init__(
        self,
        features: pp.Features,
        shifted: Centring,
        graph: gr.SpatialGraph,
        dropped: np.ndarray,
        groups: np.ndarray | None,
    ) -> None:
        super().__init__()
        self.design = shifted.design(features.inputs)
        operator = gr.normalise_adjacency(graph.adjacency, kind="symmetric")
        self.propagation = Propagation(operator)
        self.edges = Edges(operator)
        for name, values in (("dropped", dropped.astype(np.float32)), ("drawn", drawn_edge(operator))):
            self.register_buffer(name, torch.from_numpy(values), persistent=False)
        kept = None if groups is None else torch.from_numpy(groups.astype(np.int64))
        self.register_buffer("groups", kept, persistent=False)


class STAIG(Model):
    r"""Image-aided graph contrastive learning (Yang et al., Nature Communications 2025).

    In every epoch two views are made: each leaves out genes (for all spots alike) and edges. An edge to a
    neighbour j of spot i is left out with probability :math:`softmax_j` over the neighbours of the cosine
    distance of their principal components; with an image, :math:`d_{ij} / \sum_k d_{ik}` of the distances of
    their image features. On average a spot so loses its most unlike neighbour. An edge goes in both
    directions or in none, by the chance that the spot that comes first gives it. One graph convolution (or
    two) with a PReLU encodes both views, :math:`Z = PReLU(\hat A X W + b)`, and a perceptron 64-64-64 with an
    ELU leads to the space of ``semst.nn.neighbour_contrast``, the only loss. Its output on the whole
    graph and all genes is clustered. FSM acts on Z, ahead of the perceptron, in both views alike.

    Image features are taken from the slice (``image_key`` of :func:`semst.tl.backbone`); they can be anything
    with a row a spot. They are standardised, reduced to 16 components and grouped by k-means, and spots of
    one group are no negatives of each other. How the published features are learned is no part of this.

    The negatives of the loss are drawn (``n_negatives``); all is computed in single precision, where the
    published code holds several n x n matrices in double. There is no decoder: semantic shifts could in
    principle serve as positions of their own, so look at them where FSM seems to help.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = STAIGConfig
    config: STAIGConfig
    title = "STAIG"
    reference = "Yang et al. (2025) Nature Communications 16:1067"
    uses_image = True

    def __init__(self, inputs: STAIGInputs, config: STAIGConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        first = config.n_latent if config.n_layers == 1 else config.n_hidden
        self.weight = nn.Parameter(torch.empty(inputs.design.shape[1], first))
        self.bias = nn.Parameter(torch.zeros(first))
        self.second = nn.Linear(first, config.n_latent) if config.n_layers == 2 else None
        self.activation = nn.PReLU()
        self.head = nn.Sequential(
            nn.Linear(config.n_latent, config.n_latent),
            nn.ELU(),
            nn.Linear(config.n_latent, config.n_latent),
        )
        nn.init.xavier_uniform_(self.weight)
        if self.second is not None:
            nn.init.xavier_uniform_(self.second.weight)
            nn.init.zeros_(self.second.bias)

    @classmethod
    def prepare(
        cls, data: Slice, config: STAIGConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Log-normalised, scaled variable genes, the 5-nearest-spots graph, and what the image says."""
        features, shifted, projections = scaled_log_features(data, config, like=like)
        graph = nearest_graph(data, n_neighs=config.n_neighs)
        operator = sp.csr_matrix(graph.adjacency + sp.identity(data.n_spots, format="csr"))
        operator.sort_indices()
        groups = None
        if data.image is None:
            components = pp.fit_components(
                features.inputs, n_components=config.n_pcs, random_state=random_state, slices=shifted.slices
            )
            scores = centred_scores(components.project(features.inputs), shifted.slices)[0]
            dropped = drop_chances(operator, scores, by="cosine")
        else:
            pixels = centred_scores(data.image, shifted.slices)[0]  # staining differs between slices, too
            image = image_components(pixels, config.n_image_pcs, random_state=random_state)
            dropped = drop_chances(operator, image, by="distance")
            n_groups = min(config.n_groups, len(image))
            groups = KMeans(n_groups, n_init=10, random_state=random_state).fit_predict(image)
        record = {"prepared": {"graph": graph.describe(), "image": data.image is not None}}
        inputs = STAIGInputs(features, shifted, graph, dropped, groups)
        return Prepared(inputs, projections, graph.adjacency, record)

    def encode(self, inputs: STAIGInputs) -> Tensor:
        """Return Z of the whole graph and all genes, (n, n_latent)."""
        return self._convolve(inputs.design(self.weight), inputs.propagation)

    def losses(self, inputs: STAIGInputs, phase: str) -> dict[str, Tensor]:
        """Return the contrast of two views drawn afresh."""
        masks = self.config.gene_mask, self.config.second_gene_mask
        usual = GENE_MASKS if inputs.groups is None else GENE_MASKS_WITH_IMAGE
        shares = [u if m is None else m for m, u in zip(masks, usual, strict=True)]
        # leaving out genes of X is leaving out rows of W: both views come from one product
        kept = [(torch.rand(len(self.weight), 1) >= share).to(self.weight) for share in shares]
        width = self.weight.shape[1]
        projected = inputs.design(torch.cat([self.weight * each for each in kept], dim=1)).split(width, dim=1)
        first, second = (self._view(part, inputs) for part in projected)
        first, second = (self.head(view) for view in self.modulate_views(first, second, inputs))
        loss = neighbour_contrast(
            first,
            second,
            inputs.edges,
            temperature=self.config.temperature,
            n_columns=self.config.n_negatives,
            groups=inputs.groups,
        )
        return {"loss": loss}

    def embedding(self, inputs: STAIGInputs) -> Tensor:
        """Return the output of the perceptron, (n, n_latent)."""
        return self.head(self.latent(inputs))

    def _view(self, projected: Tensor, inputs: STAIGInputs) -> Tensor:
        """Z, (n, n_latent), of a graph that edges are left out of, from X W."""
        weights = dropped_weights(inputs.edges, inputs.dropped, inputs.drawn).to(self.weight.dtype)
        return self._convolve(
            projected, lambda dense: inputs.edges.weighted_sum(weights, dense.to(weights.dtype))
        )

    def _convolve(self, projected: Tensor, propagate: Any) -> Tensor:
        latent = self.activation(propagate(projected) + self.bias)
        if self.second is None:
            return latent
        return self.activation(propagate(latent @ self.second.weight.T) + self.second.bias)


def dropped_weights(edges: Edges, chances: Tensor, drawn: Tensor) -> Tensor:
    """Leave edges out by their ``chances`` and normalise the rest symmetrically; all (n_edges,).

    ``drawn`` says of which edge the lot is drawn: the same one for both directions (:func:`drawn_edge`).
    """
    kept = (torch.rand(len(chances)).to(chances) >= chances).to(chances)[drawn]
    degree = torch.zeros(edges.n_spots, dtype=kept.dtype, device=kept.device).index_add(0, edges.rows, kept)
    half = degree.rsqrt()  # the self loop always stays
    return kept * half[edges.rows] * half[edges.columns]


def drawn_edge(operator: sp.csr_matrix) -> np.ndarray:
    """Number of every edge itself, or of its reverse where that comes from an earlier spot; (n_edges,).

    Parameters
    ----------
    operator
        Graph with edges in both directions, (n, n), indices sorted; edges are numbered in its order.
    """
    number = np.arange(operator.nnz)
    numbered = sp.csr_matrix((number, operator.indices, operator.indptr), shape=operator.shape)
    reverse = sp.csr_matrix(numbered.T)
    reverse.sort_indices()
    rows = np.repeat(np.arange(operator.shape[0]), np.diff(operator.indptr))
    return np.where(rows <= operator.indices, number, reverse.data).astype(np.int64)


def drop_chances(operator: sp.csr_matrix, values: np.ndarray, *, by: str) -> np.ndarray:
    """How likely an edge is to be left out, in the order of ``operator``; self loops never are.

    Parameters
    ----------
    operator
        Graph with self loops, (n, n), indices sorted.
    values
        Rows that are compared, (n, d).
    by
        ``"cosine"``: softmax over neighbours of the cosine distance. ``"distance"``: the Euclidean distance
        relative to the sum over neighbours.

    Returns
    -------
    Shape (n_edges,); sums to 1 over the neighbours of a spot.
    """
    rows = np.repeat(np.arange(operator.shape[0]), np.diff(operator.indptr))
    columns = operator.indices
    if by == "cosine":
        norms = np.linalg.norm(values, axis=1, keepdims=True)
        unit = values / np.where(norms > 0, norms, 1)
        score = np.exp(1 - np.einsum("ij,ij->i", unit[rows], unit[columns], dtype=np.float64))
    else:
        score = np.linalg.norm(values[rows] - values[columns], axis=1).astype(np.float64) + 1e-12
    score[rows == columns] = 0
    total = np.bincount(rows, score, minlength=operator.shape[0])
    return score / np.where(total > 0, total, 1)[rows]


def image_components(image: np.ndarray, n_components: int, *, random_state: int = 0) -> np.ndarray:
    """Standardise image features (n, p) and reduce them to ``n_components``."""
    deviation = image.std(axis=0)
    standard = (image - image.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return pp.fit_components(standard, n_components=n_components, random_state=random_state).project(standard)

"""SemanticST: several context graphs, an embedding each, fused spot by spot."""

import numpy as np
import torch
from torch import Tensor, nn

from semst import gr, pp
from semst.data import Slice
from semst.models._centring import centred_scores, slices_to_centre
from semst.models._graphs import nearest_spots
from semst.models._model import Model, ModelInputs, Phase, Prepared, Projections, packed
from semst.models._split import split_tissue
from semst.nn import edge_products, min_cut, partition_balance, shared_information

from ._config import SemanticSTConfig
from ._context_tiles import ContextTile
from ._graphs import FIRST, Contexts, context_graphs, spatial_neighbours


class SemanticSTInputs(ModelInputs):
    """Scores, guides of the edge weights, and the tiles.

    Parameters
    ----------
    scores
        Principal components, shape (n, p).
    contexts
        From :func:`context_graphs`.
    data
        Coordinates and samples.
    config
        Settings.
    """

    encoded: Tensor
    guide: Tensor

    def __init__(self, scores: np.ndarray, contexts: Contexts, data: Slice, config: SemanticSTConfig) -> None:
        super().__init__()
        codes = np.zeros(len(scores), dtype=np.int64)
        if data.samples is not None:
            codes = np.unique(data.samples, return_inverse=True)[1]
        self.n_slices = int(codes.max()) + 1
        encoded, self.slice_shifts = scores, torch.zeros(self.n_slices, scores.shape[1])
        if contexts.shifts is not None:
            encoded = scores - contexts.shifts
            means = [contexts.shifts[codes == code].mean(axis=0) for code in range(self.n_slices)]
            self.slice_shifts = torch.from_numpy(np.stack(means))
        self.register_buffer("encoded", torch.from_numpy(encoded), persistent=False)
        self.register_buffer("guide", torch.from_numpy(contexts.guide), persistent=False)
        targets = scores
        if config.target_neighs:
            targets = gr.smooth(scores, nearest_spots(data, config.target_neighs))
        parts = split_tissue(data.coordinates, config.tile_spots, data.samples)
        self.tiles = nn.ModuleList([ContextTile(part, contexts.graphs, targets, codes) for part in parts])


class SemanticST(Model):
    r"""Several semantic graphs, disentangled, fused and clustered by a min-cut (Zahedi et al., 2025).

    On every context graph k (near in space; alike in expression; near and in the same domain of a first
    partition) edges get learned weights from smoothed components u,

    .. math:: g^k_{ij} = \sigma(\langle Q_k u_i, Q_k u_j \rangle / \sqrt r + b_k),

    and an encoder of its own averages over them and, with a small fixed weight s, the spot itself; the
    attention of a spot fuses the embeddings, and the decoder is linear:

    .. math::
        h^k_i = \mathrm{ReLU}\Big(\frac{s x_i + \sum_j g^k_{ij} x_j}{s + \sum_j g^k_{ij}} W_k
        + c_k\Big), \quad z_i = \sum_k \mathrm{softmax}_k(q_k \cdot \tanh(V_k h^k_i + d_k))\, h^k_i, \quad
        \hat x_i = (z_i W) \odot s_b + t_b

    with a scale and a bias for every slice b. Input and target are principal components of log-normalised
    variable genes, the target averaged over nearest spots; since what is decoded lies among these
    components, its squared error over the genes is that over the components and a constant. The loss is the
    squared error, the min-cut of :math:`P = \mathrm{softmax}(z C)` with K channels averaged over the weighted
    graphs, the balance of P, and the mean squared correlation between embeddings of different graphs.
    Clustered are the principal components of z W.

    Training takes a tile a step: spots that lie together, with all neighbours that these have in the whole
    graphs, so that latents and errors are exact; the cut sees the edges between the tile's own spots. There
    is one network, and inference runs it through the trained graphs of all spots.

    What differs from the published code: graphs of three kinds where there was one topology with four
    weightings; encoders for each; weights trained together with everything else; a disentangling term on
    embeddings that has a gradient; a cut over K channels and all graphs, with a balance; one network for all
    batches; neighbourhoods as the target; several starts of the final mixture. The defaults are its own, too:
    150 epochs at a rate of 3e-3 (1,000 at 1e-3), 32 latent dimensions (64), 15 components clustered (20) from
    40 starts (1).

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = SemanticSTConfig
    config: SemanticSTConfig
    limits = {"devices": "a step takes one tile, which cannot be shared"}
    of_slice = frozenset({"slice_bias", "slice_scale"})
    title = "SemanticST"
    reference = "Zahedi et al. (2025) SemanticST, arXiv preprint"

    def __init__(self, inputs: SemanticSTInputs, config: SemanticSTConfig) -> None:
        super().__init__(inputs, config, config.n_latent)
        self.n_tiles = len(inputs.tiles)
        n_graphs, width = len(config.graphs), config.n_latent
        n_scores, n_guide = inputs.encoded.shape[1], inputs.guide.shape[1]
        self.encoders = nn.Parameter(torch.empty(n_scores, n_graphs * width))
        self.encoder_bias = nn.Parameter(torch.zeros(n_graphs, width))
        self.edge_projection = nn.Parameter(torch.empty(n_graphs, n_guide, config.n_edge))
        self.edge_bias = nn.Parameter(torch.ones(n_graphs))
        self.attention = nn.ModuleList([nn.Linear(width, width) for _ in config.graphs])
        self.queries = nn.Parameter(torch.empty(n_graphs, width))
        self.decoder = nn.Parameter(torch.empty(width, n_scores))
        # one set of biases and scales a slice; without slices, or without regard to them, one for all
        self.n_sets = inputs.n_slices if config.batch_aware else 1
        self.slice_bias = nn.Parameter(inputs.slice_shifts[: self.n_sets].clone())
        ones = torch.ones(self.n_sets, n_scores)
        if self.n_sets > 1:
            self.slice_scale = nn.Parameter(ones)
        else:
            self.register_buffer("slice_scale", ones, persistent=False)
        self.channels = nn.Linear(width, config.n_domains)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot-uniform weights, zero biases."""
        width = self.config.n_latent
        for k in range(len(self.config.graphs)):
            nn.init.xavier_uniform_(self.encoders[:, k * width : (k + 1) * width])
            nn.init.xavier_uniform_(self.edge_projection[k])
            layer = self.attention[k]
            assert isinstance(layer, nn.Linear)
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        for weight in (self.queries, self.decoder, self.channels.weight):
            nn.init.xavier_uniform_(weight)
        nn.init.zeros_(self.channels.bias)

    @classmethod
    def prepare(
        cls, data: Slice, config: SemanticSTConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Components of the log-normalised variable genes, the context graphs, the tiles."""
        features = pp.semst_features(
            data.counts,
            data.genes,
            n_top_genes=config.n_top_genes,
            depth=data.depth,
            chosen=None if like is None else like.genes,
        )
        slices = slices_to_centre(data, config, like)
        if like is None:
            components = pp.fit_components(features.inputs, n_components=config.n_pcs, slices=slices)
        else:
            components = like.components("components")
        scores, centre = centred_scores(components.project(features.inputs), slices)
        scale = scores.std() if like is None else like.arrays["scale"]
        scores /= scale
        contexts = context_graphs(data, scores, config, random_state=random_state, like=like)
        projections = Projections(
            features.genes,
            packed(
                components=components,
                centre=centre,
                scale=scale,
                guide_mean=contexts.guide_mean,
                guide_scale=contexts.guide_scale,
                **contexts.first.arrays(FIRST),
            ),
        )
        inputs = SemanticSTInputs(scores, contexts, data, config)
        adjacency = spatial_neighbours(data, config)
        degrees = {name: graph.nnz / graph.shape[0] for name, graph in contexts.graphs.items()}
        params = {"mean_degrees": degrees, "n_tiles": len(inputs.tiles), "n_slices": inputs.n_slices}
        return Prepared(inputs, projections, adjacency, {"prepared": params})

    def phases(self) -> tuple[Phase, ...]:
        """Return the one phase; a step takes one tile."""
        config = self.config
        steps = config.epochs if self.n_tiles == 1 else max(config.epochs, config.passes * self.n_tiles)
        return (Phase("train", steps, config.learning_rate, config.weight_decay, config.clip_norm),)

    def views(self, inputs: SemanticSTInputs, tile: ContextTile) -> tuple[list[Tensor], list[Tensor]]:
        """Return the embedding of every graph, each (n_own, d), and the weights of its edges."""
        projected = (inputs.encoded[tile.spots] @ self.encoders).chunk(len(self.config.graphs), dim=1)
        guide = inputs.guide[tile.spots]
        ones = torch.ones(len(guide), 1, device=guide.device)
        views, weights = [], []
        for k, name in enumerate(self.config.graphs):
            edges = tile.graph(name)
            seen = guide @ self.edge_projection[k]
            likeness = edge_products(edges, seen[: tile.n_own], seen) / self.config.n_edge**0.5
            weight = torch.sigmoid(likeness + self.edge_bias[k])
            values = torch.cat([projected[k], ones], dim=1)
            sums = edges.weighted_sum(weight, values) + self.config.self_weight * values[: tile.n_own]
            views.append(torch.relu(sums[:, :-1] / sums[:, -1:] + self.encoder_bias[k]))
            weights.append(weight)
        return views, weights

    def fuse(self, views: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the fused latent (n, d) and the share every graph has in it (n, n_graphs)."""
        scores = [
            torch.tanh(layer(view)) @ query
            for layer, view, query in zip(self.attention, views, self.queries, strict=True)
        ]
        shares = torch.softmax(torch.stack(scores, dim=1), dim=1)
        return sum(shares[:, k, None] * view for k, view in enumerate(views)), shares  # type: ignore[return-value]

    def encode(self, inputs: SemanticSTInputs) -> Tensor:
        """Return the fused latent of all spots, shape (n, n_latent)."""
        return self._everywhere(inputs, 0)

    def losses(self, inputs: SemanticSTInputs, phase: str) -> dict[str, Tensor]:
        """Return the parts of the loss on one tile, drawn at random, and their weighted sum."""
        drawn = 0 if len(inputs.tiles) == 1 else int(torch.randint(len(inputs.tiles), (1,)))
        return self.tile_losses(inputs, inputs.tiles[drawn])  # type: ignore[arg-type]

    def tile_losses(self, inputs: SemanticSTInputs, tile: ContextTile) -> dict[str, Tensor]:
        """Return the parts of the loss on a tile."""
        config = self.config
        views, weights = self.views(inputs, tile)
        latent = self.modulate(self.fuse(views)[0], inputs, tile.spots[: tile.n_own])
        partition = torch.softmax(self.channels(latent), dim=1)
        others = partition.new_zeros(len(tile.spots) - tile.n_own, config.n_domains)
        padded = torch.cat([partition, others])
        cuts = [
            min_cut(padded, tile.graph(name), weight * tile.inside(name))
            for name, weight in zip(config.graphs, weights, strict=True)
        ]
        parts = {
            "reconstruction": self._error(latent, tile),
            "cut": torch.stack(cuts).mean(),
            "balance": partition_balance(partition),
        }
        if len(views) > 1:
            parts["disentangling"] = shared_information(views)
        total = sum(getattr(config, f"{name}_weight") * value for name, value in parts.items())
        return {"loss": total, **parts}

    def _error(self, latent: Tensor, tile: ContextTile) -> Tensor:
        """Mean squared error over the tile's own spots; every slice has its own scale and bias."""
        total = latent.new_zeros(())
        for code, target in zip(tile.slices, tile.targets, strict=True):
            members, own = tile.members(code), code if self.n_sets > 1 else 0
            decoder = self.decoder * self.slice_scale[own]
            error = target.squared_error(latent[members], decoder, self.slice_bias[own])  # type: ignore[operator]
            total = total + error * len(members)
        return total / tile.n_own

    def embedding(self, inputs: SemanticSTInputs) -> Tensor:
        """Return the decoded components without any slice's scale and bias, shape (n, n_pcs)."""
        return self.latent(inputs) @ self.decoder

    def inspect(self, inputs: SemanticSTInputs) -> dict[str, Tensor]:
        """Return the share of every graph in every spot's latent, shape (n, n_graphs)."""
        return {"attention": self._everywhere(inputs, 1)}

    def _everywhere(self, inputs: SemanticSTInputs, which: int) -> Tensor:
        """Put together latents (0) or shares (1) of the own spots of every tile."""
        parts = [self.fuse(self.views(inputs, tile)[0])[which] for tile in inputs.tiles]  # type: ignore[arg-type]
        spots = torch.cat([tile.spots[: tile.n_own] for tile in inputs.tiles])  # type: ignore[index]
        return torch.cat(parts)[torch.argsort(spots)]

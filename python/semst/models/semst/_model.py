"""SemST as a model: one or several two-view networks on a prepared slice."""

import math
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst.data import Slice
from semst.models._model import Model, Prepared, Projections

from ._config import PAPER, SemSTConfig
from ._inputs import SemSTInputs
from ._network import TwoViewNetwork
from ._prepare import prepare_slice
from ._tissue import Tissue


class SemST(Model):
    """One or several two-view networks (:class:`TwoViewNetwork`) whose embeddings are averaged.

    The method of Long et al., AAAI 2026. The linear path fixes the axes that all members share, so their mean
    is meaningful; it is steadier than any of them. Members differ in their random start alone and do not
    influence each other's training. A large slice is trained and embedded tile by tile.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = SemSTConfig
    config: SemSTConfig
    title = "SemST"
    reference = "Long et al. (2026) When Genes Speak, AAAI"
    presets = {"semst": {}, "paper": PAPER}
    semantics_by_default = True

    def __init__(self, inputs: SemSTInputs, config: SemSTConfig) -> None:
        super().__init__(inputs, config, None)  # every member has a modulation of its own
        n_genes = inputs.targets.counts.shape[1]
        n_semantic = 0 if inputs.semantic is None else inputs.semantic.shape[1]
        self.members = nn.ModuleList(
            TwoViewNetwork(inputs.spatial.shape[1], n_genes, n_semantic, config)
            for _ in range(config.n_networks)
        )
        if inputs.linear is not None:
            # every decoder starts near the mean counts of a spot of average size
            rate = np.asarray(inputs.targets.counts.sum(axis=0)).ravel() / inputs.targets.sizes.sum()
            with torch.no_grad():
                for member in self.each():
                    member.decoder.start_at(torch.from_numpy(rate.astype(np.float32)))

    @classmethod
    def prepare(
        cls, data: Slice, config: SemSTConfig, *, random_state: int = 0, like: Projections | None = None
    ) -> Prepared:
        """Features, both graphs, the linear path and the decoder's targets."""
        return prepare_slice(data, config, random_state=random_state, like=like)

    @classmethod
    def voters(cls, data: Slice, adjacency: sp.csr_matrix, config: SemSTConfig) -> sp.csr_matrix:  # type: ignore[override]
        """Return the spatial graph, or the nearest spots where ``refine_neighs`` asks for them."""
        chosen = super().voters(data, adjacency, config)
        return adjacency if chosen is None else chosen

    @classmethod
    def train_in_group(cls, network: Model, inputs: Any, options: Any) -> Any:
        """Deal the tiles of every step out among several processes."""
        from ._workers import train_in_group

        return train_in_group(cast(SemST, network), inputs, options)

    def forward(self, inputs: SemSTInputs) -> Tensor:
        """Return the mean embedding of a slice that is taken whole, or of a tile, shape (n, n_latent)."""
        return torch.stack([member(inputs) for member in self.members]).mean(dim=0)

    def encode(self, inputs: Tissue) -> Tensor:
        """Return both views of every member side by side, (n, 2 n_view n_networks); of a whole slice."""
        return torch.cat([view for member in self.each() for view in member.views(inputs.inputs)], dim=1)

    def losses(self, inputs: Tissue, phase: str) -> Iterator[dict[str, Tensor]]:
        """Return the parts of equation 14 and their weighted sum, in summands, one a tile."""
        return inputs.losses(self, self.config.step_tiles)

    def whole_losses(self, inputs: SemSTInputs) -> dict[str, Tensor]:
        """Return the parts of the loss, averaged over the members, on spots drawn afresh."""
        rows = self.draw(inputs.n_spots)
        target = inputs.targets.all() if rows is None else inputs.targets.rows(rows)
        rows = None if rows is None else rows.to(inputs.spatial.device)
        return self.mean([member.losses(inputs, rows, *target) for member in self.each()])

    def embedding(self, inputs: Tissue) -> Tensor:
        """Return the mean embedding, (n, n_latent)."""
        return inputs.embed(self)

    def figures(self, inputs: Tissue, embedding: np.ndarray) -> dict[str, float]:
        """Return the size of what the network adds relative to the linear path; NaN without that path."""
        if inputs.inputs.linear is None:
            return {"branch_share": float("nan")}
        linear = inputs.inputs.linear.cpu().numpy()
        return {"branch_share": float(np.linalg.norm(embedding - linear) / np.linalg.norm(linear))}

    def draw(self, n_spots: int, share: float = 1.0) -> Tensor | None:
        """Draw the spots on which the decoder is evaluated in a step, (b,); ``None`` for all of them.

        Parameters
        ----------
        n_spots
            Number of spots to draw from.
        share
            Part of the step's spots that these are: tiles that share a step share its draws.
        """
        wanted = math.ceil(self.config.batch_spots * share)
        if not wanted or n_spots <= wanted:
            return None
        # drawn on the CPU, so that every device sees the same spots
        return torch.randperm(n_spots)[:wanted].sort().values

    def each(self) -> list[TwoViewNetwork]:
        """Return the members."""
        return [cast(TwoViewNetwork, member) for member in self.members]

    def mean(self, parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """Average the parts of the loss over the members."""
        return {name: torch.stack([part[name] for part in parts]).mean() for name in parts[0]}

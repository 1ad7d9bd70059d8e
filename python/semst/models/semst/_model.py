"""SemST as a model: the linear path, and two-view networks on it."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst import _words
from semst.cluster import spare_narrow_domains
from semst.data import Slice
from semst.models._model import Model, Phase, Prepared, Projections

from ._config import NETWORK, PAPER, SemSTConfig
from ._inputs import LinearInputs, SemSTInputs
from ._network import TwoViewNetwork
from ._prepare import prepare_slice
from ._tissue import Tissue


class SemST(Model):
    """The linear path, and two-view networks (:class:`TwoViewNetwork`) whose mean is added to it.

    The networks are the method of Long et al., AAAI 2026. The linear path
    (:func:`semst.pp.fit_tissue_signal`) fixes the axes that all members share, so their mean is meaningful.
    Members differ in their random start alone and do not influence each other's training. A large slice is
    trained and embedded tile by tile. The preset ``"linear"`` has no member and nothing to train.

    Parameters
    ----------
    inputs, config
        See :class:`semst.models.Model`.
    """

    Config = SemSTConfig
    config: SemSTConfig
    title = "SemST"
    reference = "Long et al. (2026) When Genes Speak, AAAI"
    presets = {"linear": {}, "network": NETWORK, "paper": PAPER}
    semantics_by_default = True
    semantic_preset = "network"

    def __init__(self, inputs: LinearInputs | SemSTInputs, config: SemSTConfig) -> None:
        super().__init__(inputs, config, None)  # every member has a modulation of its own
        self.members = nn.ModuleList()
        if isinstance(inputs, LinearInputs):
            return
        if inputs.linear is not None:  # the path says how wide the embedding is
            config = replace(config, n_latent=inputs.linear.shape[1])
        n_genes = inputs.targets.counts.shape[1]
        n_semantic = 0 if inputs.semantic is None else inputs.semantic.shape[1]
        self.members.extend(
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
    def no_semantics(cls, config: SemSTConfig) -> str | None:  # type: ignore[override]
        """Return why semantic vectors cannot act: they modulate what a network has learned."""
        if config.n_networks:
            return None
        other = _words.given("preset", "network")
        return f"the preset {config.preset!r} has no network (n_networks is 0); use {other}"

    @classmethod
    def vote(cls, labels: np.ndarray, voters: sp.csr_matrix, config: SemSTConfig) -> np.ndarray:  # type: ignore[override]
        """Let the neighbours vote, and spare domains that are narrower than the vote can see."""
        voted = super().vote(labels, voters, config)
        return spare_narrow_domains(labels, voted) if config.spare_narrow else voted

    def phases(self) -> tuple[Phase, ...]:
        """Return the one stretch of training; none without a network."""
        return super().phases() if len(self.members) else ()

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

    def embedding(self, inputs: LinearInputs | Tissue) -> Tensor:
        """Return the mean embedding, (n, n_latent)."""
        return inputs.linear if isinstance(inputs, LinearInputs) else inputs.embed(self)

    def figures(self, inputs: LinearInputs | Tissue, embedding: np.ndarray) -> dict[str, float]:
        """Return the size of what the networks add relative to the linear path; NaN without that path."""
        if isinstance(inputs, LinearInputs):
            return {"branch_share": 0.0}
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

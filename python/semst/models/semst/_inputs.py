"""What the network sees of a slice, as tensors."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semst import distributed
from semst.models._checksum import weighted_sums
from semst.nn import Propagation, Targets


@dataclass
class LinearInputs:
    """One slice (or several) without a network.

    Attributes
    ----------
    linear
        What the linear path puts into the embedding, shape (n, n_latent).
    semantic
        Always ``None``: there is nothing that semantics could act on.
    """

    linear: Tensor
    semantic: Tensor | None = None

    def set_semantic(self, vectors: np.ndarray) -> None:
        """Leave semantic vectors where they are."""

    def on(self, device: torch.device, ranks: distributed.Group) -> "LinearInputs":
        """Return the same: nothing is computed any more."""
        return self

    def checksum(self) -> dict[str, list[str]]:
        """Return sums that tell one slice from another."""
        return {"linear": weighted_sums(self.linear)}


@dataclass
class SemSTInputs:
    """One slice (or several, block-diagonal), or a tile of one, as tensors.

    Attributes
    ----------
    spatial, expression
        The input averaged over the spatial and the expression graph, shape (m, M). In a whole slice m = n;
        a tile has rows for all spots its operators read.
    spatial_operator, expression_operator
        The normalised graphs themselves, (n, m).
    neighbours
        Binary spatial graph without self loops, for the regulariser, (n, n).
    linear
        What the linear path puts into the embedding, shape (n, n_latent); ``None`` without one.
    targets
        What the decoder has to explain, (n, n_genes), with size factors.
    semantic
        Semantic vectors, shape (n, d'); ``None`` without semantics.
    tiles
        Rows of the tiles a large slice is worked through in; one or none for a slice that is taken whole.
    """

    spatial: Tensor
    expression: Tensor
    spatial_operator: Propagation
    expression_operator: Propagation
    neighbours: Propagation
    linear: Tensor | None
    targets: Targets
    semantic: Tensor | None = None
    tiles: tuple[np.ndarray, ...] = field(default=())

    @property
    def n_spots(self) -> int:
        """Number of spots that are embedded."""
        return int(self.neighbours.matrix.shape[0])

    def set_semantic(self, vectors: np.ndarray) -> None:
        """Take in the semantic vectors, shape (n, d')."""
        self.semantic = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))

    def to(self, device: torch.device) -> "SemSTInputs":
        """Return the same on ``device``; these stay where they are."""
        moved: dict[str, Any] = {
            name: value.on(device) if isinstance(value, Propagation) else value.to(device)
            for name, value in vars(self).items()
            if isinstance(value, Tensor | Propagation | Targets)
        }
        return replace(self, **moved)

    def on(self, device: torch.device, ranks: distributed.Group) -> Any:
        """Return the slice as it is worked on: whole on ``device``, or tile by tile."""
        from ._tissue import Tissue  # which is made of these inputs

        return Tissue(self, device, ranks)

    def checksum(self) -> dict[str, list[str]]:
        """Return sums that tell one slice's tensors, and one order of its spots, from another's."""
        tensors = {
            "spatial": self.spatial,
            "expression": self.expression,
            "semantic": self.semantic,
            "linear": self.linear,
            "spatial_graph": self.spatial_operator.matrix.col_indices(),
            "expression_graph": self.expression_operator.matrix.col_indices(),
            "counts": torch.as_tensor(self.targets.counts.data),
            "sizes": torch.as_tensor(self.targets.sizes),
        }
        return {name: weighted_sums(tensor) for name, tensor in tensors.items() if tensor is not None}

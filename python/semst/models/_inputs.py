"""What the network sees of a slice, as tensors."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from semst.nn import Propagation, Targets


@dataclass(frozen=True)
class NetworkInputs:
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
    semantic
        Semantic vectors, shape (n, d'); ``None`` without semantics.
    linear
        What the linear path puts into the embedding, shape (n, n_latent); ``None`` without one.
    targets
        What the decoder has to explain, (n, n_genes), with size factors.
    tiles
        Rows of the tiles a large slice is worked through in; one or none for a slice that is taken whole.
    """

    spatial: Tensor
    expression: Tensor
    spatial_operator: Propagation
    expression_operator: Propagation
    neighbours: Propagation
    semantic: Tensor | None
    linear: Tensor | None
    targets: Targets
    tiles: tuple[np.ndarray, ...] = field(default=())

    @property
    def n_spots(self) -> int:
        """Number of spots that are embedded."""
        return int(self.neighbours.matrix.shape[0])

    def to(self, device: torch.device) -> "NetworkInputs":
        """Return the same on ``device``; these stay where they are."""
        moved: dict[str, Any] = {
            name: value.on(device) if isinstance(value, Propagation) else value.to(device)
            for name, value in vars(self).items()
            if isinstance(value, Tensor | Propagation | Targets)
        }
        return replace(self, **moved)

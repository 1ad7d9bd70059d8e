"""Large slices in parts: the tensors one part needs."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch

from semst.nn import Propagation

from ._inputs import SemSTInputs


@dataclass(frozen=True)
class Tile:
    """One part of a slice, with the spots around it that its graph convolutions look at.

    The first layer of a graph convolution takes an input that is averaged already, so the embedding of a tile
    needs one more ring: its neighbours in space for one view, its neighbours in expression, wherever they
    are, for the other. With these halos the embedding of every spot of the tile is that of the whole graph.

    Attributes
    ----------
    rows
        Spots of the tile, shape (b,).
    spatial_halo, expression_halo
        Spots each view looks at, the tile's own among them.
    spatial_operator, expression_operator
        From those spots to the tile's.
    neighbours
        Spatial graph within the tile.
    """

    rows: np.ndarray
    spatial_halo: torch.Tensor
    expression_halo: torch.Tensor
    spatial_operator: Propagation
    expression_operator: Propagation
    neighbours: Propagation

    def of(self, inputs: SemSTInputs, device: torch.device) -> SemSTInputs:
        """Take the tile out of the tensors of the whole slice, onto ``device``."""
        own = torch.from_numpy(self.rows)
        part = SemSTInputs(
            spatial=inputs.spatial[self.spatial_halo],
            expression=inputs.expression[self.expression_halo],
            spatial_operator=self.spatial_operator,
            expression_operator=self.expression_operator,
            neighbours=self.neighbours,
            semantic=None if inputs.semantic is None else inputs.semantic[own],
            linear=None if inputs.linear is None else inputs.linear[own],
            targets=inputs.targets.part(self.rows),
        )
        return part.to(device)


def cut_tile(inputs: SemSTInputs, rows: np.ndarray) -> Tile:
    """Find what the spots ``rows`` need of the whole slice.

    Parameters
    ----------
    inputs
        The whole slice, on the CPU.
    rows
        Spots of the tile, in rising order.

    Returns
    -------
    The tile.
    """
    spatial_halo, spatial_operator = _reach(inputs.spatial_operator.scipy(), rows)
    expression_halo, expression_operator = _reach(inputs.expression_operator.scipy(), rows)
    return Tile(
        rows=rows,
        spatial_halo=spatial_halo,
        expression_halo=expression_halo,
        spatial_operator=spatial_operator,
        expression_operator=expression_operator,
        neighbours=Propagation(inputs.neighbours.scipy()[rows][:, rows]),
    )


def _reach(operator: sp.csr_matrix, rows: np.ndarray) -> tuple[torch.Tensor, Propagation]:
    """Columns that ``rows`` of an operator read, and the operator between the two."""
    part = operator[rows]
    columns, places = np.unique(part.indices, return_inverse=True)
    between = sp.csr_matrix((part.data, places, part.indptr), shape=(len(rows), len(columns)))
    return torch.from_numpy(columns.astype(np.int64)), Propagation(between)

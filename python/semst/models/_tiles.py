"""Large slices in parts: which spots go together, and the tensors one part needs."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch

from semst.nn import Propagation

from ._inputs import NetworkInputs


def split_tissue(
    coordinates: np.ndarray, tile_spots: int, samples: np.ndarray | None = None
) -> list[np.ndarray]:
    """Divide the spots into tiles: connected pieces of tissue of nearly equal size.

    The tissue is cut across its longer side, again and again, until no piece holds more than ``tile_spots``
    (a k-d tree whose cuts are placed so that all leaves come out alike). Slices are cut one by one; pieces
    that are small share a tile.

    Parameters
    ----------
    coordinates
        Shape (n, 2) or (n, 3).
    tile_spots
        Most spots of a tile; 0 for one tile whatever the size.
    samples
        Label of the slice every spot belongs to; ``None`` for one slice.

    Returns
    -------
    Rows of every tile, in rising order; together they are all rows, each once.

    Examples
    --------
    >>> xy = np.stack([np.arange(6.0), np.zeros(6)], axis=1)
    >>> [tile.tolist() for tile in split_tissue(xy, 2)]
    [[0, 1], [2, 3], [4, 5]]
    """
    n = len(coordinates)
    if not tile_spots or n <= tile_spots:
        return [np.arange(n)]
    pieces: list[np.ndarray] = []
    for label in [None] if samples is None else np.unique(samples):
        rows = np.arange(n) if label is None else np.flatnonzero(samples == label)
        pieces += _halve(coordinates, rows, -(-len(rows) // tile_spots))
    tiles: list[list[np.ndarray]] = [[]]
    held = 0
    for piece in pieces:
        if held and held + len(piece) > tile_spots:
            tiles.append([])
            held = 0
        tiles[-1].append(piece)
        held += len(piece)
    return [np.sort(np.concatenate(tile)) for tile in tiles]


def _halve(coordinates: np.ndarray, rows: np.ndarray, n_pieces: int) -> list[np.ndarray]:
    """Cut ``rows`` into ``n_pieces`` of nearly equal size."""
    if n_pieces == 1:
        return [rows]
    here = coordinates[rows]
    along = here[:, int(np.argmax(np.ptp(here, axis=0)))]
    order = np.argsort(along, kind="stable")
    first = n_pieces // 2
    cut = round(len(rows) * first / n_pieces)
    return _halve(coordinates, rows[order[:cut]], first) + _halve(
        coordinates, rows[order[cut:]], n_pieces - first
    )


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
    share
        Part of all spots that these are.
    spatial_halo, expression_halo
        Spots each view looks at, the tile's own among them.
    spatial_operator, expression_operator
        From those spots to the tile's.
    neighbours
        Spatial graph within the tile.
    """

    rows: np.ndarray
    share: float
    spatial_halo: torch.Tensor
    expression_halo: torch.Tensor
    spatial_operator: Propagation
    expression_operator: Propagation
    neighbours: Propagation

    def of(self, inputs: NetworkInputs, device: torch.device) -> NetworkInputs:
        """Take the tile out of the tensors of the whole slice, onto ``device``."""
        own = torch.from_numpy(self.rows)
        part = NetworkInputs(
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


def cut_tile(inputs: NetworkInputs, rows: np.ndarray) -> Tile:
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
        share=len(rows) / inputs.n_spots,
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

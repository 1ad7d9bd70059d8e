"""Parts of the graphs, each with the spots its own spots really have as neighbours."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from semst.nn import DesignMatrix, Edges


class ContextTile(nn.Module):
    """What a step needs for some spots: their neighbours in every graph, however far away these are.

    Spots are numbered within the tile: first its own, then all others that any of these receives from. Every
    edge into its own spots is there, so that their latents and errors are those of the whole graph.

    Parameters
    ----------
    own
        Spots of the tile, shape (n_own,).
    graphs
        Context graphs of all spots, without self loops.
    targets
        What is reconstructed, shape (n, p).
    codes
        Slice of every spot, from 0.

    Attributes
    ----------
    spots
        Spot of every row of the tile's input, shape (n_all,).
    n_own
        How many of these are its own.
    edges
        Edges from all spots of the tile into its own, by graph.
    """

    spots: Tensor

    def __init__(
        self, own: np.ndarray, graphs: dict[str, sp.csr_matrix], targets: np.ndarray, codes: np.ndarray
    ) -> None:
        super().__init__()
        parts = {name: graph[own] for name, graph in graphs.items()}
        senders = np.unique(np.concatenate([part.indices for part in parts.values()]))
        spots = np.concatenate([own, np.setdiff1d(senders, own)])
        self.n_own = len(own)
        self.register_buffer("spots", torch.from_numpy(spots.astype(np.int64)), persistent=False)
        self.edges = nn.ModuleDict({name: Edges(part[:, spots]) for name, part in parts.items()})
        self.slices = [int(code) for code in np.unique(codes[own])]
        self.targets = nn.ModuleList([DesignMatrix(targets[own[codes[own] == code]]) for code in self.slices])
        for code in self.slices:
            members = torch.from_numpy(np.flatnonzero(codes[own] == code))
            self.register_buffer(f"members_{code}", members, persistent=False)
        for name, edges in self.edges.items():
            inside = (edges.columns < self.n_own).float()  # type: ignore[operator, union-attr]
            self.register_buffer(f"inside_{name}", inside, persistent=False)

    def graph(self, name: str) -> Edges:
        """Return the edges of a graph, by its name."""
        edges = self.edges[name]
        assert isinstance(edges, Edges)
        return edges

    def inside(self, name: str) -> Tensor:
        """Return 1 for edges of a graph between two of the tile's own spots, else 0; shape (n_edges,)."""
        return self.get_buffer(f"inside_{name}")

    def members(self, code: int) -> Tensor:
        """Return the tile's own spots that belong to a slice, numbered within the tile."""
        return self.get_buffer(f"members_{code}")

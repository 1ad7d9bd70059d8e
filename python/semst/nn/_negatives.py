"""Negative sampling: pairs of spots without an edge."""

import torch
from torch import Tensor

from ._attention import Edges

_ROUNDS = 30  # a pair that is an edge is drawn again, at most so often


def sample_negatives(edges: Edges) -> tuple[Tensor, Tensor]:
    """Draw as many negative pairs as there are edges: for every edge of a spot another without one.

    Spots are drawn evenly and those that are neighbours after all are drawn again, so that no neighbour is
    among them. Self loops have to be among the edges, or a spot may be paired with itself.

    Parameters
    ----------
    edges
        The graph.

    Returns
    -------
    Two tensors of the same length: spots, and a negative for each. There are as many pairs as edges, less
    those of spots that are joined to (nearly) all others. Drawn from torch's generator of the CPU.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> graph = sp.csr_matrix([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    >>> spots, negatives = sample_negatives(Edges(graph))
    >>> bool(torch.tensor(graph.toarray())[spots, negatives].any())
    False
    """
    n, rows = edges.n_spots, edges.rows
    taken = rows * n + edges.columns  # ascending, for edges are sorted
    drawn = _draw(n, len(rows), rows.device)
    clash = _is_in(taken, rows * n + drawn).nonzero()[:, 0]
    for _ in range(_ROUNDS):
        if not len(clash):
            break
        drawn[clash] = _draw(n, len(clash), rows.device)
        clash = clash[_is_in(taken, rows[clash] * n + drawn[clash])]
    keep = torch.ones(len(rows), dtype=torch.bool, device=rows.device)
    keep[clash] = False
    return rows[keep], drawn[keep]


def _draw(n: int, size: int, device: torch.device) -> Tensor:
    return torch.randint(n, (size,)).to(device)


def _is_in(ascending: Tensor, values: Tensor) -> Tensor:
    place = torch.searchsorted(ascending, values).clamp_max(len(ascending) - 1)
    return ascending[place] == values

"""The relaxed normalised cut, through sparse products."""

import torch
from torch import Tensor
from torch.nn import functional

from ._attention import Edges


def min_cut(assignment: Tensor, edges: Edges, weights: Tensor) -> Tensor:
    r"""Share of the edge weight that a soft partition cuts.

    .. math:: 1 - \frac{\mathrm{Tr}(P^T A P)}{\mathrm{Tr}(P^T D P)}

    with the weighted adjacency A and its degrees D (Bianchi, Grattarola and Alippi, ICML 2020): 0 where no
    weight lies between two clusters. Linear in the number of edges, differentiable in P and in the weights.

    Parameters
    ----------
    assignment
        P, rows sum to 1, shape (m, K); the first n rows belong to the receiving spots of ``edges``.
    edges
        n receiving and m sending spots.
    weights
        Of the edges, not negative, shape (n_edges,).

    Returns
    -------
    Scalar in [0, 1] for a symmetric graph.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.csr_matrix([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    >>> halves = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> min_cut(halves, edges, torch.ones(4)).item()
    0.5
    """
    own = assignment[: edges.n_spots]
    ones = torch.ones(len(assignment), 1, dtype=assignment.dtype, device=assignment.device)
    # one product for the neighbours' assignments and for the degrees
    sums = edges.weighted_sum(weights, torch.cat([assignment, ones], dim=1))
    kept = (own * sums[:, :-1]).sum()
    volume = (sums[:, -1:] * own.square()).sum()
    return 1 - kept / volume.clamp_min(torch.finfo(own.dtype).tiny)


def partition_balance(assignment: Tensor) -> Tensor:
    r"""Distance of a soft partition from one with hard clusters of equal size.

    .. math:: \left\| \frac{P^T P}{\|P^T P\|_F} - \frac{I}{\sqrt K} \right\|_F

    Without it everything in one cluster is the cheapest cut (Bianchi, Grattarola and Alippi, ICML 2020).

    Parameters
    ----------
    assignment
        P, shape (n, K).

    Returns
    -------
    Scalar in [0, √2].

    Examples
    --------
    >>> import torch
    >>> partition_balance(torch.eye(3)).item() < 1e-6
    True
    """
    gram = assignment.T @ assignment
    n_clusters = len(gram)
    identity = torch.eye(n_clusters, dtype=gram.dtype, device=gram.device) / n_clusters**0.5
    # the distance itself has no gradient where it is zero
    return (
        (functional.normalize(gram.flatten(), dim=0).view_as(gram) - identity)
        .square()
        .sum()
        .add(1e-12)
        .sqrt()
    )

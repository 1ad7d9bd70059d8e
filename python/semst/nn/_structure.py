"""How well pairs of embeddings spell out a graph, without an n x n matrix."""

import torch
from torch import Tensor
from torch.nn import functional

from ._attention import Edges


def cosine_structure(first: Tensor, second: Tensor, edges: Edges, weights: Tensor) -> Tensor:
    r"""Mean squared difference of the cosines between two views and the adjacency, over all pairs.

    With unit rows :math:`u_i`, :math:`v_j` and the weighted adjacency A

    .. math::
        \frac{1}{n^2} \|U V^T - A\|_F^2 = \frac{1}{n^2} \Bigl( \langle U^T U, V^T V \rangle
        - 2 \sum_{(i,j) \in E} A_{ij} \, u_i \cdot v_j + \|A\|_F^2 \Bigr)

    exactly: d x d matrices and a sum over edges.

    Parameters
    ----------
    first, second
        The views, both (n, d).
    edges, weights
        The graph, with self loops if a spot is to be like itself, and the values on its edges (n_edges,).

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.identity(2, format="csr"))
    >>> cosine_structure(torch.eye(2), 3 * torch.eye(2), edges, torch.ones(2)).item()
    0.0
    """
    u, v = functional.normalize(first, dim=1), functional.normalize(second, dim=1)
    pairs = ((u.T @ u) * (v.T @ v)).sum()
    near = (u * edges.weighted_sum(weights.to(v.dtype), v)).sum()
    return torch.as_tensor((pairs - 2 * near + weights.square().sum()) / len(u) ** 2)


def sigmoid_structure(latent: Tensor, edges: Edges, weights: Tensor, *, n_rows: int = 256) -> Tensor:
    r"""Mean of :math:`(\sigma(h_i \cdot h_j) - A_{ij})^2` over all j and over spots i drawn at each call.

    The sigmoid of all pairs has no form that is linear in the number of spots; the rows drawn make it so,
    without bias. Exact where there are no more spots than rows.

    Parameters
    ----------
    latent
        Shape (n, d).
    edges, weights
        The graph and the values on its edges (n_edges,).
    n_rows
        Rows drawn, from torch's generator of the CPU.

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.csr_matrix([[0.0, 1.0], [1.0, 0.0]]))
    >>> sigmoid_structure(torch.zeros(2, 3), edges, torch.ones(2)).item()  # each pair is off by a half
    0.25
    """
    n = len(latent)
    rows = torch.randperm(n)[:n_rows].sort().values if n > n_rows else torch.arange(n)
    rows = rows.to(latent.device)
    place = torch.full((n,), -1, dtype=torch.long, device=latent.device)
    place[rows] = torch.arange(len(rows), device=latent.device)
    at = place[edges.rows]
    wanted = torch.zeros(len(rows), n, dtype=latent.dtype, device=latent.device)
    wanted[at[at >= 0], edges.columns[at >= 0]] = weights[at >= 0].to(latent.dtype)
    return (torch.sigmoid(latent.index_select(0, rows) @ latent.T) - wanted).square().mean()

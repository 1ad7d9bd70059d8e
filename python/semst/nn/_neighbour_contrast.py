"""Contrast of two views in which neighbours are positives, with a drawn part of the negatives."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ._attention import Edges
from ._edge_products import edge_products
from ._others import in_both_views, log_sum_of_others
from ._sparse import exact_dtype


def neighbour_contrast(
    first: Tensor,
    second: Tensor,
    edges: Edges,
    *,
    temperature: float = 1.0,
    n_columns: int = 1024,
    groups: Tensor | None = None,
) -> Tensor:
    r"""Neighbour-contrastive loss of two views, averaged over spots and over both directions.

    With :math:`e(a, b) = \exp(\cos(a, b) / \tau)`, the positives of spot i are itself in the other view and
    its neighbours N(i) in both; its negatives are all other spots S(i) in both views, or those among them
    that belong to another group:

    .. math::
        P_i = e(u_i, v_i) + \sum_{j \in N(i)} e(u_i, u_j) + e(u_i, v_j), \quad
        M_i = \sum_{j \in S(i)} e(u_i, u_j) + e(u_i, v_j), \quad
        l_i = -\log \frac{P_i / (2 |N(i)| + 1)}{P_i + M_i}

    Positives are summed along the edges. The negatives are summed over ``n_columns`` spots drawn at each
    call, the same for all rows, and scaled up: unbiased, with memory and time linear in the number of spots.
    Exact where there are no more spots than columns.

    Parameters
    ----------
    first, second
        The views, both (n, d).
    edges
        The graph with self loops.
    temperature
        τ, above 0.
    n_columns
        Spots that serve as negatives in one call.
    groups
        Group of every spot, (n,), or ``None``: two spots of one group are not told apart.

    Returns
    -------
    Scalar.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.identity(4, format="csr"))
    >>> same, apart = torch.ones(4, 2), torch.eye(4)
    >>> bool(neighbour_contrast(apart, apart, edges) < neighbour_contrast(same, same, edges))
    True
    """
    n = len(first)
    views = [functional.normalize(view.to(exact_dtype(view)), dim=1) for view in (first, second)]
    drawn = torch.arange(n) if n <= n_columns else torch.randperm(n)[:n_columns].sort().values
    drawn = drawn.to(first.device)
    others = torch.cat([view.index_select(0, drawn) for view in views])
    excluded = in_both_views(*_not_told_apart(edges, drawn, groups), len(drawn))
    away = (edges.rows != edges.columns).to(views[0])
    degree = torch.zeros(n, dtype=away.dtype, device=away.device).index_add(0, edges.rows, away)
    losses = []
    for own, other in (views, views[::-1]):
        within = (edge_products(edges, own, own) / temperature).exp() * away
        across = (edge_products(edges, own, other) / temperature).exp()
        near = torch.zeros_like(degree).index_add(0, edges.rows, within + across).log()
        with torch.autocast(own.device.type, enabled=False):
            far = log_sum_of_others(own / temperature, others, excluded) + math.log(n / len(drawn))
        losses.append((torch.logaddexp(near, far) - near + (2 * degree + 1).log()).mean())
    return (losses[0] + losses[1]) / 2


def _not_told_apart(edges: Edges, drawn: Tensor, groups: Tensor | None) -> tuple[Tensor, Tensor]:
    """Pairs of a spot and a place among the drawn that are the spot itself, a neighbour or of one group."""
    place = torch.full((edges.n_spots,), -1, dtype=torch.long, device=drawn.device)
    place[drawn] = torch.arange(len(drawn), device=drawn.device)
    at = place[edges.columns]
    spots, places = edges.rows[at >= 0], at[at >= 0]
    if groups is None:
        return spots, places
    alike = (groups[:, None] == groups[drawn]).nonzero().T
    return torch.cat([spots, alike[0]]), torch.cat([places, alike[1]])

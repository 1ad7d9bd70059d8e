"""Inner products along the edges of a graph, differentiable."""

import torch
from torch import Tensor

from ._attention import Edges
from ._sparse import csr_product, exact_dtype


class _Products(torch.autograd.Function):
    """``s_e = <a_i, b_j>`` for every edge e = (i, j); the gradients are CSR products."""

    @staticmethod
    def forward(ctx, edges, left: Tensor, right: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(left, right)
        ctx.edges = edges
        return edges.products(left, right)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[no-untyped-def]
        left, right = ctx.saved_tensors
        edges, gradient = ctx.edges, gradient.contiguous()
        with torch.autocast(gradient.device.type, enabled=False):
            of_left = of_right = None
            if ctx.needs_input_grad[1]:
                of_left = csr_product(edges.operator(gradient), right)
            if ctx.needs_input_grad[2]:
                of_right = csr_product(edges.transposed_operator(gradient), left)
        return None, of_left, of_right


def edge_products(edges: Edges, left: Tensor, right: Tensor) -> Tensor:
    """Inner product of row i of ``left`` and row j of ``right`` for every edge (i, j).

    Unlike indexing both with the ends of the edges it holds no (n_edges, d) tensor for the way back, and its
    gradient is repeatable (no scatter).

    Parameters
    ----------
    edges
        A graph with n receiving and m sending spots.
    left, right
        Shapes (n, d) and (m, d).

    Returns
    -------
    Shape (n_edges,), in single precision at least.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.csr_matrix([[0, 1], [1, 0]]))
    >>> edge_products(edges, torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [5.0]])).tolist()
    [5.0, 6.0]
    """
    exact = exact_dtype(left, right)
    return _Products.apply(edges, left.to(exact).contiguous(), right.to(exact).contiguous())

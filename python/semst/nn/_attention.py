"""Sums over neighbours with weights that are learned."""

import warnings

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from ._sparse import csr_product, exact_dtype


class _WeightedSum(torch.autograd.Function):
    """``out[i] = sum over edges (i, j) of w_ij h_j``, with gradients for w and h, as CSR products.

    Autocast is left outside: there are no sparse products in half precision.
    """

    @staticmethod
    def forward(ctx, edges, weights: Tensor, dense: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(weights, dense)
        ctx.edges = edges
        with torch.autocast(dense.device.type, enabled=False):
            return csr_product(edges.operator(weights), dense)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[no-untyped-def]
        weights, dense = ctx.saved_tensors
        edges, gradient = ctx.edges, gradient.contiguous()
        with torch.autocast(gradient.device.type, enabled=False):
            of_weights = edges.products(gradient, dense) if ctx.needs_input_grad[1] else None
            of_dense = None
            if ctx.needs_input_grad[2]:
                of_dense = csr_product(edges.transposed_operator(weights), gradient)
        return None, of_weights, of_dense


class Edges(nn.Module):
    """The edges of a graph, for weights that differ from step to step (attention).

    Parameters
    ----------
    adjacency
        Shape (n, m), sparse; where it is not zero there is an edge from column j to row i. Self loops are
        edges like others: add them before. Usually n = m; a part of a graph can have more senders.

    Attributes
    ----------
    rows, columns
        Receiving and sending spot of every edge, shape (n_edges,), sorted by row, then column.
    n_spots, n_senders
        Rows n and columns m.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> edges = Edges(sp.csr_matrix([[0, 1], [1, 1]]))
    >>> edges.softmax(torch.zeros(3)).tolist()
    [1.0, 0.5, 0.5]
    >>> edges.weighted_sum(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[1.0], [10.0]])).tolist()
    [[10.0], [32.0]]
    """

    rows: Tensor
    columns: Tensor
    pointers: Tensor
    transposed_pointers: Tensor
    transposed_order: Tensor

    def __init__(self, adjacency: sp.csr_matrix) -> None:
        super().__init__()
        matrix = sp.csr_matrix(adjacency, copy=True)
        matrix.eliminate_zeros()
        matrix.sort_indices()
        self.n_spots, self.n_senders = (int(size) for size in matrix.shape)
        rows = np.repeat(np.arange(self.n_spots), np.diff(matrix.indptr))
        order = np.lexsort((rows, matrix.indices))
        arrays = {
            "rows": rows,
            "columns": matrix.indices,
            "pointers": matrix.indptr,
            "transposed_pointers": np.concatenate(
                [[0], np.bincount(matrix.indices, minlength=self.n_senders).cumsum()]
            ),
            "transposed_order": order,
        }
        for name, values in arrays.items():
            self.register_buffer(name, torch.from_numpy(values.astype(np.int64)), persistent=False)
        with warnings.catch_warnings():  # torch says once, at its first use, that the format is in beta
            warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
            self.operator(torch.zeros(len(rows)))

    def operator(self, weights: Tensor) -> Tensor:
        """Return the CSR matrix with ``weights`` (n_edges,) on the edges, shape (n, m)."""
        return torch.sparse_csr_tensor(
            self.pointers,
            self.columns,
            weights.detach(),
            size=(self.n_spots, self.n_senders),
            check_invariants=False,
        )

    def transposed_operator(self, weights: Tensor) -> Tensor:
        """Return the transpose of :meth:`operator`."""
        return torch.sparse_csr_tensor(
            self.transposed_pointers,
            self.rows[self.transposed_order],
            weights.detach()[self.transposed_order],
            size=(self.n_senders, self.n_spots),
            check_invariants=False,
        )

    def weighted_sum(self, weights: Tensor, dense: Tensor) -> Tensor:
        """Sum ``dense`` (m, d) over the edges of every spot with ``weights`` (n_edges,); (n, d)."""
        exact = exact_dtype(weights, dense)
        return _WeightedSum.apply(self, weights.to(exact), dense.to(exact)).to(dense.dtype)

    def products(self, left: Tensor, right: Tensor) -> Tensor:
        """Inner product of row i of ``left`` and row j of ``right`` for every edge (i, j); (n_edges,).

        Sampled at the edges, so that neither (n, n) nor (n_edges, d) values are written out. Not
        differentiable; :func:`edge_products` is.
        """
        exact = exact_dtype(left, right)
        nothing = self.operator(left.new_zeros(len(self.rows), dtype=exact))
        left, right = left.detach().to(exact), right.detach().to(exact)
        return torch.sparse.sampled_addmm(nothing, left, right.T, beta=0.0).values()

    def softmax(self, scores: Tensor) -> Tensor:
        """Normalise ``scores`` (n_edges,) over the edges of every receiving spot."""
        top = torch.full((self.n_spots,), -torch.inf, dtype=scores.dtype, device=scores.device)
        top = top.scatter_reduce(0, self.rows, scores.detach(), reduce="amax")
        raised = (scores - top[self.rows]).exp()
        total = torch.zeros(self.n_spots, dtype=raised.dtype, device=scores.device)
        total = total.index_add(0, self.rows, raised)
        return raised / total.index_select(0, self.rows)

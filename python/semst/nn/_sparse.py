"""Sparse matrices on a device, and their product with dense ones."""

import warnings
from copy import copy
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn import functional

from semst._brief import brief

MOST_IN_TABLE = 100_000  # log factorials up to here are looked up


def csr_to_torch(matrix: sp.csr_matrix | sp.csr_array, device: torch.device | str = "cpu") -> Tensor:
    """Copy a SciPy CSR matrix into a ``torch`` CSR tensor (float32, int32 or int64 indices kept).

    Parameters
    ----------
    matrix
        Sparse matrix, shape (n, m).
    device
        Where it goes.

    Returns
    -------
    Sparse CSR tensor, shape (n, m).

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> csr_to_torch(sp.eye(2, format="csr")).to_dense().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    matrix = sp.csr_matrix(matrix)
    matrix.sort_indices()
    with warnings.catch_warnings():  # the format is called beta by torch at its first use
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        warnings.filterwarnings("ignore", message="Sparse invariant checks are implicitly disabled")
        tensor = torch.sparse_csr_tensor(
            _tensor(matrix.indptr.astype(np.int64)),
            _tensor(matrix.indices.astype(np.int64)),
            _tensor(matrix.data.astype(np.float32)),
            size=matrix.shape,
            check_invariants=True,
        )
    return tensor.to(device)


def _tensor(array: np.ndarray) -> Tensor:
    """The array as a tensor; an empty one has stride 0 in NumPy, which torch 2.11 refuses in a CSR."""
    tensor = torch.from_numpy(array)
    return tensor if len(array) else tensor.new_empty(0)


def csr_product(matrix: Tensor, dense: Tensor) -> Tensor:
    """``matrix @ dense`` for a CSR ``matrix`` (n, m) and ``dense`` (m, d), without a gradient of its own.

    On CUDA too the bits are the same at every call: cuSPARSE would add the entries of a row in an order that
    changes.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> csr_product(csr_to_torch(sp.csr_matrix([[0.0, 2.0]])), torch.tensor([[1.0], [3.0]])).tolist()
    [[6.0]]
    """
    return _row_by_row(matrix, dense) if dense.device.type == "cuda" else matrix @ dense


def _row_by_row(matrix: Tensor, dense: Tensor) -> Tensor:
    """The product as an embedding bag: the rows are the bags, their entries are added one after another."""
    return functional.embedding_bag(
        matrix.col_indices(),
        dense,
        matrix.crow_indices(),
        mode="sum",
        per_sample_weights=matrix.values(),
        include_last_offset=True,
    )


class _Product(torch.autograd.Function):
    """``A @ H`` with the gradient ``Aᵀ @ G``, both as CSR products (no scatter, so repeatable).

    Autocast is left outside: there are no sparse products in half precision.
    """

    @staticmethod
    def forward(ctx, matrix: Tensor, transposed: Tensor, dense: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(transposed)
        with torch.autocast(dense.device.type, enabled=False):
            return csr_product(matrix, dense)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[no-untyped-def]
        (transposed,) = ctx.saved_tensors
        with torch.autocast(gradient.device.type, enabled=False):
            return None, None, csr_product(transposed, gradient.contiguous())


def exact_dtype(*tensors: Tensor) -> torch.dtype:
    """Double precision where one of the tensors has it, else single: sparse products exist in these alone."""
    return torch.float64 if any(each.dtype == torch.float64 for each in tensors) else torch.float32


def sparse_product(matrix: Tensor, transposed: Tensor, dense: Tensor) -> Tensor:
    """``matrix @ dense`` in the precision of ``dense``, differentiable in it by way of ``transposed``."""
    exact = exact_dtype(dense)
    return _Product.apply(matrix.to(exact), transposed.to(exact), dense.to(exact)).to(dense.dtype)


class Propagation(torch.nn.Module):
    """A fixed sparse operator on spots, ``H -> A H``, differentiable in ``H``.

    Parameters
    ----------
    adjacency
        Normalised adjacency, shape (n, n) or, for part of the spots, (b, n); sparse. Not trained and not part
        of the saved weights. The transpose of a symmetric one is not held a second time.

    Examples
    --------
    >>> import scipy.sparse as sp, torch
    >>> Propagation(sp.csr_matrix([[0.0, 2.0], [1.0, 0.0]]))(torch.tensor([[1.0], [3.0]])).tolist()
    [[6.0], [1.0]]
    """

    matrix: Tensor
    transposed: Tensor

    def __init__(self, adjacency: sp.csr_matrix | sp.csr_array) -> None:
        super().__init__()
        self.register_buffer("matrix", csr_to_torch(adjacency), persistent=False)
        transposed = self.matrix if _is_symmetric(adjacency) else csr_to_torch(sp.csr_matrix(adjacency.T))
        self.register_buffer("transposed", transposed, persistent=False)

    def scipy(self) -> sp.csr_matrix:
        """Return the operator as a SciPy matrix; on the CPU without a copy."""
        matrix = self.matrix.cpu()
        parts = (matrix.values(), matrix.col_indices(), matrix.crow_indices())
        return sp.csr_matrix(tuple(part.numpy() for part in parts), shape=tuple(matrix.shape))

    def on(self, device: torch.device | str) -> "Propagation":
        """Return the operator on ``device``; this one stays where it is, as a module's ``to`` would not."""
        there = copy(self)
        matrix = self.matrix.to(device)
        transposed = matrix if self.transposed is self.matrix else self.transposed.to(device)
        there._buffers = {"matrix": matrix, "transposed": transposed}
        return there

    def forward(self, dense: Tensor) -> Tensor:
        """Propagate ``dense`` (n, d) once; returns (n, d) in the same precision."""
        return sparse_product(self.matrix, self.transposed, dense)


def _is_symmetric(matrix: sp.csr_matrix | sp.csr_array) -> bool:
    return matrix.shape[0] == matrix.shape[1] and (matrix != matrix.T).nnz == 0


@brief
@dataclass(frozen=True)
class CountBlock:
    """A sparse count matrix as tensors: rows pointing into column indices, values and log(value!).

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> CountBlock.from_scipy(sp.csr_matrix([[0.0, 2.0], [1.0, 0.0]])).values.tolist()
    [2.0, 1.0]
    """

    pointers: Tensor
    indices: Tensor
    values: Tensor
    log_factorials: Tensor

    @classmethod
    def from_scipy(
        cls, matrix: sp.csr_matrix | sp.csr_array, device: torch.device | str = "cpu"
    ) -> "CountBlock":
        """Copy a SciPy CSR matrix (n, m) to ``device``; explicit zeros are left out."""
        matrix = sp.csr_matrix(matrix, dtype=np.float32, copy=True)
        matrix.eliminate_zeros()
        matrix.sort_indices()
        values = torch.from_numpy(matrix.data)
        return cls(
            torch.from_numpy(matrix.indptr.astype(np.int64)).to(device),
            torch.from_numpy(matrix.indices).to(device).long(),
            values.to(device),
            _log_factorials(values).to(device),
        )


def _log_factorials(values: Tensor) -> Tensor:
    """Return log(value!) of positive values: of counts out of a table, of others each on its own."""
    whole = values.long()
    most = int(whole.max()) if len(whole) else 0
    if most < MOST_IN_TABLE and torch.equal(whole.to(values.dtype), values):
        return torch.lgamma(torch.arange(1.0, most + 2, dtype=torch.float64)).float()[whole]
    return torch.lgamma(values.double() + 1).float()

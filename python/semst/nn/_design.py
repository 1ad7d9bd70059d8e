"""The fixed input matrix of a linear layer, each of its columns dense or sparse, whichever is leaner."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from ._sparse import csr_to_torch, exact_dtype, sparse_product

# A column filled more than this is smaller dense (4 bytes an entry against 12 in each of two sparse copies).
# Split there, products with 3,000 genes of a Visium slice took 0.67 to 0.70 of the time of the better of all
# dense and all sparse in three of four cases (8 and 13 % filled, widths 128 and 512), and 1.1 in the fourth.
DENSE_FROM = 1 / 6


class _GramProduct(torch.autograd.Function):
    """``||H W||²`` as the inner product of two d x d matrices, both kept for the gradients.

    Autocast is left outside: the error is a small difference of large sums.
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, weight: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        with torch.autocast(hidden.device.type, enabled=False):
            of_hidden, of_weight = hidden.T @ hidden, weight @ weight.T
        ctx.save_for_backward(hidden, weight, of_hidden, of_weight)
        return (of_hidden * of_weight).sum()

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[no-untyped-def]
        hidden, weight, of_hidden, of_weight = ctx.saved_tensors
        # both are symmetric: one product each, where autograd would make two
        return hidden @ (of_weight * (2 * gradient)), (of_hidden * (2 * gradient)) @ weight


class DesignMatrix(nn.Module):
    r"""A fixed matrix X (n, M) with the products that a network needs of it, ``W -> X W`` among them.

    With it a linear decoder never has to write out the (n, M) reconstruction: for :math:`\hat X = H W + 1
    b^T`

    .. math::
        \|X - \hat X\|^2 = \|X\|^2 - 2 \langle X W^T, H \rangle + \langle H^T H, W W^T \rangle
        - 2 b \cdot X^T 1 + 2\, (1^T H W) \cdot b + n\, b \cdot b

    needs n x d and d x d matrices only. Genes seen in many spots are held as dense columns and the rest as a
    sparse matrix; the values are the same within rounding, however X is split.

    A shift of every slice can be taken off its rows, :math:`X - G S` with S (n_slices, M) and G telling the
    slice of a row: :math:`(X - G S) W = X W - G (S W)` leaves X as sparse as it was.

    Parameters
    ----------
    matrix
        Shape (n, M), SciPy sparse or an array. Not trained and not part of the saved weights.
    slices
        Slice of every row, whole numbers from 0, shape (n,); ``None`` takes nothing off.
    shifts
        What is taken off the rows of every slice, shape (n_slices, M).

    Examples
    --------
    >>> import numpy as np, torch
    >>> design = DesignMatrix(np.array([[1.0, 0.0], [0.0, 2.0]]))
    >>> design(torch.tensor([[1.0], [3.0]])).tolist()
    [[1.0], [6.0]]
    >>> two = {"slices": np.array([0, 1]), "shifts": np.array([[1.0], [2.0]])}
    >>> DesignMatrix(np.array([[1.0], [5.0]]), **two).to_dense().tolist()
    [[0.0], [3.0]]
    """

    dense: Tensor
    sparse: Tensor
    transposed: Tensor
    dense_columns: Tensor
    sparse_columns: Tensor
    column_sums: Tensor
    membership: Tensor | None
    shifts: Tensor | None

    def __init__(
        self,
        matrix: sp.csr_matrix | np.ndarray,
        *,
        slices: np.ndarray | None = None,
        shifts: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        whole = sp.csr_matrix(matrix, dtype=np.float32)
        self.shape = (int(whole.shape[0]), int(whole.shape[1]))
        self.squared_norm = float(np.square(whole.data, dtype=np.float64).sum())
        filled = np.bincount(whole.indices, minlength=self.shape[1]) >= DENSE_FROM * self.shape[0]
        dense, sparse = np.flatnonzero(filled), np.flatnonzero(~filled)
        rest = whole[:, sparse]
        held = {
            "dense": torch.from_numpy(whole[:, dense].toarray()),
            "sparse": csr_to_torch(rest),
            "transposed": csr_to_torch(sp.csr_matrix(rest.T)),
            "dense_columns": torch.from_numpy(dense),
            "sparse_columns": torch.from_numpy(sparse),
            "column_sums": torch.from_numpy(np.asarray(whole.sum(axis=0), dtype=np.float32).ravel()),
        }
        for name, tensor in held.items():
            self.register_buffer(name, tensor, persistent=False)
        self.register_buffer("membership", None, persistent=False)
        self.register_buffer("shifts", None, persistent=False)
        if slices is not None and shifts is not None:
            self._take_off(whole, slices, shifts)

    def _take_off(self, whole: sp.csr_matrix, slices: np.ndarray, shifts: np.ndarray) -> None:
        """Hold the shifts, and mend the sums that the error is made from."""
        of_slice = np.eye(len(shifts), dtype=np.float32)[slices]
        sums = (sp.csr_matrix(of_slice.T, dtype=np.float64) @ whole.astype(np.float64)).toarray()
        sizes = of_slice.sum(axis=0, dtype=np.float64)[:, None]
        wide = shifts.astype(np.float64)
        self.squared_norm += float((wide * (sizes * wide - 2 * sums)).sum())
        self.column_sums = torch.from_numpy((sums - sizes * wide).sum(axis=0).astype(np.float32))
        self.membership = torch.from_numpy(of_slice)
        self.shifts = torch.from_numpy(np.ascontiguousarray(shifts, dtype=np.float32))

    def forward(self, weight: Tensor) -> Tensor:
        """Return X W of shape (n, d) for ``weight`` (M, d), differentiable in ``weight``."""
        product = self._unshifted(weight)
        if self.membership is None or self.shifts is None:
            return product
        # one narrow product in place of a lookup, whose gradient would be a scatter
        return product - self.membership.to(weight.dtype) @ (self.shifts.to(weight.dtype) @ weight)

    def _unshifted(self, weight: Tensor) -> Tensor:
        if not len(self.sparse_columns):
            return self.dense.to(weight.dtype) @ weight
        rest = weight.index_select(0, self.sparse_columns)
        product = sparse_product(self.sparse, self.transposed, rest)
        if not len(self.dense_columns):
            return product
        return product + self.dense.to(weight.dtype) @ weight.index_select(0, self.dense_columns)

    def to_dense(self) -> Tensor:
        """Return X as one dense tensor, (n, M)."""
        whole = self.dense.new_zeros(self.shape)
        whole[:, self.dense_columns] = self.dense
        whole[:, self.sparse_columns] = self.sparse.to_dense()
        if self.membership is None or self.shifts is None:
            return whole
        return whole - self.membership @ self.shifts

    def squared_error(
        self, hidden: Tensor, weight: Tensor, bias: Tensor | None = None, *, product: Tensor | None = None
    ) -> Tensor:
        """Mean of (X - H W - b)² over all entries, without the (n, M) matrix.

        Parameters
        ----------
        hidden
            H, shape (n, d).
        weight
            W, shape (d, M).
        bias
            b, shape (M,).
        product
            X W^T of shape (n, d), where it is already there: a decoder tied to the encoder has it, and two
            layers can make theirs in one go. ``None`` computes it.

        Returns
        -------
        Scalar, the mean squared error per entry.
        """
        n, width = self.shape
        if product is None:
            product = self(weight.T)
        exact = exact_dtype(weight)
        # large terms cancel here: never in less than single precision, whatever the products are made in
        with torch.autocast(weight.device.type, enabled=False):
            hidden, weight, product = hidden.to(exact), weight.to(exact), product.to(exact)
            total = self.squared_norm - 2 * (product * hidden).sum() + _GramProduct.apply(hidden, weight)
            if bias is not None:
                drift = hidden.sum(dim=0) @ weight
                total = total - 2 * (bias * (self.column_sums - drift)).sum() + n * bias.square().sum()
            return total / (n * width)

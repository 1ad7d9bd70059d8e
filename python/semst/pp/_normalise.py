"""From counts to values that can be compared between spots."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from semst._errors import SemSTError

from ._blocks import BLOCK_ROWS


def library_size(counts: Any, *, depth: np.ndarray | None = None) -> np.ndarray:
    """Total counts of every spot.

    Parameters
    ----------
    counts
        Raw counts over all genes, shape (n_spots, n_genes).
    depth
        The true totals, shape (n_spots,), for a matrix that holds only part of the genes.

    Returns
    -------
    Shape (n_spots,), float64.

    Raises
    ------
    SemSTError
        If ``depth`` has the wrong length, or is not finite, positive and at least the row's sum.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> library_size(sp.csr_matrix([[1, 2], [0, 4]])).tolist()
    [3.0, 4.0]
    """
    totals = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    if depth is None:
        return totals
    depth = np.asarray(depth, dtype=np.float64).ravel()
    if depth.shape != totals.shape:
        raise SemSTError(f"The depth has {depth.size} values for {totals.size} spots; give one a spot.")
    bad = ~np.isfinite(depth) | (depth <= 0)
    if bad.any():
        raise SemSTError(
            f"{bad.sum()} of {depth.size} depths are missing, zero or negative; the depth is the number of "
            "counts of a spot over all genes."
        )
    short = depth < totals - 0.5
    if short.any():
        raise SemSTError(
            f"{short.sum()} of {depth.size} spots hold more counts than their depth says "
            f"(for example {totals[short][0]:.0f} against {depth[short][0]:.0f}). The depth is the number of "
            "counts over all genes, so it cannot be smaller; check the column that was named."
        )
    return depth


def log_normalise(counts: sp.csr_matrix, sizes: np.ndarray, *, target: float = 1e4) -> sp.csr_matrix:
    """``log(1 + count / size * target)``, sparse as the counts are.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes).
    sizes
        Library size of every spot, positive, shape (n_spots,).
    target
        Size that all spots are brought to.

    Returns
    -------
    Shape (n_spots, n_genes), float32; the places of its entries are shared with ``counts``.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> log_normalise(sp.csr_matrix([[1, 3]]), np.array([4.0]), target=4).toarray().round(3).tolist()
    [[0.6930000185966492, 1.3860000371932983]]
    """
    factor = target / sizes
    ends, data = counts.indptr, np.empty(counts.nnz, dtype=np.float32)
    for start in range(0, len(factor), BLOCK_ROWS):  # products in double precision, a block at a time
        rows = slice(start, min(start + BLOCK_ROWS, len(factor)))
        entries = slice(ends[rows.start], ends[rows.stop])
        data[entries] = (
            np.repeat(factor[rows], np.diff(ends[rows.start : rows.stop + 1])) * counts.data[entries]
        )
    np.log1p(data, out=data)
    return sp.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def gene_deviations(values: sp.csr_matrix) -> np.ndarray:
    """Standard deviation of every gene over the spots, (n_genes,); 1 for genes that do not vary.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> gene_deviations(sp.csr_matrix([[0.0, 3.0], [2.0, 3.0]])).round(3).tolist()
    [1.414, 1.0]
    """
    n = values.shape[0]
    wide = values.astype(np.float64)
    mean = np.asarray(wide.mean(axis=0)).ravel()
    square = np.asarray(wide.multiply(wide).mean(axis=0)).ravel()
    deviation = np.sqrt(np.maximum(square - mean**2, 0) * n / max(n - 1, 1))
    deviation[deviation == 0] = 1.0
    return deviation


def scale_without_centring(
    values: sp.csr_matrix, *, clip: float = 10.0, deviation: np.ndarray | None = None
) -> sp.csr_matrix:
    """Divide every gene by its standard deviation and cut at ``clip``; zeros stay zeros.

    Parameters
    ----------
    values
        Shape (n_spots, n_genes).
    clip
        Largest value afterwards.
    deviation
        What to divide by, (n_genes,); by default :func:`gene_deviations`.

    Returns
    -------
    Shape (n_spots, n_genes), float32. Genes that do not vary are left as they are.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> scale_without_centring(sp.csr_matrix([[0.0], [2.0]])).toarray().round(3).ravel().tolist()
    [0.0, 1.4140000343322754]
    """
    deviation = gene_deviations(values) if deviation is None else deviation
    scaled = sp.csr_matrix(values.astype(np.float64) @ sp.diags(1 / deviation), dtype=np.float32)
    np.minimum(scaled.data, clip, out=scaled.data)
    return scaled

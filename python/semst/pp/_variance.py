"""How much every gene varies beyond what its mean explains, from sums over blocks of spots."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from skmisc.loess import loess

from semst._errors import SemSTError

from ._blocks import row_blocks


@dataclass(frozen=True)
class GeneSums:
    """Sums over the spots, one value a gene; whole numbers, so that blocks and order do not matter."""

    n_spots: int
    seen: np.ndarray  # spots with a count, (n_genes,)
    total: np.ndarray  # of the counts, (n_genes,)
    squares: np.ndarray  # sum of the squared counts, (n_genes,)


def gene_sums(counts: Any) -> GeneSums:
    """Add the counts of every gene up, block by block.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes): csr, or stored elsewhere.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> sums = gene_sums(sp.csr_matrix([[1, 0], [2, 3]]))
    >>> sums.seen.tolist(), sums.total.tolist(), sums.squares.tolist()
    ([2, 1], [3.0, 3.0], [5.0, 9.0])
    """
    n_genes = counts.shape[1]
    seen = np.zeros(n_genes, dtype=np.int64)
    total, squares = np.zeros(n_genes), np.zeros(n_genes)
    for block in row_blocks(counts):
        values = block.data.astype(np.float64)
        total += np.bincount(block.indices, weights=values, minlength=n_genes)
        squares += np.bincount(block.indices, weights=values**2, minlength=n_genes)
        positive = block.indices if (values > 0).all() else block.indices[values > 0]
        seen += np.bincount(positive, minlength=n_genes)
    return GeneSums(int(counts.shape[0]), seen, total, squares)


def standardised_variance(counts: Any, sums: GeneSums, among: np.ndarray, *, span: float) -> np.ndarray:
    r"""Variance of the standardised, clipped counts of every gene (``seurat_v3``).

    A local quadratic fit gives the standard deviation :math:`\sigma_j` that is expected at the mean
    :math:`\mu_j` of a gene, both on a logarithmic scale. With :math:`n` spots, counts are cut at
    :math:`\mu_j + \sigma_j \sqrt n`, and the result is
    :math:`\sum_i (x_{ij} - \mu_j)^2 / ((n - 1) \sigma_j^2)` of the cut counts (Stuart, Butler et al. 2019,
    Cell 177), float64, for the genes of the mask ``among`` only. Each local fit looks at the share ``span``
    of them, and is a ``ValueError`` where it is singular.
    """
    n = sums.n_spots
    mean = sums.total[among] / n
    variance = (sums.squares[among] - n * mean**2) / max(n - 1, 1)
    variance[variance < 1e-12 * mean**2] = 0.0  # what is left of an even gene is rounding
    varies = variance > 0
    if not varies.any():
        raise SemSTError(f"None of the {varies.size} genes varies between the {n} spots.")
    expected = np.zeros(len(mean))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trend = loess(np.log10(mean[varies]), np.log10(variance[varies]), span=span, degree=2)
        trend.fit()
    expected[varies] = trend.outputs.fitted_values
    deviation = np.sqrt(10**expected)
    limit = np.full(len(among), np.inf)
    limit[among] = mean + deviation * np.sqrt(n)
    # only counts above the limit differ from the sums that are there already
    less, less_squares = np.zeros(len(among)), np.zeros(len(among))
    for block in row_blocks(counts):
        cut = limit[block.indices]
        above = block.data > cut
        genes, values, cut = block.indices[above], block.data[above].astype(np.float64), cut[above]
        less += np.bincount(genes, weights=values - cut, minlength=len(among))
        less_squares += np.bincount(genes, weights=values**2 - cut**2, minlength=len(among))
    total = sums.total[among] - less[among]
    squares = sums.squares[among] - less_squares[among]
    around = n * mean**2 + squares - 2 * mean * total
    return around / (max(n - 1, 1) * deviation**2)

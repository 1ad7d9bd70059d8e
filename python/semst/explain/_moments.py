"""Sums over regions of the tissue, of every gene at once, a block of spots at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from semst.pp import log_normalise, row_blocks


@dataclass(frozen=True)
class Moments:
    """Spots of regions, and sums of their values and of the squares; a row a region.

    Attributes
    ----------
    n
        Spots, shape (n_regions,).
    total, square
        Sums of log-normalised values and of their squares, shape (n_regions, n_genes).
    """

    n: np.ndarray
    total: np.ndarray
    square: np.ndarray

    def __getitem__(self, rows: slice) -> "Moments":
        """Some of the regions."""
        return Moments(self.n[rows], self.total[rows], self.square[rows])

    def __sub__(self, other: "Moments") -> "Moments":
        """What is left of a region when a part of it is taken off."""
        return Moments(self.n - other.n, self.total - other.total, self.square - other.square)

    @property
    def mean(self) -> np.ndarray:
        """Mean log-normalised values."""
        return self.total / np.maximum(self.n, 1)[:, None]

    @property
    def variance(self) -> np.ndarray:
        """Variances with n - 1; NaN for a single spot."""
        n = self.n[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(n > 1, np.maximum(self.square - self.total**2 / n, 0) / (n - 1), np.nan)


def moments(counts: Any, sizes: np.ndarray, regions: sp.csr_matrix) -> Moments:
    """Sum log-normalised values over regions.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes): csr, or stored elsewhere.
    sizes
        Library sizes, shape (n_spots,).
    regions
        Which spots are in which region, shape (n_spots, n_regions), of ones.

    Returns
    -------
    The sums.
    """
    n, n_genes = regions.shape[1], counts.shape[1]
    total, square = np.zeros((n, n_genes)), np.zeros((n, n_genes))
    for rows, block in _blocks(counts):
        values = log_normalise(block, sizes[rows])
        members = regions[rows].toarray()  # double precision: sums must not depend on the order of spots
        total += (values.T @ members).T
        values.data **= 2
        square += (values.T @ members).T
    return Moments(np.asarray(regions.sum(axis=0)).ravel(), total, square)


def sums(
    counts: Any, regions: sp.csr_matrix, *, of: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> np.ndarray:
    """Sum counts, or a function of them that is 0 for 0, over regions.

    Parameters
    ----------
    counts, regions
        As in :func:`moments`.
    of
        The function; ``numpy.sign`` for one counts the spots with the gene.

    Returns
    -------
    Shape (n_regions, n_genes).
    """
    total = np.zeros((regions.shape[1], counts.shape[1]))
    for rows, block in _blocks(counts):
        values = sp.csr_matrix((of(block.data).astype(np.float64), block.indices, block.indptr), block.shape)
        total += (regions[rows].T @ values).todense()  # of many regions a spot is in a few
    return total


def _blocks(counts: Any) -> Iterator[tuple[slice, sp.csr_matrix]]:
    """Go through the spots in blocks, with the rows that these are."""
    start = 0
    for block in row_blocks(counts):
        yield slice(start, start + block.shape[0]), block
        start += block.shape[0]

"""Raw counts that stay on disk or in Dask and are read a block of spots at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst._errors import SemSTError
from semst._log import logger

from ._counts import _elsewhere, _slot, check_counts, check_structure, get_counts

_BLOCK_VALUES = 64e6  # entries of a block, counted as if it were dense
_MOST_ROWS = 65_536


class StoredCounts:
    """Counts of which never more than a block of spots and the columns asked for are in memory.

    It answers as far as a run needs to what a csr matrix answers to: ``shape``, ``dtype``, ``sum(axis=1)``,
    ``counts[:, columns]`` (a csr matrix) and ``counts[mask]`` (the spots of the mask, still stored).

    Parameters
    ----------
    matrix
        Dask array, sparse matrix or dense matrix on disk (n_spots, n_genes) that can be cut into rows.
    where
        How the user knows it.
    rows
        Mask of the spots that count; ``None``: all.
    totals
        Sums of all rows of ``matrix``, if they are known already.

    Examples
    --------
    >>> stored = StoredCounts(np.array([[0, 3, 1], [1, 0, 2]]), where="adata.X")
    >>> stored[:, np.array([2])].toarray().ravel().tolist(), stored.sum(axis=1).ravel().tolist()
    ([1.0, 2.0], [4.0, 3.0])
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self, matrix: Any, *, where: str, rows: np.ndarray | None = None, totals: np.ndarray | None = None
    ) -> None:
        if np.isnan(matrix.shape[0]):
            raise SemSTError(
                f"{where} is a Dask array whose chunks have no known size. Call compute_chunk_sizes() on it."
            )
        self._matrix, self._where = matrix, where
        self._rows = np.ones(matrix.shape[0], dtype=bool) if rows is None else rows
        self._totals = self._check() if totals is None else totals
        self._last: tuple[bytes, sparse.csr_matrix] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Spots and genes."""
        return int(self._rows.sum()), int(self._matrix.shape[1])

    def blocks(self) -> Iterator[sparse.csr_matrix]:
        """Go through the spots: canonical csr matrices, float32, of some thousand rows each."""
        for start, block in _read(self._matrix, self._where):
            kept = self._rows[start : start + block.shape[0]]
            yield block if kept.all() else block[kept]

    def sum(self, axis: int = 1) -> np.ndarray:
        """Sums of the rows, shape (n_spots, 1), as a sparse matrix gives them."""
        if axis != 1:
            raise SemSTError(f"Stored counts have sums of rows only (axis=1), not axis={axis}.")
        return self._totals[self._rows][:, None]

    def __getitem__(self, key: Any) -> Any:
        """Columns of all spots (``[:, columns]``), in memory; or the spots of a mask, still stored."""
        if not isinstance(key, tuple):
            rows = np.zeros_like(self._rows)
            rows[np.flatnonzero(self._rows)[np.asarray(key)]] = True
            return StoredCounts(self._matrix, where=self._where, rows=rows, totals=self._totals)
        columns = np.asarray(key[1])
        name = columns.astype(np.int64).tobytes()
        if self._last is None or self._last[0] != name:  # one pass where two steps want the same genes
            parts = [block[:, columns] for block in self.blocks()]
            self._last = name, sparse.csr_matrix(sparse.vstack(parts, format="csr"))
        return self._last[1]

    def _check(self) -> np.ndarray:
        totals = np.empty(self._matrix.shape[0], dtype=np.float32)
        for start, block in _read(self._matrix, self._where, check=True):
            totals[start : start + block.shape[0]] = np.asarray(block.sum(axis=1)).ravel()
        return totals


def open_counts(
    adata: AnnData, *, layer: str | None = None, use_raw: bool = False
) -> tuple[sparse.csr_matrix | StoredCounts, pd.Index]:
    """Find the raw counts of an ``AnnData`` and check them; what is on disk or in Dask stays there.

    Parameters
    ----------
    adata, layer, use_raw
        As in :func:`get_counts`.

    Returns
    -------
    A csr matrix where the counts are in memory, else :class:`StoredCounts`; and the names of the genes.

    Raises
    ------
    SemSTError
        As :func:`get_counts`.

    Examples
    --------
    >>> counts, genes = open_counts(AnnData(np.array([[0, 3], [1, 0]])))
    >>> counts.shape
    (2, 2)
    """
    matrix, names, where = _slot(adata, layer=layer, use_raw=use_raw)
    if not _is_stored(matrix) or 0 in matrix.shape:
        return get_counts(adata, layer=layer, use_raw=use_raw)
    logger.info("%s: %d x %d counts are read block by block", where, *matrix.shape)
    try:
        stored = StoredCounts(matrix, where=where)
    except SemSTError as error:
        raise SemSTError(f"{error} {_elsewhere(adata, where)}".rstrip()) from None
    if not stored.sum(axis=1).any():
        raise SemSTError(
            f"{where} holds only zeros: there are no counts. {_elsewhere(adata, where)}".rstrip()
        )
    return stored, names


def _is_stored(matrix: Any) -> bool:
    """Whether a matrix is in Dask or on disk, and rows can be cut from it without reading the rest."""
    if matrix is None or sparse.issparse(matrix) or isinstance(matrix, np.ndarray | pd.DataFrame):
        return False
    return getattr(matrix, "format", "csr") == "csr"


def _read(matrix: Any, where: str, *, check: bool = False) -> Iterator[tuple[int, sparse.csr_matrix]]:
    """First row and content of one block after the other."""
    for start, stop in _bounds(matrix):
        block = matrix[start:stop]
        block = block.compute() if hasattr(block, "compute") else block
        if check:
            check_structure(block, where=where)
            check_counts(block, where=where)
        block = sparse.csr_matrix(block, dtype=np.float32)
        block.sum_duplicates()
        block.eliminate_zeros()
        yield start, block


def _bounds(matrix: Any) -> Iterator[tuple[int, int]]:
    """Rows of the blocks; whole chunks of Dask, because a part of a chunk costs as much as the chunk."""
    if hasattr(matrix, "chunks") and hasattr(matrix, "compute"):
        ends = np.cumsum(matrix.chunks[0])
        yield from zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)
        return
    step = int(np.clip(_BLOCK_VALUES / matrix.shape[1], 1, _MOST_ROWS))
    for start in range(0, matrix.shape[0], step):
        yield start, min(start + step, matrix.shape[0])

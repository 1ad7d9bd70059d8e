"""Raw counts: where they are and whether they are counts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst import _words
from semst._errors import SemSTError

from ._general import require_key
from ._names import _require_unique

_BLOCK = 1 << 22  # values looked at in one go


_BLOCK_ROWS = 4096  # rows read in one go from a dense matrix on disk


def check_counts(matrix: Any, *, where: str) -> None:
    """Make sure that a matrix holds raw counts: whole, finite, not negative; integer or float.

    Parameters
    ----------
    matrix
        Dense or sparse, in memory. Of a sparse matrix only the stored values are looked at.
    where
        How the user knows the matrix, e.g. ``"adata.X"``.

    Raises
    ------
    SemSTError
        If there are NaN, infinite, negative or fractional values, or no numbers at all.

    Examples
    --------
    >>> check_counts(np.array([[0, 3], [1, 0]]), where="adata.X")
    """
    for block in _blocks(matrix, where=where):
        if block.dtype.kind == "f":
            n_nan = int(np.isnan(block).sum())
            if n_nan:
                raise SemSTError(
                    f"{where} holds NaN ({n_nan} or more values). Raw counts are needed, with 0 where "
                    "nothing was seen. Find out where the NaN come from before filling them in."
                )
            if np.isinf(block).any():
                raise SemSTError(
                    f"{where} holds infinite values. Raw counts are needed; infinite values usually come "
                    "from dividing by a library size of 0 or from the log of 0."
                )
        if block.dtype.kind in "fi" and block.size and (low := block.min()) < 0:
            raise SemSTError(
                f"{where} holds negative values (e.g. {low:g}): it looks scaled or batch-corrected. Raw "
                f"counts are needed. {_point_to()}"
            )
        if block.dtype.kind == "f":
            fractional = block != np.rint(block)
            if fractional.any():
                example, top = block[fractional][0], block.max()
                step = "log-transformed" if top < 20 else "normalised"
                raise SemSTError(
                    f"{where} holds values that are not whole numbers (e.g. {example:.4g}; maximum {top:.4g}"
                    f"): it looks {step}. Raw counts are needed. {_point_to()}"
                )


def _point_to() -> str:
    ways = f"{_words.given('layer')} or {_words.given('use_raw', True)}"
    return f"If they are kept elsewhere, point to them with {ways}."


def get_counts(
    adata: AnnData, *, layer: str | None = None, use_raw: bool = False
) -> tuple[sparse.csr_matrix, pd.Index]:
    """Read raw counts out of an ``AnnData``, whatever its storage, and check them.

    Parameters
    ----------
    adata
        Data with counts in ``X``, a layer or ``raw``; csr, csc, dense or backed; integer or float.
        Not changed.
    layer
        Name of the layer with the counts. ``None``: ``X``.
    use_raw
        Take ``adata.raw``, with its own genes.

    Returns
    -------
    Counts (spots x genes), float32, in canonical csr form, sharing no memory with ``adata``; and the names of
    the genes.

    Raises
    ------
    MissingKeyError
        If the layer does not exist.
    SemSTError
        If the values are no counts (see :func:`check_counts`), there are none, or ``raw`` is asked for but
        empty.

    Examples
    --------
    >>> counts, genes = get_counts(AnnData(np.array([[0, 3], [1, 0]])))
    >>> counts.dtype.name, counts.nnz, len(genes)
    ('float32', 2, 2)
    """
    matrix, names, where = _slot(adata, layer=layer, use_raw=use_raw)
    if matrix is None:
        raise SemSTError(f"{where} is empty: there are no counts. {_elsewhere(adata, where)}".rstrip())
    if 0 in matrix.shape:
        raise SemSTError(
            f"{where} has {matrix.shape[0]} spots and {matrix.shape[1]} genes: nothing to work on."
        )
    loaded = _load(matrix)
    check_structure(loaded, where=where)
    try:
        check_counts(loaded, where=where)
    except SemSTError as error:
        raise SemSTError(f"{error} {_elsewhere(adata, where)}".rstrip()) from None
    counts = sparse.csr_matrix(loaded, dtype=np.float32, copy=True)
    counts.sum_duplicates()
    counts.eliminate_zeros()
    if counts.nnz == 0:
        raise SemSTError(
            f"{where} holds only zeros: there are no counts. {_elsewhere(adata, where)}".rstrip()
        )
    return counts, names


def check_structure(matrix: Any, *, where: str) -> None:
    """Make sure that the indices of a sparse matrix lie within it; those of a damaged file may not.

    Raises
    ------
    SemSTError
        If they do not: reading on would read foreign memory.
    """
    if not sparse.issparse(matrix) or matrix.format not in ("csr", "csc"):
        return
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise SemSTError(
            f"{where} is a sparse matrix that contradicts itself ({error}): the file it is "
            "from is damaged. Copy it again."
        ) from None


def _slot(adata: AnnData, *, layer: str | None, use_raw: bool) -> tuple[Any, pd.Index, str]:
    """Matrix, gene names and the name a user knows the matrix by."""
    if use_raw:
        if layer is not None:
            raise SemSTError(
                f"Both {_words.given('layer', layer)} and {_words.given('use_raw', True)} were given. "
                "Choose one source of counts."
            )
        if adata.raw is None:
            raise SemSTError(
                f"{_words.given('use_raw', True)} was given, but {_words.slot('raw')} is empty. Counts may "
                f"be in {_words.slot('X')} or a layer."
            )
        _require_unique(
            adata.raw.var_names, what=f"gene names ({_words.slot('raw.var_names')})", mend="rename them"
        )
        return adata.raw.X, adata.raw.var_names, _words.slot("raw.X")
    if layer is not None:
        return (
            require_key(adata.layers, layer, what=_words.slot("layers")),
            adata.var_names,
            _words.slot("layers", layer),
        )
    return adata.X, adata.var_names, _words.slot("X")


def _load(matrix: Any) -> Any:
    """Bring a matrix into memory: sparse stays sparse, a dense one on disk becomes sparse block by block."""
    if hasattr(matrix, "to_memory"):  # anndata's backed sparse matrix
        return matrix.to_memory()
    if hasattr(matrix, "compute"):  # dask
        return matrix.compute()
    if sparse.issparse(matrix) or isinstance(matrix, np.ndarray):
        return matrix
    if isinstance(matrix, pd.DataFrame):
        return matrix.to_numpy()
    starts = range(0, matrix.shape[0], _BLOCK_ROWS)
    return sparse.vstack([sparse.csr_matrix(matrix[i : i + _BLOCK_ROWS]) for i in starts], format="csr")


def _blocks(matrix: Any, *, where: str) -> Iterator[np.ndarray]:
    """Stored values, some millions at a time, so that checking needs no second copy of a large matrix."""
    values = np.asarray(matrix.data if sparse.issparse(matrix) else matrix)
    if values.dtype.kind not in "fiub":
        raise SemSTError(f"{where} holds no numbers (dtype {values.dtype}). Raw counts are needed.")
    if values.ndim != 1:
        # "K" keeps the order in memory: a flat view instead of a copy
        values = values.ravel(order="K")
    for start in range(0, values.size, _BLOCK):
        yield values[start : start + _BLOCK]


def _elsewhere(adata: AnnData, where: str) -> str:
    """Name the other slots of ``adata`` that do hold whole numbers."""
    leave_out = f"leave {_words.name('layer')} and {_words.name('use_raw')} out"
    options = {_words.slot("X"): (leave_out, adata.X)}
    for name in adata.layers:
        options[_words.slot("layers", name)] = (_words.given("layer", name), adata.layers[name])
    if adata.raw is not None:
        options[_words.slot("raw.X")] = (_words.given("use_raw", True), adata.raw.X)
    for name, (how, matrix) in options.items():
        if name != where and matrix is not None and _looks_like_counts(matrix, name):
            return f"{name} seems to hold counts: {how}."
    return ""


def _looks_like_counts(matrix: Any, where: str) -> bool:
    head = _load(matrix[:100])
    values = head.data if sparse.issparse(head) else np.asarray(head)
    try:
        check_counts(values, where=where)
    except SemSTError:
        return False
    return bool(np.any(values))

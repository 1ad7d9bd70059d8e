"""Pieces of a .zarr store that are gone: zarr itself reads them as zeros, without a word."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zarr
from scipy import sparse

from semst._errors import SemSTError
from semst._log import logger

_MATRICES = ("X", "raw/X", "layers", "obsm")
_MOST_TIMES = 2000  # numbers of a slice pack to a hundredth
_LEAST_BYTES = 1 << 30  # which any array may unpack to
_MEND = "Copy the whole store again, e.g. packed as one file."


def check_promises(store: Path) -> None:
    """Make sure that no array is far larger than what is stored of it: it would be filled with zeros.

    Raises
    ------
    SemSTError
        If one is.
    """
    for name, part in zarr.open_group(store, mode="r").members(max_depth=None):
        if not isinstance(part, zarr.Array) or part.nbytes <= _LEAST_BYTES:
            continue
        stored = sum(
            file.stat().st_size for file in store.joinpath(*name.split("/")).rglob("*") if file.is_file()
        )
        if part.nbytes > _MOST_TIMES * stored:
            raise SemSTError(
                f"{store}: {name} should hold {part.nbytes:,} bytes, and {stored:,} are there: it is "
                f"damaged, or was made to do harm. {_MEND}"
            )


def check_pieces(store: Path, name: str = "") -> None:
    """Look for lost pieces of the parts of an ``AnnData`` that a run reads.

    A piece that holds zeros only is left out by zarr itself, so not every one that is missing is lost.

    Parameters
    ----------
    store
        The store.
    name
        Group in it that holds the ``AnnData``.

    Raises
    ------
    SemSTError
        If names, or counts kept as a sparse matrix, are lost. What may be lost is named in the log.
    """
    root = zarr.open_group(store, mode="r", path=name)
    lost = []
    for place, part in _parts(root):
        if isinstance(part, zarr.Group):
            if _is_sparse(part):
                _check_sparse(part, f"{store}: {place}")
        elif _n_missing(part):
            lost.append(place)
    for table in ("obs", "var"):
        lost += _lost_columns(root, table, store)
    if lost:
        logger.warning(
            "%s holds no values for some or all of %s: read as zeros. If these are not zeros, the store "
            "is incomplete. %s",
            store,
            ", ".join(lost),
            _MEND,
        )


def _parts(root: zarr.Group) -> Iterator[tuple[str, zarr.Group | zarr.Array]]:
    for name in _MATRICES:
        part = root.get(name)
        if part is None:
            continue
        if isinstance(part, zarr.Group) and name in ("layers", "obsm"):
            yield from ((f"{name}/{key}", one) for key, one in part.members())
        else:
            yield name, part


def _is_sparse(part: zarr.Group) -> bool:
    return str(part.attrs.get("encoding-type", "")) in ("csr_matrix", "csc_matrix")


def _check_sparse(part: zarr.Group, where: str) -> None:
    data, indices, indptr = (_array(part, name) for name in ("data", "indices", "indptr"))
    if data is None or indices is None or indptr is None:
        raise SemSTError(f"{where} lacks a part of its sparse matrix. {_MEND}")
    ends = np.asarray(indptr[:])
    whole = (
        ends.size and ends[0] == 0 and ends[-1] == indices.size == data.size and (np.diff(ends) >= 0).all()
    )
    damaged = [] if whole else ["indptr"]
    if _n_missing(data):
        damaged.append("data")  # a sparse matrix stores no zeros
    if not damaged and _n_missing(indices) and _repeats(np.asarray(indices[:]), ends):
        damaged.append("indices")
    if damaged:
        raise SemSTError(f"{where} is incomplete: values of {' and '.join(damaged)} are lost. {_MEND}")


def _repeats(indices: np.ndarray, ends: np.ndarray) -> bool:
    """Whether a row has a column twice, as it has where columns are read as 0."""
    ones = np.ones(len(indices), dtype=np.int8)
    matrix = sparse.csr_matrix((ones, indices, ends), shape=(len(ends) - 1, int(indices.max(initial=0)) + 1))
    matrix.sum_duplicates()
    return bool(matrix.nnz < len(indices))


def _lost_columns(root: zarr.Group, table: str, store: Path) -> list[str]:
    group = root.get(table)
    if not isinstance(group, zarr.Group):
        return []
    names = _array(group, str(group.attrs.get("_index", "_index")))
    if names is not None and names.size > 1 and _n_missing(names):
        raise SemSTError(f"{store}: names in {table} are lost. {_MEND}")
    lost = []
    for key, column in group.members():
        if isinstance(column, zarr.Group):
            codes, categories = _array(column, "codes"), _array(column, "categories")
            if codes is None or categories is None or categories.size < 2:
                continue  # all in the first category: no codes are kept
            if _n_missing(categories) or _n_missing(codes):
                lost.append(f"{table}/{key}")
    return lost


def _array(group: zarr.Group, name: str) -> zarr.Array | None:
    part = group.get(name)
    return part if isinstance(part, zarr.Array) else None


def _n_missing(array: zarr.Array) -> int:
    return int(array.nchunks - array.nchunks_initialized) if array.ndim and array.size else 0

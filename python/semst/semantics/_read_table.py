"""Read a table symbol -> vector from the formats in which such tables are passed around."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import torch
from scipy import sparse

from semst import _words
from semst._damaged import DAMAGED
from semst._errors import MissingKeyError, SemSTError, first_line
from semst._hdf5 import check_hdf5
from semst._log import logger
from semst._numpy_files import DamagedError, load_npz
from semst._parquet import read_parquet
from semst._table_header import check_header

from ._restricted_pickle import load_plain_pickle

Table = tuple[list[str], np.ndarray]

_SYMBOL_NAMES = ("symbols", "symbol", "genes", "gene", "gene_symbols", "gene_names", "names", "index")
_VECTOR_NAMES = ("vectors", "embeddings", "embedding", "X", "emb", "values")


def read_gene_table(table: Any, *, key: str | None = None) -> Table:
    """Symbols, and their vectors in a float32 array of as many rows.

    ``table`` is a path, a mapping from symbol to vector, or a data frame with symbols as index. ``key`` is
    the slot of the vectors in an ``.h5ad`` file, of ``obsm`` (genes are observations) or ``varm`` (genes are
    variables), by default ``X`` with genes as observations; or the array of the vectors in an ``.npz`` file.
    """
    if isinstance(table, pd.DataFrame):
        return _from_frame(table, "the data frame")
    if isinstance(table, Mapping):
        return _from_mapping(table, "the mapping")
    path = Path(table).expanduser()
    if not path.is_file():
        raise SemSTError(
            f"There is no file {path}. Give the path of a table with one vector per gene symbol."
        )
    suffixes = [s.lower() for s in path.suffixes]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else "".join(suffixes[-1:])
    reader = _READERS.get(kind)
    if reader is None:
        raise SemSTError(
            f"{path} is of no known kind. Accepted: {', '.join(_READERS)}; .gz after .csv, .tsv and .txt."
        )
    return reader(path, key)


def _npz(path: Path, key: str | None) -> Table:
    try:
        arrays = load_npz(path)
    except DamagedError as error:
        raise SemSTError(
            f"{path} cannot be read ({error}). Symbols must be stored as text, not as objects: "
            'np.savez(path, symbols=np.array(names, dtype="U"), vectors=array).'
        ) from None
    texts = [name for name, array in arrays.items() if array.ndim == 1 and array.dtype.kind in "US"]
    if texts:
        symbols = arrays[next((n for n in _SYMBOL_NAMES if n in texts), texts[0])].astype(str).tolist()
        tables = [name for name, array in arrays.items() if array.ndim == 2]
        name = (
            key if key is not None else next((n for n in _VECTOR_NAMES if n in tables), "".join(tables[:1]))
        )
        if name not in tables:
            wanted = "two-dimensional array" if key is None else f'two-dimensional array "{key}"'
            raise MissingKeyError(f"{path} has no {wanted}. It has: {_list(arrays)}.")
        return _checked(symbols, arrays[name], str(path))
    return _from_mapping(arrays, str(path))


def _parquet(path: Path, key: str | None) -> Table:
    return _from_frame(read_parquet(path), str(path))


def _text(path: Path, key: str | None) -> Table:
    separator = "," if ".csv" in [s.lower() for s in path.suffixes] else "\t"
    opener: Callable[..., Any] = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            first, second = (handle.readline().rstrip("\r\n").split(separator) for _ in range(2))
        first = [cell.strip("\"'") for cell in first]
        options: dict[str, Any] = {"header": None if _is_data(first) else 0}
        if len(second) == len(first) + 1:  # R names no column of row names
            options = {"header": None, "skiprows": 1, "names": ["symbol", *first]}
        numbered = not first[0].strip()  # as pandas writes row numbers
        names = next((n for n in first if n.lower() in _SYMBOL_NAMES), None) if numbered else None
        # "NA", "NaN" and "null" are no gaps in the column of names
        options["converters"] = {(0 if names is None else names): str}
        if options["header"] == 0:
            check_header(path, separator)
        frame = pd.read_csv(path, sep=separator, **options)
    except SemSTError:
        raise
    except DAMAGED as error:
        raise SemSTError(f"{path} cannot be read as a text table ({first_line(error)}).") from None
    if names is not None:  # row numbers come first, the symbols have a column of their own
        frame = frame.drop(columns=frame.columns[0])
    return _from_frame(frame.set_index(frame.columns[0] if names is None else names), str(path))


def _is_data(cells: list[str]) -> bool:
    """Whether the first line of a text table is a gene already, and no header (which may be 0, 1, 2, ...)."""
    try:
        numbers = [float(cell) for cell in cells[1:]]
    except ValueError:
        return False
    counting = [float(i) for i in range(len(numbers))]
    return bool(cells[0].strip()) and numbers not in (counting, [i + 1 for i in counting])


def _torch(path: Path, key: str | None) -> Table:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - torch raises many kinds; none may lead to loading it unsafely
        raise SemSTError(
            f"{path} cannot be loaded safely ({first_line(error)}). Accepted: a dict from symbol to "
            "tensor, or a dict with a list of symbols and a tensor."
        ) from None
    return _from_content(content, str(path))


def _h5ad(path: Path, key: str | None) -> Table:
    check_hdf5(path)
    try:
        genes = ad.read_h5ad(path)
    except Exception as error:  # noqa: BLE001 - h5py and anndata raise many kinds for what is damaged
        raise SemSTError(f"{path} cannot be read as .h5ad ({first_line(error)}).") from None
    if key is None:
        if genes.X is None:
            raise SemSTError(
                f"{path} has no X. Name the slot of the vectors with {_words.given('key')}; there is: "
                f"{_slots(genes)}."
            )
        return _checked(genes.obs_names.tolist(), _dense(genes.X), str(path))
    if key in genes.obsm:
        return _checked(genes.obs_names.tolist(), _dense(genes.obsm[key]), str(path))
    if key in genes.varm:
        return _checked(genes.var_names.tolist(), _dense(genes.varm[key]), str(path))
    raise MissingKeyError(f'{path} has no "{key}" in obsm or varm. It has: {_slots(genes)}.')


def _pickle(path: Path, key: str | None) -> Table:
    return _from_content(load_plain_pickle(path), str(path))


_READERS: dict[str, Callable[[Path, str | None], Table]] = {
    ".npz": _npz,
    ".parquet": _parquet,
    ".csv": _text,
    ".tsv": _text,
    ".txt": _text,
    ".pt": _torch,
    ".pth": _torch,
    ".h5ad": _h5ad,
    ".pickle": _pickle,
    ".pkl": _pickle,
}


def _from_content(content: Any, where: str) -> Table:
    """A dict symbol -> vector, or a dict that holds a list of symbols and one array."""
    if not isinstance(content, Mapping):
        raise SemSTError(
            f"{where} holds a {type(content).__name__}. A dict from gene symbol to vector is needed."
        )
    lists = [k for k, v in content.items() if isinstance(v, list | tuple) and v and isinstance(v[0], str)]
    tables = [k for k, v in content.items() if getattr(v, "ndim", 0) == 2]
    if len(lists) == 1 and len(tables) == 1:
        return _checked(list(content[lists[0]]), np.asarray(content[tables[0]]), where)
    return _from_mapping(content, where)


def _from_mapping(mapping: Mapping[Any, Any], where: str) -> Table:
    symbols, rows = [], []
    for symbol, vector in mapping.items():
        try:
            # float() first: a bfloat16 tensor has no numpy counterpart
            row = np.asarray(vector.float() if isinstance(vector, torch.Tensor) else vector, dtype=np.float32)
        except (TypeError, ValueError):
            raise SemSTError(f'{where}: the entry of "{symbol}" is no vector of numbers.') from None
        symbols.append(str(symbol))
        rows.append(row.ravel())
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        odd = next(s for s, row in zip(symbols, rows, strict=True) if len(row) != len(rows[0]))
        raise SemSTError(
            f'{where}: vectors differ in length ("{symbols[0]}" has {len(rows[0])}, "{odd}" has another: '
            f"{sorted(lengths)[:5]}). All must be alike."
        )
    return _checked(symbols, np.array(rows), where)


def _from_frame(frame: pd.DataFrame, where: str) -> Table:
    if frame.index.dtype.kind not in "OU" and not isinstance(frame.index.dtype, pd.StringDtype):
        named = [c for c in frame.columns if str(c).lower() in _SYMBOL_NAMES]
        texts = named or [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        if not texts:
            raise SemSTError(
                f"{where} has no gene symbols: neither its index nor a column is text. Columns: "
                f"{_list(frame.columns)}."
            )
        frame = frame.set_index(texts[0])
    symbols = frame.index.astype(str).tolist()
    if frame.shape[1] == 1 and len(frame) and isinstance(frame.iloc[0, 0], list | tuple | np.ndarray):
        return _from_mapping(dict(zip(symbols, frame.iloc[:, 0], strict=True)), where)
    numbers = frame.select_dtypes("number")
    fractions = [name for name in numbers.columns if numbers[name].dtype.kind == "f"]
    if fractions:  # whole numbers beside them are identifiers
        numbers = numbers[fractions]
    left_out = [str(name) for name in frame.columns if name not in numbers.columns]
    if left_out and numbers.shape[1]:
        logger.warning(
            "%s: columns %s are no part of the vectors: not all of their cells are numbers, or they are "
            "whole numbers beside others",
            where,
            _list(left_out),
        )
    if numbers.shape[1] == 0:
        raise SemSTError(f"{where} has no columns of numbers. Columns: {_list(frame.columns)}.")
    return _checked(symbols, numbers.to_numpy(np.float32), where)


def _checked(symbols: list[str], vectors: np.ndarray, where: str) -> Table:
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise SemSTError(
            f"{where} holds no table of vectors (shape {vectors.shape}). One row of numbers per gene symbol "
            "is needed."
        )
    if len(symbols) != len(vectors):
        raise SemSTError(f"{where} has {len(symbols)} symbols but {len(vectors)} vectors.")
    try:
        return symbols, np.ascontiguousarray(vectors, dtype=np.float32)
    except (TypeError, ValueError):
        raise SemSTError(f"{where} holds vectors that are not numbers (dtype {vectors.dtype}).") from None


def _dense(matrix: Any) -> np.ndarray:
    return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)


def _slots(adata: ad.AnnData) -> str:
    return _list([f"obsm/{k}" for k in adata.obsm] + [f"varm/{k}" for k in adata.varm])


def _list(names: Any) -> str:
    items = [f'"{name}"' for name in names]
    return ", ".join(items[:8]) + (", ..." if len(items) > 8 else "") if items else "nothing"

"""What files can hold: names and values are put into a form that they can, and what cannot be is named."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.io import write_elem
from scipy import sparse

from semst import _words
from semst._errors import SemSTError, first_line
from semst._log import logger
from semst._typed import typed

from ._anndata import is_spatialdata_store
from ._mend import mended_frame, mended_value


def writable(adata: AnnData, path: Path) -> AnnData:
    """Give an object that can be written; what is changed for that is said in the log.

    The object given is left as it is; matrices are shared with it.

    Raises
    ------
    SemSTError
        If something cannot be written; its slot is named.
    """
    notes: list[str] = []
    held = adata.to_memory() if adata.isbacked else adata
    whole = _whole(held, _mended(held, path, notes))
    for note in notes:
        logger.info(f"{path.name}: {note}")
    return whole


def refuse_spatialdata(path: Path) -> None:
    """Make sure that no SpatialData store is replaced by a lone table."""
    if is_spatialdata_store(path):
        raise SemSTError(
            f"{path} is a SpatialData store: a table alone in its place would leave nothing of its images, "
            "shapes and points. "
            + _words.in_python("semst.io.write_spatialdata puts a table into a store; else choose", "Choose")
            + " another name."
        )


@typed
def check_writable(adata: AnnData, path: str | os.PathLike) -> None:
    """Make sure that an object can be written as it is, or with what :func:`write` mends of it.

    Every table, and all that is not a plain matrix, is written in memory: what would fail after hours of work
    fails here.

    Parameters
    ----------
    adata
        What is to be written, later. Not changed.
    path
        Where to; its ending says in which format.

    Raises
    ------
    SemSTError
        If something cannot be written; its slot is named. Or if a SpatialData store is there, which is more
        than a table.

    Examples
    --------
    >>> import numpy as np
    >>> check_writable(AnnData(np.ones((3, 2))), "out.h5ad")
    """
    place = Path(path).expanduser()
    refuse_spatialdata(place)
    _mended(adata, place, [])


def _mended(adata: AnnData, path: Path, notes: list[str]) -> dict[str, Any]:
    """New tables in a form that can be written, by slot; what was changed for that is noted."""
    tables = {name: mended_frame(getattr(adata, name), name, notes) for name in ("obs", "var")}
    if adata.raw is not None:
        tables["raw/var"] = mended_frame(adata.raw.var, "raw/var", notes)
    slots = {
        name: {
            key: _mended_matrix(value, f"{name}/{key}", notes) for key, value in getattr(adata, name).items()
        }
        for name in ("obsm", "varm", "layers", "obsp", "varp")
    }
    parts = {**tables, "uns": mended_value(dict(adata.uns), "uns", notes), **slots}
    _try(path, parts)
    return parts


def _whole(adata: AnnData, parts: dict[str, Any]) -> AnnData:
    """The object with mended tables and the same matrices."""
    raw_var = parts.pop("raw/var", None)
    raw = None
    if raw_var is not None:
        raw = {"X": adata.raw.X, "var": raw_var, "varm": dict(adata.raw.varm)}
    return AnnData(adata.X, raw=raw, **parts)


def _mended_matrix(value: Any, slot: str, notes: list[str]) -> Any:
    return mended_frame(value, slot, notes) if isinstance(value, pd.DataFrame) else value


def _try(path: Path, parts: dict[str, Any]) -> None:
    """Write everything but plain matrices in memory, piece by piece, and name the piece that fails."""
    with _in_memory(path) as group:
        for slot, value in parts.items():
            _try_one(group, slot, value)


def _try_one(group: Any, slot: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, one in value.items():
            _try_one(group, f"{slot}/{name}", one)
        return
    plain = isinstance(value, np.ndarray) and value.dtype.kind in "biufc" and value.dtype.names is None
    if plain or sparse.issparse(value):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_elem(group, "part", value)
    except Exception as error:
        raise SemSTError(
            f"{slot} holds what the file cannot: {type(value).__name__} ({first_line(error)}). Take it out, "
            "or put it into numbers, text, arrays, tables or dictionaries of these."
        ) from error


@contextmanager
def _in_memory(path: Path) -> Iterator[Any]:
    if path.suffix.lower() == ".zarr":
        import zarr

        yield zarr.open_group(zarr.storage.MemoryStore(), mode="w")
        return
    with h5py.File("part", "w", driver="core", backing_store=False) as file:
        yield file

"""Results to disk, completely or not at all."""

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

from semst._atomic import atomic_path
from semst._errors import SemSTError, first_line
from semst._log import logger

from ._mend import mended_frame, mended_value


def write(adata: AnnData, path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """Write an ``AnnData`` to an ``.h5ad`` file or a ``.zarr`` store.

    The final name appears only when everything is written: neither a kill nor a full disk leaves half a file
    there, nor touches the one it would have replaced.

    Parameters
    ----------
    adata
        What to write. Not changed. Names and values that the formats cannot hold are put into ones that they
        can, where nothing is lost by it, with a line in the log: a column ``"_index"``, names that are
        numbers or hold a slash, columns of several types, times, tuples.
    path
        Where to, ending in ``.h5ad`` or ``.zarr``. Missing folders are made.
    overwrite
        Whether an existing file or store may be replaced.

    Returns
    -------
    The path.

    Raises
    ------
    SemSTError
        If the ending is another one, ``path`` exists and ``overwrite`` is false, something cannot be written
        (its slot is named), or writing fails.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> write(AnnData(np.ones((3, 2))), Path(tempfile.mkdtemp()) / "out.h5ad").name
    'out.h5ad'
    """
    final = Path(path).expanduser()
    ending = final.suffix.lower()
    if ending not in (".h5ad", ".zarr"):
        raise SemSTError(
            f'{final} has the ending "{final.suffix}". Accepted: .h5ad (one file) and .zarr (a store).'
        )
    notes: list[str] = []
    held = adata.to_memory() if adata.isbacked else adata
    whole = _whole(held, _mended(held, final, notes))
    for note in notes:
        logger.info(f"{final.name}: {note}")
    try:
        with atomic_path(final, overwrite=overwrite) as part:
            if ending == ".h5ad":
                whole.write_h5ad(part, compression="gzip")
            else:
                whole.write_zarr(part)
    except SemSTError:
        raise
    except Exception as error:  # h5py reports a full disk as an OSError or a RuntimeError
        raise SemSTError(
            f"{final} could not be written ({error}). Nothing is left under that name"
            f"{'; the former one is untouched' if final.exists() else ''}. {_advice(error, final)}"
        ) from error
    return final


def _advice(error: Exception, final: Path) -> str:
    """What to do: free space and rights where the system speaks of them, else another format."""
    if isinstance(error, OSError | RuntimeError):
        return f"Check the free space and the rights of {final.parent}, or choose another place."
    other = ".zarr" if final.suffix.lower() == ".h5ad" else ".h5ad"
    return f"Try the other format, {other}."


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
        If something cannot be written; its slot is named.

    Examples
    --------
    >>> import numpy as np
    >>> check_writable(AnnData(np.ones((3, 2))), "out.h5ad")
    """
    _mended(adata, Path(path), [])


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

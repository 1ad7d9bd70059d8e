"""Slices read and written by commands: what fails is known before the work, what was found is kept."""

from pathlib import Path
from typing import Any

import numpy as np

from semst import _keys, io
from semst._errors import SemSTError


def read_for(out: Path | None, source: Path, *, table_key: str | None = None) -> Any:
    """Read a slice that is to be written to ``out``, where it is, and make sure that it can be.

    Raises
    ------
    SemSTError
        If it cannot be read, or something in it cannot be written; its slot is named.
    """
    adata = io.read(source, table_key=table_key)
    if out is not None:
        io.check_writable(adata, out)
    return adata


def write(adata: Any, out: Path, *, key: str, overwrite: bool) -> None:
    """Write a slice; where that fails, what was found goes to plain files beside it.

    Parameters
    ----------
    adata
        The slice.
    out
        Where to.
    key
        Stem of what was found.
    overwrite
        Whether ``out`` may be replaced.

    Raises
    ------
    SemSTError
        If the slice cannot be written; the message says where labels and embedding are.
    """
    try:
        io.write(adata, out, overwrite=overwrite)
    except SemSTError as error:
        places = _rescue(adata, out, key)
        if not places:
            raise
        raise SemSTError(
            f"{error} What was found is kept in {' and '.join(map(str, places))}, a row a spot of the input."
        ) from error


def _rescue(adata: Any, out: Path, key: str) -> list[Path]:
    """Write columns and embedding of a result as text and as bare arrays; where even that fails, nothing."""
    stem = out.name.removesuffix(out.suffix)
    columns = [name for name in adata.obs if name == key or str(name).startswith(f"{key}_")]
    table, arrays = out.with_name(f"{stem}.rescued.csv"), out.with_name(f"{stem}.rescued.npz")
    slot = _keys.embedding(key)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        adata.obs[columns].to_csv(table)
        held = {name: np.asarray(adata.obs[name].astype(str), dtype=str) for name in columns}
        if slot in adata.obsm:
            held[slot] = np.asarray(adata.obsm[slot])
        held["spots"] = np.asarray(adata.obs_names, dtype=str)
        np.savez_compressed(arrays, allow_pickle=False, **held)
    except (OSError, ValueError, TypeError, KeyError):
        return [path for path in (table, arrays) if path.exists()]
    return [table, arrays]

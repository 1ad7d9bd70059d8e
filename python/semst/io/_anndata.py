"""Files of anndata itself."""

import json
import os
from pathlib import Path

import anndata as ad
from anndata import AnnData
from anndata._io.specs.registry import IORegistryError  # has no public name

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line
from semst._hdf5 import check_hdf5
from semst._typed import typed

from ._zarr_pieces import check_pieces, check_promises

_SPATIALDATA = ("tables", "table", "shapes", "images", "labels", "points")
UNREADABLE = (*DAMAGED, IORegistryError)  # of what reads AnnData and SpatialData


@typed
def read_h5ad(path: str | os.PathLike, *, backed: bool = False) -> AnnData:
    """Read an ``.h5ad`` file.

    Parameters
    ----------
    path
        The file.
    backed
        Leave the matrix on disk and read it in pieces when it is needed.

    Returns
    -------
    The data.

    Raises
    ------
    SemSTError
        If there is no such file, or it is no ``.h5ad`` file (torn, or another kind of HDF5).

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> file = Path(tempfile.mkdtemp()) / "slice.h5ad"
    >>> AnnData(np.ones((3, 2))).write_h5ad(file)
    >>> read_h5ad(file).shape
    (3, 2)
    """
    file = existing(path)
    try:
        check_hdf5(file)
        return ad.read_h5ad(file, backed="r" if backed else None)
    except SemSTError:
        raise
    except UNREADABLE as error:
        raise SemSTError(
            f"{file} cannot be read as an .h5ad file ({first_line(error)}). It may be incomplete or of "
            "another kind: copy it again, or check it with anndata.read_h5ad. Counts straight from 10x "
            "Genomics come in the folder outs/ of Space Ranger, which can be read as a whole."
        ) from error


@typed
def read_zarr(path: str | os.PathLike) -> AnnData:
    """Read an ``AnnData`` kept as a ``.zarr`` store.

    Parameters
    ----------
    path
        The store (a folder).

    Returns
    -------
    The data.

    Raises
    ------
    SemSTError
        If there is no such store, it holds something else than an ``AnnData``, or pieces of it are lost
        without which counts or names are wrong. Others that may be lost are named in the log.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> store = Path(tempfile.mkdtemp()) / "slice.zarr"
    >>> AnnData(np.ones((3, 2))).write_zarr(store)
    >>> read_zarr(store).shape
    (3, 2)
    """
    store = existing(path)
    if zarr_kind(store) == "spatialdata":
        raise SemSTError(
            f"{store} is a SpatialData store, not a single AnnData. Read it with semst.io.from_spatialdata "
            "(or semst.io.read), which picks its table."
        )
    try:
        check_promises(store)
        adata = ad.read_zarr(store)
        check_pieces(store)
    except SemSTError:
        raise
    except UNREADABLE as error:
        raise SemSTError(
            f"{store} cannot be read as a .zarr store of an AnnData ({first_line(error)}). It may be "
            "incomplete or hold something else: write it again."
        ) from error
    return adata


def existing(path: str | os.PathLike) -> Path:
    """The path, if something is there."""
    place = Path(path).expanduser()
    if place.exists():
        return place
    hint = ""
    if place.parent.is_dir():
        near = sorted(p.name for p in place.parent.iterdir() if p.suffix == place.suffix and p.suffix)[:5]
        hint = f" In that folder there are: {', '.join(near)}." if near else ""
    else:
        hint = f" The folder {place.parent} does not exist either."
    raise SemSTError(
        f"There is no {place}.{hint} Check the spelling and the folder you are in ({Path.cwd()})."
    )


def zarr_kind(store: Path) -> str | None:
    """``"spatialdata"``, ``"anndata"``, or ``None`` for what is no zarr group at all."""
    file = next(
        (store / name for name in ("zarr.json", ".zattrs", ".zgroup") if (store / name).exists()), None
    )
    if file is None:
        return None
    try:
        content = json.loads(file.read_text())
    except UNREADABLE:
        return None
    attributes = content.get("attributes", {}) if file.name == "zarr.json" else content
    # stores of SpatialData's first versions have no attributes of their own
    parts = [place for place in _SPATIALDATA if (store / place).is_dir()]
    return (
        "spatialdata"
        if "spatialdata_attrs" in attributes or (parts and not (store / "obs").exists())
        else "anndata"
    )


def is_spatialdata_store(path: Path) -> bool:
    """Whether this is the folder of a SpatialData store; needs no other package to find out.

    Examples
    --------
    >>> is_spatialdata_store(Path("slice.h5ad"))
    False
    """
    return path.is_dir() and zarr_kind(path) == "spatialdata"

"""One door for every kind of input."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
from anndata import AnnData

from semst import _words
from semst._damaged import DAMAGED
from semst._errors import SemSTError

from ._anndata import existing, read_h5ad, read_zarr, zarr_kind
from ._archive import is_archive, opened
from ._content import check_content
from ._endings import advice
from ._folder import content_of
from ._packed import unpacked
from ._platforms import platform_of, read_platform
from ._rds import read_rds
from ._spatialdata import from_spatialdata, is_spatialdata
from ._visium import read_visium
from ._visium_folder import has_positions, is_counts_file, is_part, is_visium

if TYPE_CHECKING:
    from spatialdata import SpatialData

_ACCEPTED = (
    "Accepted: an .h5ad file, a .zarr store (AnnData or SpatialData), the folder outs/ of 10x Space Ranger, "
    "a folder of Xenium, CosMx, MERSCOPE, Stereo-seq or MCMICRO, "
    "an .rds file (SpatialExperiment, SingleCellExperiment or Seurat), or an AnnData or SpatialData object "
    "in memory."
)


def read(
    path: "str | os.PathLike | AnnData | SpatialData", *, table_key: str | None = None, trust: bool = False
) -> AnnData:
    """Read a slice, whatever it is kept in.

    Parameters
    ----------
    path
        An ``.h5ad`` file, a ``.zarr`` store (AnnData or SpatialData), a 10x Visium ``outs/`` folder or its
        file with counts (see :func:`read_visium`), an ``.rds`` file with an R object (see :func:`read_rds`),
        or an ``AnnData`` or ``SpatialData`` in memory. An ``AnnData`` is handed back as it is, not copied.
        Files and stores may be packed (``.h5ad.gz``, ``.zarr.zip``, ``.tar.gz``), and a folder or an archive
        may hold one of them. Folders of Xenium are read; and, by squidpy and spatialdata-io
        (``pip install "semst[platforms]"``), those of CosMx, MERSCOPE, Stereo-seq and MCMICRO.
    table_key
        Which table to take, for a SpatialData with several.
    trust
        Read an ``.rds`` file even where what it holds can run code; see :func:`read_rds`.

    Returns
    -------
    Spots x genes, with coordinates in ``obsm["spatial"]`` where the source has them.

    Raises
    ------
    MissingDependencyError
        If a package is missing that reads this kind; the message names it.
    SemSTError
        If nothing is there, it is damaged, or it is none of the accepted kinds; the message says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> adata = AnnData(np.ones((3, 2)))
    >>> read(adata) is adata
    True
    """
    if is_spatialdata(path):
        return from_spatialdata(path, table_key=table_key)
    if isinstance(path, AnnData):
        _no_table_key(table_key, "an AnnData in memory")
        return path
    if not isinstance(path, str | os.PathLike):
        raise SemSTError(f"Cannot read a {type(path).__name__}. {_ACCEPTED}")
    place = existing(path)
    return (_read_folder if place.is_dir() else _read_file)(place, table_key, trust)


def _read_folder(place: Path, table_key: str | None, trust: bool) -> AnnData:
    kind = zarr_kind(place)
    if kind == "spatialdata":
        return from_spatialdata(place, table_key=table_key)
    if kind == "anndata" or place.suffix.lower() == ".zarr":
        _no_table_key(table_key, str(place))
        return read_zarr(place)
    if (platform := platform_of(place)) is not None:
        return read_platform(place, platform, table_key=table_key)
    if is_visium(place):
        _no_table_key(table_key, str(place))
        return read_visium(place)
    if (inside := content_of(place)) is not None:
        return read(inside, table_key=table_key, trust=trust)
    there = ", ".join(sorted(p.name for p in place.iterdir())[:8]) or "nothing"
    raise SemSTError(f"The folder {place} is nothing that can be read. It holds: {there}. {_ACCEPTED}")


def _read_file(place: Path, table_key: str | None, trust: bool) -> AnnData:
    name = place.name.lower()
    if is_archive(place):
        with opened(place) as folder:
            return read(folder, table_key=table_key, trust=trust)
    if name.endswith((".h5", ".xenium")) and (platform := platform_of(place.parent)) is not None:
        return read_platform(place.parent, platform, table_key=table_key)
    _no_table_key(table_key, str(place))
    if name.endswith((".h5ad", ".h5ad.gz")):
        check_content(place)
        with unpacked(place) as file:
            return read_h5ad(file)
    if name.endswith(".rds"):
        return read_rds(place, trust=trust)
    if is_counts_file(place):
        if has_positions(place):
            return read_visium(place)
        if _is_anndata(place):
            return read_h5ad(place)
        raise SemSTError(
            f"{place} holds counts at most, but no coordinates. Give the folder outs/ that it lies in, with "
            f"its subfolder spatial/. {_ACCEPTED}"
        )
    if is_part(place) and is_visium(place.parent):
        return read_visium(place.parent)
    raise SemSTError(f'{place} has the unknown ending "{place.suffix}". {advice(place)}{_ACCEPTED}')


def _is_anndata(file: Path) -> bool:
    """Whether an .h5 file was written by anndata."""
    try:
        with h5py.File(file) as h5:
            return "obs" in h5 and "var" in h5
    except DAMAGED:
        return False


def _no_table_key(table_key: str | None, what: str) -> None:
    if table_key is not None:
        raise SemSTError(
            f"{_words.given('table_key', table_key)} was given, but {what} is no SpatialData. Leave it out."
        )

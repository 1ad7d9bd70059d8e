"""One door for every kind of input."""

import os
from typing import TYPE_CHECKING

from anndata import AnnData

from semst._errors import SemSTError

from ._anndata import existing, read_h5ad, read_zarr, zarr_kind
from ._rds import read_rds
from ._spatialdata import from_spatialdata, is_spatialdata
from ._visium import is_visium, read_visium

if TYPE_CHECKING:
    from spatialdata import SpatialData

_ACCEPTED = (
    "Accepted: an .h5ad file, a .zarr store (AnnData or SpatialData), the folder outs/ of 10x Space Ranger, "
    "an .rds file (SpatialExperiment, SingleCellExperiment or Seurat), or an AnnData or SpatialData object "
    "in memory."
)


def read(path: "str | os.PathLike | AnnData | SpatialData", *, table_key: str | None = None) -> AnnData:
    """Read a slice, whatever it is kept in.

    Parameters
    ----------
    path
        An ``.h5ad`` file, a ``.zarr`` store (AnnData or SpatialData), a 10x Visium ``outs/`` folder, an
        ``.rds`` file with an R object (see :func:`read_rds`), or an ``AnnData`` or ``SpatialData`` in memory.
        An ``AnnData`` is handed back as it is, not copied.
    table_key
        Which table to take, for a SpatialData with several.

    Returns
    -------
    Spots x genes, with coordinates in ``obsm["spatial"]`` where the source has them.

    Raises
    ------
    SemSTError
        If nothing is there, or it is none of the accepted kinds.

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
    if place.is_dir():
        kind = zarr_kind(place)
        if kind == "spatialdata":
            return from_spatialdata(place, table_key=table_key)
        _no_table_key(table_key, str(place))
        if kind == "anndata" or place.suffix == ".zarr":
            return read_zarr(place)
        if is_visium(place):
            return read_visium(place)
        inside = ", ".join(sorted(p.name for p in place.iterdir())[:8]) or "nothing"
        raise SemSTError(f"The folder {place} is nothing that can be read. It holds: {inside}. {_ACCEPTED}")
    _no_table_key(table_key, str(place))
    if place.suffix == ".h5ad":
        return read_h5ad(place)
    if place.suffix.lower() == ".rds":
        return read_rds(place)
    if place.suffix == ".h5":
        raise SemSTError(
            f"{place} holds counts at most, but no coordinates. Give the folder outs/ that it lies in, with "
            f"its subfolder spatial/. {_ACCEPTED}"
        )
    raise SemSTError(f'{place} has the unknown ending "{place.suffix}". {_ACCEPTED}')


def _no_table_key(table_key: str | None, what: str) -> None:
    if table_key is not None:
        raise SemSTError(
            f'table_key="{table_key}" was given, but {what} is no SpatialData. Leave table_key out.'
        )

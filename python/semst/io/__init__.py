"""Slices in and out: h5ad, zarr, 10x Visium folders, SpatialData and R objects, all as ``AnnData``."""

from ._anndata import read_h5ad, read_zarr
from ._rds import read_rds, write_rds
from ._read import read
from ._spatialdata import from_spatialdata
from ._visium import read_visium
from ._write import check_writable, write

__all__ = [
    "check_writable",
    "from_spatialdata",
    "read",
    "read_h5ad",
    "read_rds",
    "read_visium",
    "read_zarr",
    "write",
    "write_rds",
]

"""Slices in and out: h5ad, zarr, 10x Visium folders, SpatialData and R objects, all as ``AnnData``.

What was found goes on into other programs: Loupe Browser, Xenium Explorer, QuPath, any that reads a table.
"""

from ._anndata import read_h5ad, read_zarr
from ._export_embedding import export_embedding
from ._export_geojson import export_geojson
from ._export_loupe import export_loupe
from ._export_xenium import export_xenium
from ._rds import read_rds, write_rds
from ._read import read
from ._spatialdata import from_spatialdata
from ._visium import read_visium
from ._write import check_writable, write

__all__ = [
    "check_writable",
    "export_embedding",
    "export_geojson",
    "export_loupe",
    "export_xenium",
    "from_spatialdata",
    "read",
    "read_h5ad",
    "read_rds",
    "read_visium",
    "read_zarr",
    "write",
    "write_rds",
]

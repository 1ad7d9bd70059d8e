"""Slices in and out: h5ad, zarr, 10x Visium folders, SpatialData and R objects, all as ``AnnData``.

What was found goes on into other programs: Loupe Browser, Xenium Explorer, QuPath, any that reads a table.
"""

from ._anndata import is_spatialdata_store as is_spatialdata_store
from ._anndata import read_h5ad, read_zarr
from ._export_embedding import export_embedding
from ._export_geojson import export_geojson
from ._export_loupe import export_loupe
from ._export_xenium import export_xenium
from ._rds import read_rds, write_rds
from ._read import read
from ._spatialdata import from_spatialdata
from ._to_spatialdata import to_spatialdata
from ._visium import read_visium
from ._writable import check_writable as check_writable
from ._write import write
from ._write_spatialdata import check_spatialdata, write_spatialdata

__all__ = [
    "check_spatialdata",
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
    "to_spatialdata",
    "write",
    "write_rds",
    "write_spatialdata",
]

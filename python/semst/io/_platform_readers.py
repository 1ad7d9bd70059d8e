"""How tables of other platforms are read: by spatialdata-io, by squidpy, or from two files of a Xenium."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys
from semst._errors import SemSTError
from semst._optional import optional
from semst._parquet import read_parquet
from semst._table_header import check_header

from ._counts_10x import read_counts, visible
from ._packed import unpacked

_EXTRA = "platforms"


def by_spatialdata_io(reader: str) -> Callable[[Path], Any]:
    """Give a reader of spatialdata-io."""

    def read(folder: Path) -> Any:
        package = optional("spatialdata_io", extra=_EXTRA, what=f"{folder}")
        return getattr(package, reader)(folder)

    return read


def cosmx(folder: Path) -> AnnData:
    """Read the flat files of a CosMx slide: counts and metadata.

    Cells have the coordinates that hold for the whole slide, in pixels; those within a field of view start
    anew in every one.
    """
    squidpy = optional("squidpy", extra=_EXTRA, what=f"{folder}")
    files = one(folder, "exprMat_file.csv"), one(folder, "metadata_file.csv")
    for file in files:
        check_header(file, ",")
    with unpacked(files[0]) as counts, unpacked(files[1]) as cells:
        adata = squidpy.read.nanostring(
            folder / "only tables",  # beside tables it would load every field's image, in full
            counts_file=str(counts.resolve()),
            meta_file=str(cells.resolve()),
        )
    adata.obsm[_keys.SPATIAL] = adata.obsm.pop("spatial_fov")
    del adata.uns["spatial"]
    return adata


def merscope(folder: Path) -> AnnData:
    """Read the two tables of a MERSCOPE region; coordinates are micrometres."""
    squidpy = optional("squidpy", extra=_EXTRA, what=f"{folder}")
    files = one(folder, "cell_by_gene"), one(folder, "cell_metadata")
    for file in files:
        check_header(file, ",")
    with unpacked(files[0]) as counts, unpacked(files[1]) as cells:
        adata = squidpy.read.vizgen(folder, counts_file=str(counts.resolve()), meta_file=str(cells.resolve()))
    adata.obsm.pop("blank_genes", None)
    del adata.uns["spatial"]
    return adata


def xenium(folder: Path) -> AnnData:
    """Read counts and cells of a Xenium, whole or of which no more is there; coordinates are micrometres."""
    adata = read_counts(one(folder, "cell_feature_matrix.h5"))
    file = one(folder, "cells.parquet", "cells.csv")
    if file.name.endswith(".parquet"):
        cells = read_parquet(file)
    else:
        check_header(file, ",")
        cells = pd.read_csv(file)
    if missing := {"cell_id", "x_centroid", "y_centroid"} - set(cells):
        raise SemSTError(
            f"{file} has no column {', '.join(sorted(missing))}. It has: {', '.join(map(str, cells))}."
        )
    names = cells["cell_id"].map(lambda name: name.decode() if isinstance(name, bytes) else str(name))
    places = pd.Index(names).get_indexer(adata.obs_names)
    if not pd.Index(names).is_unique or (places < 0).any():
        raise SemSTError(
            f"{int((places < 0).sum())} of {adata.n_obs} cells of the counts are not in {file.name}, which "
            f"has {len(cells)}. Counts and cells must come from the same run."
        )
    rows = cells.iloc[places].set_axis(adata.obs_names)
    adata.obs = rows.drop(columns=[name for name in rows if str(name).startswith("Unnamed:")])
    adata.obsm[_keys.SPATIAL] = rows[["x_centroid", "y_centroid"]].to_numpy(dtype=np.float64)
    return adata


def one(folder: Path, *parts: str) -> Path:
    """The file of a folder that has one of the parts in its name; the first part that any has decides.

    Raises
    ------
    SemSTError
        If there are several.
    """
    for part in parts:
        found = [place for place in visible(folder) if part in place.name and place.is_file()]
        if len(found) > 1:
            raise SemSTError(
                f"{folder} holds {len(found)} files with {part} in their names: "
                f"{', '.join(place.name for place in found[:4])}. Put each slide into a folder of its own."
            )
        if found:
            return found[0]
    raise SemSTError(f"{folder} has no file with {' or '.join(parts)} in its name.")

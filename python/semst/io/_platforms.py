"""Folders of other platforms: recognised by their files, and read as one table."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anndata import AnnData

from semst import _keys
from semst._errors import SemSTError, first_line
from semst._log import logger

from ._counts_10x import visible
from ._platform_readers import by_spatialdata_io, cosmx, merscope, xenium
from ._spatialdata import from_spatialdata, is_spatialdata


@dataclass(frozen=True)
class Platform:
    """One platform.

    Attributes
    ----------
    name
        As its maker writes it.
    files
        Parts of the names of files or folders; a folder that has all of them is of this platform.
    read
        Gives its table, or the SpatialData that holds it.
    in_micrometres
        Whether that is the unit of its coordinates.
    """

    name: str
    files: tuple[str, ...]
    read: Callable[[Path], Any]
    in_micrometres: bool = False


_PLATFORMS = (
    Platform("Xenium", ("experiment.xenium",), xenium, True),
    Platform("Xenium", ("cell_feature_matrix.h5", "cells.parquet"), xenium, True),
    Platform("Xenium", ("cell_feature_matrix.h5", "cells.csv"), xenium, True),
    Platform("CosMx", ("exprMat_file.csv", "metadata_file.csv"), cosmx),
    Platform("MERSCOPE", ("cell_by_gene", "cell_metadata"), merscope, True),
    Platform("Stereo-seq", ("02.count",), by_spatialdata_io("stereoseq")),
    Platform("Stereo-seq", ("041.cellcut",), by_spatialdata_io("stereoseq")),
    Platform("MCMICRO", ("quantification", "markers.csv"), by_spatialdata_io("mcmicro")),
)


def platform_of(folder: Path) -> Platform | None:
    """Find the platform that a folder comes from; ``None``: none of those known."""
    names = [place.name for place in visible(folder)]
    return next(
        (one for one in _PLATFORMS if all(any(part in name for name in names) for part in one.files)), None
    )


def read_platform(folder: Path, platform: Platform, *, table_key: str | None = None) -> AnnData:
    """Read the table of a folder.

    Raises
    ------
    MissingDependencyError
        If the package that reads it is not installed.
    SemSTError
        If it cannot read the folder; the message gives its reason.
    """
    logger.info("%s is a folder of %s: its table is read", folder, platform.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = platform.read(folder)
    except SemSTError as error:
        raise type(error)(f"{folder}, a folder of {platform.name}: {error}") from error
    except Exception as error:  # readers of other packages raise bare ones
        raise SemSTError(
            f"{folder} cannot be read as a folder of {platform.name} ({first_line(error)}). Copy it whole, "
            "as the instrument wrote it."
        ) from error
    adata = from_spatialdata(whole, table_key=table_key) if is_spatialdata(whole) else whole
    adata.uns.pop("spatialdata_attrs", None)  # the regions that it names are not in the table
    if platform.in_micrometres:
        adata.uns[_keys.UNIT] = _keys.MICROMETRE
    return adata

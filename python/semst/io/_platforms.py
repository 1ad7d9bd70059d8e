"""Folders of other platforms, recognised by their files and read by spatialdata-io."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anndata import AnnData

from semst import _keys
from semst._errors import SemSTError, first_line
from semst._log import logger
from semst._optional import optional

from ._content import DAMAGED
from ._counts_10x import visible
from ._spatialdata import from_spatialdata


@dataclass(frozen=True)
class Platform:
    """One platform.

    Attributes
    ----------
    name
        As its maker writes it.
    reader
        Function of spatialdata-io.
    files
        Endings of the names of files or folders; a folder that has all of them is of this platform.
    options
        What leaves out images and outlines, which domains do not need.
    coordinates
        ``obsm`` slot of coordinates that hold for the whole slice.
    """

    name: str
    reader: str
    files: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    coordinates: str = _keys.SPATIAL


_PLATFORMS = (
    Platform(
        "Xenium",
        "xenium",
        ("experiment.xenium",),
        {
            "cells_as_circles": True,
            **dict.fromkeys(
                (
                    "cells_boundaries",
                    "nucleus_boundaries",
                    "cells_labels",
                    "nucleus_labels",
                    "transcripts",
                    "morphology_mip",
                    "morphology_focus",
                    "aligned_images",
                ),
                False,
            ),
        },
    ),
    # those in "spatial" start anew in every field of view
    Platform("CosMx", "cosmx", ("exprMat_file.csv",), {"transcripts": False}, "global"),
    Platform(
        "MERSCOPE",
        "merscope",
        ("cell_by_gene.csv", "cell_metadata.csv"),
        dict.fromkeys(("transcripts", "cells_boundaries", "mosaic_images"), False),
    ),
    Platform("Stereo-seq", "stereoseq", ("02.count",)),
    Platform("Stereo-seq", "stereoseq", ("041.cellcut",)),
    Platform("MCMICRO", "mcmicro", ("quantification", "markers.csv")),
)


def platform_of(folder: Path) -> Platform | None:
    """Find the platform that a folder comes from; ``None``: none of those known."""
    names = [place.name for place in visible(folder)]
    return next(
        (one for one in _PLATFORMS if all(any(name.endswith(end) for name in names) for end in one.files)),
        None,
    )


def read_platform(folder: Path, platform: Platform, *, table_key: str | None = None) -> AnnData:
    """Read the table of a folder.

    Raises
    ------
    MissingDependencyError
        If spatialdata-io is not installed.
    SemSTError
        If it cannot read the folder; the message gives its reason.
    """
    package = optional("spatialdata_io", extra="platforms", what=f"{folder}, a folder of {platform.name},")
    reader: Callable[..., Any] = getattr(package, platform.reader)
    logger.info("%s is a folder of %s: its table is read", folder, platform.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = reader(folder, **platform.options)
    except (*DAMAGED, AssertionError, ImportError, NotImplementedError) as error:
        raise SemSTError(
            f"{folder} cannot be read as a folder of {platform.name} ({first_line(error)}). Copy it whole, "
            f"as the instrument wrote it, or see spatialdata_io.{platform.reader}."
        ) from error
    adata = from_spatialdata(whole, table_key=table_key)
    adata.uns.pop("spatialdata_attrs", None)  # the regions that it names are not in the table
    if platform.coordinates in adata.obsm:
        adata.obsm[_keys.SPATIAL] = adata.obsm[platform.coordinates]
    return adata

"""SpatialData: one of its tables, with coordinates from the table or from the shapes it annotates."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError, first_line
from semst._log import logger
from semst._optional import optional
from semst._typed import typed
from semst._validate import require_key

from ._anndata import UNREADABLE, existing
from ._zarr_pieces import check_pieces

if TYPE_CHECKING:
    from spatialdata import SpatialData

_SAMPLE = "sample"


@typed
def from_spatialdata(sdata: "SpatialData | str | os.PathLike", *, table_key: str | None = None) -> AnnData:
    """Take a table out of a SpatialData object or ``.zarr`` store.

    Needs the package ``spatialdata`` (``pip install "semst[spatialdata]"``).

    Parameters
    ----------
    sdata
        The object, or the path of its store.
    table_key
        Name of the table. May be left out where there is only one.

    Returns
    -------
    Copy of the table, with coordinates in ``obsm["spatial"]``: its own ones, otherwise the centroids of the
    shapes, labels or points that its rows annotate. Where it annotates several regions, ``obs["sample"]``
    names the region of each row (for ``sample_key="sample"``).

    Raises
    ------
    MissingDependencyError
        If spatialdata is not installed.
    SemSTError
        If the table cannot be chosen, or there is no way to its coordinates.

    Examples
    --------
    >>> import numpy as np
    >>> from spatialdata import SpatialData
    >>> from spatialdata.models import TableModel
    >>> table = AnnData(np.ones((3, 2)), obsm={"spatial": np.array([[0, 0], [100, 0], [50, 87]])})
    >>> from_spatialdata(SpatialData(tables={"table": TableModel.parse(table)})).obsm["spatial"].shape
    (3, 2)
    """
    optional("spatialdata", extra="spatialdata", what="SpatialData")
    store = None if is_spatialdata(sdata) else existing(sdata)
    whole: SpatialData = sdata if store is None else open_store(store)
    table_key = _table_key(whole, table_key)
    adata = require_key(whole.tables, table_key, what="The SpatialData").copy()
    if store is not None:
        check_pieces(store, f"tables/{table_key}")
    link = adata.uns.get("spatialdata_attrs") or {}
    if _keys.SPATIAL not in adata.obsm:
        adata.obsm[_keys.SPATIAL] = _centroids(whole, adata, link)
    _name_samples(adata, link.get("region_key"))
    return adata


def is_spatialdata(thing: Any) -> bool:
    """Whether this is a SpatialData object; never imports the package to find out."""
    return type(thing).__name__ == "SpatialData" and type(thing).__module__.split(".")[0] == "spatialdata"


def open_store(store: Path) -> "SpatialData":
    """Open a store.

    Raises
    ------
    SemSTError
        If it cannot be read.
    """
    from spatialdata import read_zarr

    try:
        return read_zarr(store)
    except UNREADABLE as error:
        raise SemSTError(
            f"{store} cannot be read as a SpatialData store ({first_line(error)}). It may be incomplete or "
            "written by another version: open it with spatialdata.read_zarr and write it again."
        ) from error


def _table_key(sdata: "SpatialData", table_key: str | None) -> str:
    tables = sdata.tables
    if table_key is None and len(tables) != 1:
        there = ", ".join(f'"{name}"' for name in tables)
        raise SemSTError(
            f"The SpatialData holds {len(tables)} tables: {there}. Choose one ({_words.given('table_key')})."
            if tables
            else "The SpatialData holds no table, so no counts. Aggregate the transcripts first."
        )
    return next(iter(tables)) if table_key is None else table_key


def _centroids(sdata: "SpatialData", adata: AnnData, link: dict) -> np.ndarray:
    """Row by row the centroid of the shape, label or point that the row annotates."""
    if not link.get("region"):
        raise SemSTError(
            f'No coordinates: the table has no obsm["{_keys.SPATIAL}"] and annotates no region of the '
            "SpatialData. Link it to its shapes"
            + _words.in_python(
                " with TableModel.parse(..., region=..., region_key=..., instance_key=...).", "."
            )
        )
    regions = adata.obs[link["region_key"]].astype(str).to_numpy()
    instances = adata.obs[link["instance_key"]].to_numpy()
    coordinates = np.full((adata.n_obs, 2), np.nan)
    for region in pd.unique(regions):
        if region not in sdata:
            there = ", ".join(f'"{name}"' for _, name, _ in sdata.gen_elements())
            raise SemSTError(
                f'No coordinates: the table annotates "{region}", which the SpatialData does not hold. '
                f"It has: {there}."
            )
        rows = np.flatnonzero(regions == region)
        places = _element_centroids(sdata[region])
        found = places.index.get_indexer(instances[rows])
        if (found < 0).any():
            raise SemSTError(
                f'No coordinates for {int((found < 0).sum())} of {len(rows)} rows of the table: "{region}" '
                f"has no element {instances[rows][found < 0][0]}. Table and shapes must come from "
                "the same run."
            )
        coordinates[rows] = places.to_numpy()[found, :2]
    return coordinates


def _element_centroids(element: Any) -> pd.DataFrame:
    from spatialdata import get_centroids
    from spatialdata.transformations import get_transformation

    systems = get_transformation(element, get_all=True)
    system = "global" if "global" in systems else next(iter(systems))
    return get_centroids(element, coordinate_system=system).compute()[["x", "y"]]


def _name_samples(adata: AnnData, region_key: str | None) -> None:
    if region_key is None or adata.obs[region_key].nunique() < 2:
        return
    n_regions = adata.obs[region_key].nunique()
    if _SAMPLE in adata.obs:
        logger.info('the table spans %d regions: they are told apart by obs["%s"]', n_regions, region_key)
        return
    adata.obs[_SAMPLE] = pd.Categorical(adata.obs[region_key].astype(str))
    logger.info(
        'the table spans %d regions: added obs["%s"], to be used as %s',
        n_regions,
        _SAMPLE,
        _words.name("sample_key"),
    )

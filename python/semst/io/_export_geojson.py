"""Outlines of domains as annotations of QuPath."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._atomic import atomic_path, refuse_existing
from semst._colors import colors_of
from semst._errors import SemSTError
from semst._log import logger
from semst._order import in_order
from semst._typed import typed
from semst._validate import get_coordinates, require_key

from ._export_rows import check_ending, domains_of
from ._outlines import domain_outlines

_NO_NAME = re.compile(r"[^\w.-]+")  # what is kept out of names of files


@typed
def export_geojson(
    adata: AnnData,
    path: str | os.PathLike,
    key: str = _keys.KEY_ADDED,
    *,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
    scale: float = 1.0,
    overwrite: bool = False,
) -> list[Path]:
    """Write the outlines of the domains as annotations that QuPath opens (GeoJSON).

    An annotation is a domain: one MultiPolygon with the domain as its class, in its colour of
    ``uns[key + "_colors"]``, else of :func:`semst.pl.palette`. The cell of a spot is what is nearest to it (a
    square or a hexagon on a grid, a Voronoi cell elsewhere), and ends half a spacing beyond the rim of the
    tissue; a domain is the cells of its spots, holes included. Needs shapely
    (``pip install "semst[outlines]"``).

    Parameters
    ----------
    adata
        Labelled slice. Not changed.
    path
        Where to, ending in ``.geojson``. Missing folders are made.
    key
        Column of ``adata.obs`` with the domains, or any other labels. Spots without one belong to no
        annotation, and are counted in the log.
    spatial_key
        Slot of ``adata.obsm`` with the coordinates; of three the first two are taken.
    sample_key
        Column of ``adata.obs`` that tells slices apart. Every slice then gets a file of its own, as it has an
        image of its own in QuPath: ``domains.geojson`` becomes ``domains.<slice>.geojson``.
    scale
        Pixels of the full-resolution image in a unit of the coordinates: 1 where they are pixels, as Space
        Ranger's; 1/0.2125 for micrometres of a Xenium slice.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    The files: one, or one a slice.

    Raises
    ------
    MissingDependencyError
        If shapely is not installed.
    MissingKeyError
        If a column or slot is not there.
    SemSTError
        If the ending is another one, no spot has a domain, all spots of a slice are at one place, names of
        slices make no names of files, ``scale`` is no positive number, or a file exists and ``overwrite`` is
        false.

    Notes
    -----
    QuPath counts in pixels from the upper left corner of the full-resolution image (its manual, "Exporting
    annotations", https://qupath.readthedocs.io); ``color`` in ``classification`` is read from version 0.4 on.

    Examples
    --------
    >>> import tempfile
    >>> xy = np.array([[0, 0], [100, 0], [0, 100], [100, 100]])
    >>> adata = AnnData(np.ones((4, 1)), obsm={"spatial": xy})
    >>> adata.obs["semst"] = ["1", "1", "2", "2"]
    >>> (file,) = export_geojson(adata, Path(tempfile.mkdtemp()) / "domains.geojson")
    >>> first = json.loads(file.read_text())["features"][0]
    >>> first["properties"]["classification"]
    {'name': '1', 'color': [0, 114, 178]}
    >>> first["geometry"]["coordinates"]
    [[[[-50.0, -50.0], [-50.0, 50.0], [150.0, 50.0], [150.0, -50.0], [-50.0, -50.0]]]]
    """
    final = check_ending(path, ".geojson")
    if not (np.isfinite(scale) and scale > 0):
        raise SemSTError(
            f"{_words.name('scale')} is {scale}; a positive number is needed, pixels in a unit of the "
            "coordinates."
        )
    labels = domains_of(adata, key)
    xy = get_coordinates(adata, spatial_key=spatial_key)[:, :2] * scale
    colors = colors_of(adata, key, labels.categories)
    parts = _slices(adata, sample_key, final)
    for file in parts:
        refuse_existing(file, overwrite=overwrite)
    for file, rows in parts.items():
        where = _words.slot("obsm", spatial_key) + ("" if sample_key is None else f" of {file.name}")
        features = _features(xy[rows], labels[rows], colors, where=where)
        with atomic_path(file, overwrite=overwrite) as part:
            part.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        logger.info(f"wrote {len(features)} domains to {file}")
    return list(parts)


def _slices(adata: AnnData, sample_key: str | None, final: Path) -> dict[Path, np.ndarray]:
    """Files and the rows that belong to each."""
    if sample_key is None:
        return {final: np.arange(adata.n_obs)}
    column = require_key(adata.obs, sample_key, what=_words.slot("obs"))
    if column.isna().any():
        raise SemSTError(
            f"{_words.slot('obs', sample_key)} is missing for {int(column.isna().sum())} of {len(column)} "
            "spots; every spot needs to belong to a slice."
        )
    names = column.astype(str).to_numpy()
    plain = {name: _NO_NAME.sub("_", name) for name in in_order(column)}
    files = {name: final.with_name(f"{final.stem}.{stem}{final.suffix}") for name, stem in plain.items()}
    if len(set(files.values())) < len(files):
        raise SemSTError(
            f"Slices of {_words.slot('obs', sample_key)} would have the same file: {', '.join(files)}. Give "
            "them names that differ in letters and digits."
        )
    return {file: np.flatnonzero(names == name) for name, file in files.items()}


def _features(
    xy: np.ndarray, labels: pd.Categorical, colors: Mapping[str, str], *, where: str
) -> list[dict[str, Any]]:
    """Annotations of one slice."""
    from matplotlib.colors import to_rgb

    return [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": _rings(outline)},
            "properties": {
                "objectType": "annotation",
                "name": name,
                "classification": {
                    "name": name,
                    "color": [round(255 * part) for part in to_rgb(colors[name])],
                },
            },
        }
        for name, outline in domain_outlines(xy, labels, where=where).items()
    ]


def _rings(outline: Any) -> list[list[list[list[float]]]]:
    """Polygons of rings of points: the outer one, then the holes."""
    return [
        [np.asarray(ring.coords).tolist() for ring in (part.exterior, *part.interiors)]
        for part in outline.geoms
    ]

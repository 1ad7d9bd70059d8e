"""Domains into the files of other programs: what R holds, dressed as a slice for the exports of Python."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, io
from semst._validate import get_labels

from ._compare import column
from ._door import door

_WRITERS: dict[str, Any] = {
    "loupe": io.export_loupe,
    "xenium": io.export_xenium,
    "geojson": io.export_geojson,
    "embedding": io.export_embedding,
}


@door
def export(
    labels: Mapping[str, Any],
    file: str,
    to: str,
    *,
    key: str,
    spots: Sequence[str] | None = None,
    barcodes: Sequence[str] | None = None,
    coordinates: Any = None,
    samples: Mapping[str, Any] | None = None,
    embedding: Any = None,
    use_rep: str | None = None,
    uncertainty: Any = None,
    colors: Mapping[str, str] | None = None,
    scale: float | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write domains for another program.

    Parameters
    ----------
    labels, samples
        Of every spot, as :func:`column` takes them.
    file
        Where to.
    to
        ``"loupe"``, ``"xenium"``, ``"geojson"`` or ``"embedding"``.
    key
        Name of the domains in the file.
    spots
        Names of the spots.
    barcodes
        Barcode of every spot, where that is not its name.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    embedding, use_rep
        Shape (n_spots, n_dimensions), and the slot of :func:`semst.io.export_embedding` that it would have.
    uncertainty
        Shape (n_spots,).
    colors
        Colour by domain.
    scale
        Pixels in a unit of the coordinates.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    ``files``, what was written.

    Raises
    ------
    MissingDependencyError
        If outlines are asked for and shapely is not installed.
    SemSTError
        As the export of this format in :mod:`semst.io`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> spots = {"codes": [1, 2], "levels": ["a", "b"], "ordered": True}
    >>> file = str(Path(tempfile.mkdtemp()) / "loupe.csv")
    >>> names = ["AAACAAGTATCTCCCA-1", "AAACAATCTACTAGCA-1"]
    >>> found = export(spots, file, "loupe", key="SemST", spots=names)
    >>> print(Path(found["files"][0]).read_text(), end="")
    Barcode,SemST
    AAACAAGTATCTCCCA-1,a
    AAACAATCTACTAGCA-1,b
    """
    adata = _labelled(labels, key, spots)
    options: dict[str, Any] = {"scale": scale, "use_rep": use_rep}
    # columns have the names that the arguments have in R, for messages
    if barcodes is not None:
        options["barcode_key"] = _beside(adata, "barcodes", list(barcodes))
    if samples is not None:
        options["sample_key"] = _beside(adata, "samples", column(samples).array)
    if coordinates is not None:
        adata.obsm[_keys.SPATIAL] = np.asarray(coordinates, dtype=np.float64)
    if use_rep is not None:
        adata.obsm[use_rep] = _as_it_was(embedding)
    if uncertainty is not None:
        adata.obs[_keys.uncertainty(key)] = _as_it_was(uncertainty)
    if colors is not None:
        adata.uns[_keys.colors(key)] = np.array([colors[name] for name in adata.obs[key].cat.categories])
    given = {name: value for name, value in options.items() if value is not None}
    written = _WRITERS[to](adata, file, key, overwrite=overwrite, **given)
    return {"files": [str(one) for one in (written if isinstance(written, list) else [written])]}


def _labelled(labels: Mapping[str, Any], key: str, spots: Sequence[str] | None) -> AnnData:
    domains = column(labels)
    names = domains.index.astype(str) if spots is None else pd.Index(list(spots), dtype=object)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Observation names are not unique")
        adata = AnnData(obs=pd.DataFrame({key: domains.array}, index=names))
    adata.obs[key] = get_labels(adata, key)
    return adata


def _beside(adata: AnnData, name: str, values: Any) -> str:
    """Add a column that is not the one with the domains, whatever that is called."""
    free = name if name not in adata.obs else f"{name} of the spots"
    adata.obs[free] = values
    return free


def _as_it_was(values: Any) -> np.ndarray:
    """Numbers in single precision where all of them fit: R has made doubles of those that Python gave it."""
    double = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        single = double.astype(np.float32)
    return single if np.array_equal(single, double, equal_nan=True) else double

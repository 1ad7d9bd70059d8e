"""Labelled slices of several files as one object: columns and coordinates, without the counts."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from semst import io
from semst._errors import SemSTError
from semst._validate import get_coordinates, get_labels, require_key

SECTION = (
    "section of file"  # obs column that is added: no two files, and no two sections of one, share a value
)


def labelled_slices(
    sources: list[Path], columns: list[str], *, section_key: str | None = None, spatial_key: str | None = None
) -> ad.AnnData:
    """Put together what is asked of the slices.

    Parameters
    ----------
    sources
        Files.
    columns
        Of ``obs``; the first has the domains, whose colours are kept.
    section_key
        Column of the sections, where a file has several.
    spatial_key
        Slot of ``obsm`` that is kept; ``None`` keeps none.

    Returns
    -------
    The spots of all, with the columns and one more, ``SECTION``.

    Raises
    ------
    SemSTError
        If a column or slot is missing, or coordinates do not go together.
    """
    parts = []
    for number, source in enumerate(sources):
        adata = io.read(source)
        for name in columns:
            require_key(adata.obs, name, what=f"obs of {source.name}")
        part = ad.AnnData(obs=adata.obs[list(dict.fromkeys(columns))].copy())
        inner: pd.Categorical | np.ndarray = np.full(adata.n_obs, "", dtype=object)
        if section_key is not None:
            inner = get_labels(adata, section_key)
        part.obs[SECTION] = [f"{number} {name}" for name in inner]
        if spatial_key is not None:
            part.obsm[spatial_key] = get_coordinates(adata, spatial_key=spatial_key)
        part.uns = {name: kept for name, kept in adata.uns.items() if name == f"{columns[0]}_colors"}
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    if spatial_key is not None and len({part.obsm[spatial_key].shape[1] for part in parts}) > 1:
        raise SemSTError("Some files have two coordinates a spot and others three; contacts need one kind.")
    keys = [str(number) for number in range(len(parts))]
    return ad.concat(parts, keys=keys, index_unique="-", uns_merge="first")

"""A slice of 10x Visium as Space Ranger writes it, without needing a fixed version of it."""

import os
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._damaged import DAMAGED
from semst._errors import SemSTError
from semst._log import logger
from semst._typed import typed

from ._anndata import existing
from ._counts_10x import MtxFiles, read_counts
from ._positions import read_positions
from ._visium_folder import VisiumFiles, find_files
from ._visium_images import read_images

_STRAY = 0.02  # of the barcodes: so few without a position are left out, more are those of another slice


@typed
def read_visium(
    path: str | os.PathLike,
    *,
    count_file: str | None = None,
    library_id: str | None = None,
    in_tissue_only: bool = True,
    load_images: bool = True,
) -> AnnData:
    """Read a 10x Visium slice from the folder that Space Ranger writes.

    Counts come from ``filtered_feature_bc_matrix.h5`` or the folder ``filtered_feature_bc_matrix/`` (mtx;
    files packed or not), else from the raw ones; positions from ``spatial/tissue_positions.parquet``,
    ``tissue_positions.csv`` (with a header, Space Ranger 2 and later) or ``tissue_positions_list.csv``
    (without), also where another program has written them again. Files may be packed (``.gz``), have the name
    of the slice in front, as in GEO, and lie in one folder without ``spatial/``. Of Visium HD a folder of
    bins of one size, or of segmented cells, is read.

    Parameters
    ----------
    path
        The folder ``outs/``, the one that holds it, ``spatial/`` in it, or the file with the counts in it.
    count_file
        Other file or folder with counts inside ``path``, e.g. ``"raw_feature_bc_matrix.h5"``.
    library_id
        Name of the slice in ``uns["spatial"]``. Default: as noted in the h5 file, else the folder's name.
    in_tissue_only
        Leave out spots beside the tissue.
    load_images
        Read the images of the tissue.

    Returns
    -------
    Spots x genes, gene symbols as names (repeated ones get ``-1``, ``-2``, ...; reported in the log) and
    Ensembl IDs in ``var["gene_ids"]``; ``obs["in_tissue"]`` and, where the positions have them,
    ``obs["array_row"]`` and ``obs["array_col"]``; full-resolution pixels (x, y) in ``obsm["spatial"]``
    (of segmented cells their centroids); images and scale factors in ``uns["spatial"]`` in scanpy's layout,
    without those that are damaged (named in the log). Antibodies and other features that are no genes are
    left out, and counted in the log.

    Raises
    ------
    SemSTError
        If counts or positions are missing, cannot be read or do not belong together, or those of several
        slices or bin sizes are there.

    Examples
    --------
    >>> adata = read_visium("V1_Human_Lymph_Node/outs")  # doctest: +SKIP
    """
    files = find_files(existing(path), count_file)
    adata = read_counts(files.counts)
    _unique_symbols(adata)
    adata = _join(adata, read_positions(files.positions, adata.obs_names), files)
    if in_tissue_only:
        inside = adata.obs["in_tissue"].to_numpy() == 1
        if not inside.any():
            raise SemSTError(
                f"No spot of {files.folder} lies in the tissue (in_tissue is 0 for all {adata.n_obs}). Check "
                "the tissue detection of Space Ranger"
                + _words.in_python(", or read all spots with in_tissue_only=False.", ".")
            )
        if not inside.all():
            adata = adata[inside].copy()
    attributes = _h5_attributes(files.counts)
    name = library_id or attributes.pop("library_id", None) or _folder_name(files.folder)
    adata.uns["spatial"] = {name: {**read_images(files, load_images=load_images), "metadata": attributes}}
    logger.info("read %d spots and %d genes from %s", adata.n_obs, adata.n_vars, files.counts)
    return adata


def _join(adata: AnnData, positions: pd.DataFrame, files: VisiumFiles) -> AnnData:
    """Give the spots their positions; a few without any are left out."""
    places = positions.index.get_indexer(adata.obs_names)
    if (places < 0).all():
        places = _without_number(positions.index, adata.obs_names)
    lost = adata.obs_names[places < 0]
    if len(lost) > _STRAY * adata.n_obs:
        raise SemSTError(
            f"{len(lost)} of {adata.n_obs} barcodes in {files.counts} have no position (e.g. {lost[0]}; the "
            f"positions in {files.positions.name} have e.g. {positions.index[0]}). Counts and positions must "
            "come from the same slice."
        )
    if len(lost):
        logger.warning(
            "%d of %d barcodes in %s have no position and are left out (e.g. %s)",
            len(lost),
            adata.n_obs,
            files.counts,
            lost[0],
        )
        adata = adata[places >= 0].copy()
    rows = positions.iloc[places[places >= 0]]
    for column in ("in_tissue", "array_row", "array_col"):
        if column in rows:
            adata.obs[column] = rows[column].to_numpy()
    xy = rows[["pxl_col_in_fullres", "pxl_row_in_fullres"]].to_numpy(dtype=np.float64)
    adata.obsm[_keys.SPATIAL] = xy
    return adata


def _without_number(known: pd.Index, barcodes: pd.Index) -> np.ndarray:
    """Find barcodes of which one side has lost its ``-1``; -1 where there is none, or more than one."""
    bare, wanted = (names.astype(str).str.replace(r"-\d+$", "", regex=True) for names in (known, barcodes))
    lost = (bare == known).all() or (wanted == barcodes).all()  # -1 and -2 are two slices
    if not lost or not bare.is_unique or not wanted.is_unique:
        return np.full(len(barcodes), -1)
    return bare.get_indexer(wanted)


def _h5_attributes(counts: Path | MtxFiles) -> dict[str, str]:
    """Name of the slice, chemistry and version of Space Ranger, where the file notes them."""
    if isinstance(counts, MtxFiles):
        return {}
    attributes = {}
    try:
        with h5py.File(counts) as file:
            for key in ("chemistry_description", "software_version"):
                if key in file.attrs:
                    attributes[key] = file.attrs[key]
            if len(names := np.atleast_1d(file.attrs.get("library_ids", []))):
                attributes["library_id"] = names[0]
    except DAMAGED:  # notes only; the counts have been read
        return {}
    return {
        key: value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        for key, value in attributes.items()
    }


def _folder_name(folder: Path) -> str:
    whole = folder.resolve()
    return whole.parent.name if whole.name == "outs" else whole.name


def _unique_symbols(adata: AnnData) -> None:
    repeated = adata.var_names[adata.var_names.duplicated()].unique()
    if len(repeated):
        logger.info(
            '%d gene symbols occur repeatedly (e.g. %s): later ones get -1, -2, ... (see var["gene_ids"])',
            len(repeated),
            ", ".join(repeated[:3]),
        )
        adata.var_names_make_unique()

"""The folder ``outs/`` of 10x Space Ranger, without needing a fixed version of it."""

import json
import os
import warnings
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys
from semst._errors import SemSTError
from semst._log import logger
from semst._parquet import read_parquet

from ._anndata import UNREADABLE, existing

_COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"]
# newest first; the first one that exists is taken
_POSITIONS = (
    "tissue_positions.parquet",
    "tissue_positions.csv",
    "tissue_positions_list.csv",
    "tissue_positions_list.txt",
)
_MATRIX = "filtered_feature_bc_matrix"


def read_visium(
    path: str | os.PathLike,
    *,
    count_file: str | None = None,
    library_id: str | None = None,
    in_tissue_only: bool = True,
    load_images: bool = True,
) -> AnnData:
    """Read a 10x Visium slice from the folder that Space Ranger writes.

    Counts come from ``filtered_feature_bc_matrix.h5`` or the folder ``filtered_feature_bc_matrix/`` (mtx);
    positions from ``spatial/tissue_positions.parquet``, ``tissue_positions.csv`` (with a header, Space
    Ranger 2 and later) or ``tissue_positions_list.csv`` (without).

    Parameters
    ----------
    path
        The folder ``outs/``, or the one that holds it.
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
    Ensembl IDs in ``var["gene_ids"]``; ``obs["in_tissue"]``, ``obs["array_row"]``, ``obs["array_col"]``;
    full-resolution pixels (x, y) in ``obsm["spatial"]``;
    images and scale factors in ``uns["spatial"]`` in scanpy's layout.

    Raises
    ------
    SemSTError
        If counts or positions are missing, cannot be read or do not belong together.

    Examples
    --------
    >>> adata = read_visium("V1_Human_Lymph_Node/outs")  # doctest: +SKIP
    """
    folder = _outs(existing(path))
    matrix = _matrix(folder, count_file)
    adata = _read_counts(matrix)
    _unique_symbols(adata)
    positions = _read_positions(folder / "spatial")
    _join(adata, positions, matrix)
    if in_tissue_only:
        inside = adata.obs["in_tissue"].to_numpy() == 1
        if not inside.any():
            raise SemSTError(
                f"No spot of {folder} lies in the tissue (in_tissue is 0 for all {adata.n_obs}). Check the "
                "tissue detection of Space Ranger, or read all spots with in_tissue_only=False."
            )
        if not inside.all():
            adata = adata[inside].copy()
    attributes = _h5_attributes(matrix)
    name = library_id or attributes.pop("library_id", None) or _folder_name(folder)
    adata.uns["spatial"] = {name: {**_read_spatial(folder / "spatial", load_images), "metadata": attributes}}
    logger.info("read %d spots and %d genes from %s", adata.n_obs, adata.n_vars, folder)
    return adata


def is_visium(folder: Path) -> bool:
    """Whether a folder looks like the output of Space Ranger."""
    return any(
        (place / "spatial").is_dir() or (place / "binned_outputs").is_dir() or any(place.glob(f"*{_MATRIX}*"))
        for place in (folder, folder / "outs")
    )


def _outs(folder: Path) -> Path:
    if not folder.is_dir():
        raise SemSTError(f"{folder} is a file. Give the folder outs/ that Space Ranger has written.")
    if not (folder / "spatial").is_dir() and (folder / "outs").is_dir():
        folder = folder / "outs"
    bins = folder / "binned_outputs"
    if bins.is_dir() and not (folder / "spatial" / _POSITIONS[0]).is_file():
        there = ", ".join(sorted(p.name for p in bins.iterdir() if p.is_dir()))
        raise SemSTError(
            f"{folder} comes from Visium HD. Choose one bin size and give its folder in {bins}. "
            f"There are: {there}."
        )
    return folder


def _matrix(folder: Path, count_file: str | None) -> Path:
    if count_file is not None:
        return existing(folder / count_file)
    # public data sets put the name of the slice before that of the file
    found = [
        *folder.glob(f"{_MATRIX}.h5"),
        *folder.glob(_MATRIX),
        *sorted(folder.glob(f"*_{_MATRIX}.h5")),
        *sorted(p for p in folder.glob(f"*_{_MATRIX}") if p.is_dir()),
    ]
    if found:
        return found[0]
    inside = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
    raise SemSTError(
        f"No counts in {folder}: neither {_MATRIX}.h5 nor the folder {_MATRIX}/ is there. It holds: "
        f"{inside}. Give the folder outs/ of Space Ranger, or name the file with count_file=..."
    )


def _read_counts(matrix: Path) -> AnnData:
    import scanpy as sc  # slow to import, and only this needs it

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Variable names are not unique")
            if matrix.is_dir():
                return sc.read_10x_mtx(matrix, make_unique=False)
            with h5py.File(matrix) as file:
                file["matrix/barcodes"], file["matrix/features/name"], file["matrix/indptr"]
            return sc.read_10x_h5(matrix)
    except (*UNREADABLE, EOFError) as error:
        raise SemSTError(
            f"{matrix} cannot be read as counts of 10x Genomics ({error}). It may be incomplete or of "
            "another kind: copy it again."
        ) from error


def _read_positions(spatial: Path) -> pd.DataFrame:
    file = next((spatial / name for name in _POSITIONS if (spatial / name).is_file()), None)
    if file is None:
        raise SemSTError(
            f"No positions in {spatial}: none of {', '.join(_POSITIONS)} is there. Copy the whole folder "
            "outs/ of Space Ranger, its subfolder spatial/ included."
        )
    if file.suffix == ".parquet":
        table = read_parquet(file)
    else:
        with file.open() as handle:
            header = handle.readline().startswith("barcode")
        table = pd.read_csv(file) if header else pd.read_csv(file, header=None)
        if not header and table.shape[1] == len(_COLUMNS):
            table.columns = pd.Index(_COLUMNS)
    missing = [column for column in _COLUMNS if column not in table.columns]
    if missing:
        raise SemSTError(
            f"{file} has the columns {', '.join(map(str, table.columns))}. Expected: {', '.join(_COLUMNS)}, "
            "in this order where there is no header."
        )
    return table.set_index("barcode")


def _join(adata: AnnData, positions: pd.DataFrame, matrix: Path) -> None:
    known = adata.obs_names.isin(positions.index)
    if not known.all():
        raise SemSTError(
            f"{int((~known).sum())} of {adata.n_obs} barcodes in {matrix} have no position (e.g. "
            f"{adata.obs_names[~known][0]}; the positions have e.g. {positions.index[0]}). Counts and "
            "positions must come from the same slice."
        )
    rows = positions.loc[adata.obs_names]
    for column in ("in_tissue", "array_row", "array_col"):
        adata.obs[column] = rows[column].to_numpy()
    adata.obsm[_keys.SPATIAL] = rows[["pxl_col_in_fullres", "pxl_row_in_fullres"]].to_numpy(dtype=np.float64)


def _read_spatial(spatial: Path, load_images: bool) -> dict:
    """Images and scale factors, as far as they are there: domains can be found without."""
    scale = spatial / "scalefactors_json.json"
    if not scale.is_file():
        logger.warning("%s is missing: the images are left out, as nothing says how they are scaled", scale)
        return {"images": {}, "scalefactors": {}}
    images = {}
    if load_images:
        for resolution in ("hires", "lowres"):
            file = spatial / f"tissue_{resolution}_image.png"
            if file.is_file():
                import matplotlib.image  # only pictures need it

                images[resolution] = matplotlib.image.imread(file)
        if not images:
            logger.info("no image of the tissue in %s: pictures will show spots only", spatial)
    return {"images": images, "scalefactors": json.loads(scale.read_text())}


def _h5_attributes(matrix: Path) -> dict[str, str]:
    """Name of the slice, chemistry and version of Space Ranger, where the file notes them."""
    if matrix.is_dir():
        return {}
    with h5py.File(matrix) as file:
        attributes = {
            key: file.attrs[key] for key in ("chemistry_description", "software_version") if key in file.attrs
        }
        if len(names := np.atleast_1d(file.attrs.get("library_ids", []))):
            attributes["library_id"] = names[0]
    return {
        key: value.decode() if isinstance(value, bytes) else str(value) for key, value in attributes.items()
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

"""Readers of slices."""

import gzip
import json
import shutil
import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pandas as pd
import scipy.io
from anndata import AnnData
from scipy import sparse

import semst
from semst.data import read_slice

from .door import Door, digest


@cache
def cortex() -> AnnData:
    adata = semst.datasets.simulated_cortex(n_spots=120, n_genes=60, random_state=0)
    adata.obs["slice"] = pd.Categorical(["a"] * 60 + ["b"] * 60)
    return adata


def read(name: str, folder: Path) -> dict[str, str]:
    """Read a slice as a run would: the file, and the checks of counts, names and coordinates."""
    adata = semst.io.read(folder / name)
    data, kept = read_slice(adata)
    found = {
        "counts": data.counts,
        "genes": list(map(str, data.genes)),
        "spots": adata.obs_names[kept].tolist(),
        "coordinates": data.coordinates,
    }
    for column in ("ground_truth", "slice", "in_tissue", "array_row"):
        found[column] = adata.obs[column].astype(str).tolist() if column in adata.obs else None
    for slide in adata.uns.get("spatial", {}).values():
        found["scale factors"] = sorted(slide.get("scalefactors", {}).items())
        found |= {
            f"image {name}": np.asarray(image) for name, image in sorted(slide.get("images", {}).items())
        }
    return {name: digest(value) for name, value in found.items()}


def _h5ad(folder: Path, *, dense: bool = False, packed: bool = False) -> None:
    adata = cortex().copy()
    if dense:
        adata.X = adata.X.toarray()
    semst.io.write(adata, folder / "slice.h5ad")
    if packed:
        content = (folder / "slice.h5ad").read_bytes()
        (folder / "slice.h5ad").unlink()
        (folder / "slice.h5ad.gz").write_bytes(gzip.compress(content, mtime=0))


def _zarr(folder: Path, *, packed: bool = False, dense: bool = False) -> None:
    adata = cortex().copy()
    if dense:
        adata.X = adata.X.toarray()
    semst.io.write(adata, folder / "slice.zarr")
    if not packed:
        return
    store = folder / "slice.zarr"
    with zipfile.ZipFile(folder / "slice.zarr.zip", "w") as out:
        for file in sorted(store.rglob("*")):
            if file.is_file():
                out.writestr(zipfile.ZipInfo(file.relative_to(store).as_posix()), file.read_bytes())
    shutil.rmtree(store)


def _visium(folder: Path, *, counts: str, positions: str) -> None:
    adata, outs = cortex(), folder / "outs"
    spatial = outs / "spatial"
    spatial.mkdir(parents=True)
    matrix = sparse.csr_matrix(adata.X)
    n_spots, n_genes = matrix.shape
    barcodes = [f"AAACAAGT{i:06d}-1" for i in range(n_spots)]
    ids = [f"ENSG{i:011d}" for i in range(n_genes)]
    symbols = adata.var_names.tolist()
    if counts == "h5":
        with h5py.File(outs / "filtered_feature_bc_matrix.h5", "w") as h5:
            h5.attrs["library_ids"] = np.array([b"slice_7"])
            group = h5.create_group("matrix")
            group.create_dataset("barcodes", data=np.array(barcodes, dtype="S"), compression="gzip")
            group.create_dataset("data", data=matrix.data.astype("i4"), compression="gzip")
            group.create_dataset("indices", data=matrix.indices.astype("i8"), compression="gzip")
            group.create_dataset("indptr", data=matrix.indptr.astype("i8"), compression="gzip")
            group["shape"] = np.array([n_genes, n_spots], dtype="i4")
            features = group.create_group("features")
            features["id"] = np.array(ids, dtype="S")
            features["name"] = np.array(symbols, dtype="S")
            features["feature_type"] = np.array(["Gene Expression"] * n_genes, dtype="S")
            features["genome"] = np.array(["GRCh38"] * n_genes, dtype="S")
    else:
        place = outs / "filtered_feature_bc_matrix"
        place.mkdir()
        scipy.io.mmwrite(place / "matrix.mtx", sparse.coo_matrix(matrix.T.astype(int)))
        rows = zip(ids, symbols, strict=True)
        (place / "features.tsv").write_text("".join(f"{i}\t{s}\tGene Expression\n" for i, s in rows))
        (place / "barcodes.tsv").write_text("".join(f"{one}\n" for one in barcodes))
        for file in sorted(place.iterdir()) if counts == "mtx.gz" else ():
            (place / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            file.unlink()
    table = pd.DataFrame(
        {
            "barcode": barcodes,
            "in_tissue": 1,
            "array_row": adata.obs["array_row"].to_numpy(),
            "array_col": adata.obs["array_col"].to_numpy(),
            "pxl_row_in_fullres": adata.obsm["spatial"][:, 1].round().astype(int),
            "pxl_col_in_fullres": adata.obsm["spatial"][:, 0].round().astype(int),
        }
    )
    if positions == "parquet":
        table.to_parquet(spatial / "tissue_positions.parquet", index=False)
    else:
        table.to_csv(spatial / "tissue_positions.csv", index=False)
    scale = {"spot_diameter_fullres": 96.4, "tissue_hires_scalef": 0.15, "tissue_lowres_scalef": 0.045}
    (spatial / "scalefactors_json.json").write_text(json.dumps(scale))
    for name, size in (("hires", 24), ("lowres", 8)):
        image = np.linspace(0, 1, size * size * 3).reshape(size, size, 3)
        matplotlib.image.imsave(spatial / f"tissue_{name}_image.png", image)


def _slice(name: str, make: Callable[[Path], None], file: str, *targets: str) -> Door:
    return Door(name, make, partial(read, file), targets or ("*",))


_OUTS = partial(_visium, counts="h5", positions="csv")

SLICES = (
    _slice(".h5ad", _h5ad, "slice.h5ad"),
    _slice(".h5ad, dense", partial(_h5ad, dense=True), "slice.h5ad"),
    _slice(".h5ad.gz", partial(_h5ad, packed=True), "slice.h5ad.gz"),
    _slice(".zarr", _zarr, "slice.zarr"),
    _slice(".zarr, dense", partial(_zarr, dense=True), "slice.zarr"),
    _slice(".zarr.zip", partial(_zarr, packed=True), "slice.zarr.zip"),
    _slice("10x .h5", _OUTS, "outs", "*.h5"),
    _slice("10x .mtx", partial(_visium, counts="mtx", positions="csv"), "outs", "*.mtx", "*.tsv"),
    _slice("10x .mtx.gz", partial(_visium, counts="mtx.gz", positions="csv"), "outs", "*.mtx.gz", "*.tsv.gz"),
    _slice("positions .csv", _OUTS, "outs", "*positions*"),
    _slice("positions .parquet", partial(_visium, counts="h5", positions="parquet"), "outs", "*positions*"),
    _slice("image", _OUTS, "outs", "*.png"),
    _slice("scale factors", _OUTS, "outs", "*.json"),
)

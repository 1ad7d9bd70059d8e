"""Readers of slices that other packages have a part in: R objects, SpatialData, folders of platforms."""

import gzip
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from .door import Door
from .slices import cortex, read


def _rds(folder: Path, *, as_: str = "SpatialExperiment", packed: bool = True) -> None:
    """Written by a process of its own: R changes what others can import afterwards."""
    file = folder / "slice.rds"
    cortex().write_h5ad(folder / "slice.h5ad")
    code = f"from semst import io; io.write_rds(io.read('slice.h5ad'), 'slice.rds', as_={as_!r})"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)
    (folder / "slice.h5ad").unlink()
    if not packed:
        file.write_bytes(gzip.decompress(file.read_bytes()))


def _spatialdata(folder: Path) -> None:
    import geopandas
    import spatialdata
    from shapely import Point

    adata = cortex().copy()
    names = adata.obs_names.tolist()
    points = [Point(x, y) for x, y in adata.obsm.pop("spatial")]
    circles = geopandas.GeoDataFrame({"radius": 20.0}, geometry=points, index=names)
    adata.obs["region"] = pd.Categorical(["spots"] * adata.n_obs)
    adata.obs["instance"] = names
    table = spatialdata.models.TableModel.parse(
        adata, region="spots", region_key="region", instance_key="instance"
    )
    shapes = spatialdata.models.ShapesModel.parse(circles)
    spatialdata.SpatialData(shapes={"spots": shapes}, tables={"table": table}).write(folder / "slice.zarr")


def _xenium(folder: Path) -> None:
    adata = cortex()
    ids = [f"aaaa{i:04d}-1" for i in range(adata.n_obs)]
    counts = sparse.csr_matrix(adata.X)
    with h5py.File(folder / "cell_feature_matrix.h5", "w") as h5:
        matrix = h5.create_group("matrix")
        matrix["barcodes"] = np.array(ids, dtype="S")
        matrix["data"], matrix["shape"] = counts.data.astype("i4"), np.array(counts.shape[::-1], "i4")
        matrix["indices"], matrix["indptr"] = counts.indices.astype("i8"), counts.indptr.astype("i8")
        features = matrix.create_group("features")
        features["id"] = np.array([f"E{i}" for i in range(adata.n_vars)], dtype="S")
        features["name"] = np.array(adata.var_names.tolist(), dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * adata.n_vars, dtype="S")
        features["genome"] = np.array(["Unknown"] * adata.n_vars, dtype="S")
    xy = adata.obsm["spatial"]
    cells = {"cell_id": ids, "x_centroid": xy[:, 0], "y_centroid": xy[:, 1], "cell_area": 9.0}
    pd.DataFrame(cells).to_parquet(folder / "cells.parquet")
    (folder / "experiment.xenium").write_text(
        json.dumps({"analysis_sw_version": "xenium-2.0.0.10", "pixel_size": 0.2125})
    )


def _cosmx(folder: Path) -> None:
    adata = cortex()
    keys = pd.DataFrame({"fov": 1, "cell_ID": np.arange(1, adata.n_obs + 1)})
    counts = pd.DataFrame(adata.X.toarray().astype(int), columns=adata.var_names)
    pd.concat([keys, counts], axis=1).to_csv(folder / "S_exprMat_file.csv", index=False)
    places = pd.DataFrame(adata.obsm["spatial"], columns=["CenterX_local_px", "CenterY_local_px"])
    places["CenterX_global_px"] = places["CenterX_local_px"]
    places["CenterY_global_px"] = places["CenterY_local_px"]
    pd.concat([keys, places], axis=1).to_csv(folder / "S_metadata_file.csv", index=False)


def _merscope(folder: Path) -> None:
    adata = cortex()
    names = [f"11000{i}" for i in range(adata.n_obs)]
    counts = pd.DataFrame(adata.X.toarray().astype(int), columns=adata.var_names, index=names)
    counts.rename_axis("cell").to_csv(folder / "S_cell_by_gene.csv")
    places = pd.DataFrame(adata.obsm["spatial"], columns=["center_x", "center_y"], index=names)
    places.assign(fov=0, volume=1.0).to_csv(folder / "S_cell_metadata.csv")


def _door(name: str, make: object, file: str = ".", *targets: str) -> Door:
    return Door(name, make, partial(read, file), targets or ("*",))  # type: ignore[arg-type]


MORE_SLICES = (
    _door(".rds, SpatialExperiment", partial(_rds, packed=False), "slice.rds"),
    _door(".rds, Seurat", partial(_rds, as_="Seurat", packed=False), "slice.rds"),
    _door(".rds, packed", _rds, "slice.rds"),
    _door("SpatialData", _spatialdata, "slice.zarr"),
    _door("Xenium", _xenium),
    _door("CosMx", _cosmx),
    _door("MERSCOPE", _merscope),
)

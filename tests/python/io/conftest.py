"""Small stand-ins for what the readers read, written by the tests themselves."""

import gzip
import json
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import scipy.io
from scipy import sparse

BARCODES = [f"{stem}-1" for stem in ("AAACAAGT", "AAACAATC", "AAACACCA", "AAACAGAG", "AAACAGCT")]
SYMBOLS = ["MBP", "SNAP25", "TBCE", "TBCE"]
GENE_IDS = ["ENSG00000197971", "ENSG00000132639", "ENSG00000116957", "ENSG00000284770"]
COUNTS = np.array([[3, 0, 1, 0], [0, 2, 0, 0], [0, 0, 0, 4], [7, 1, 0, 0], [0, 0, 2, 1]])
IN_TISSUE = [1, 1, 0, 1, 1]
PIXELS = np.array([[8468, 9791], [2807, 5769], [9505, 4068], [4151, 9271], [7583, 3393]])  # row, column
COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"]


def positions() -> pd.DataFrame:
    """All positions, in another order than the counts, with one barcode that has no counts."""
    table = pd.DataFrame(
        {
            "barcode": BARCODES,
            "in_tissue": IN_TISSUE,
            "array_row": [50, 3, 59, 14, 43],
            "array_col": [102, 43, 19, 94, 9],
            "pxl_row_in_fullres": PIXELS[:, 0],
            "pxl_col_in_fullres": PIXELS[:, 1],
        }
    )
    other = table.iloc[[0]].assign(barcode="TTTGTTTG-1", in_tissue=0)
    return pd.concat([other, table.iloc[::-1]], ignore_index=True)


def write_positions(spatial: Path, kind: str) -> None:
    table = positions()
    if kind == "header":
        table.to_csv(spatial / "tissue_positions.csv", index=False)
    elif kind == "no header":
        table.to_csv(spatial / "tissue_positions_list.csv", index=False, header=False)
    elif kind == "parquet":
        table.to_parquet(spatial / "tissue_positions.parquet", index=False)


def write_h5(file: Path) -> None:
    matrix = sparse.csc_matrix(COUNTS.T)
    with h5py.File(file, "w") as h5:
        h5.attrs["library_ids"] = np.array([b"slice_7"])
        h5.attrs["chemistry_description"] = "Spatial 3' v1"
        h5.attrs["software_version"] = b"spaceranger-2.1.0"
        group = h5.create_group("matrix")
        group["barcodes"] = np.array(BARCODES, dtype="S")
        group["data"] = matrix.data.astype("int32")
        group["indices"] = matrix.indices.astype("int64")
        group["indptr"] = matrix.indptr.astype("int64")
        group["shape"] = np.array(matrix.shape, dtype="int32")
        features = group.create_group("features")
        features["id"] = np.array(GENE_IDS, dtype="S")
        features["name"] = np.array(SYMBOLS, dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * 4, dtype="S")
        features["genome"] = np.array(["GRCh38"] * 4, dtype="S")


def write_mtx(folder: Path) -> None:
    folder.mkdir()
    plain = folder / "matrix.mtx"
    scipy.io.mmwrite(plain, sparse.coo_matrix(COUNTS.T))
    with gzip.open(folder / "matrix.mtx.gz", "wb") as out:
        out.write(plain.read_bytes())
    plain.unlink()
    with gzip.open(folder / "barcodes.tsv.gz", "wt") as out:
        out.writelines(f"{barcode}\n" for barcode in BARCODES)
    with gzip.open(folder / "features.tsv.gz", "wt") as out:
        out.writelines(f"{i}\t{s}\tGene Expression\n" for i, s in zip(GENE_IDS, SYMBOLS, strict=True))


def write_images(spatial: Path) -> None:
    scale = {"spot_diameter_fullres": 96.4, "tissue_hires_scalef": 0.15, "tissue_lowres_scalef": 0.045}
    (spatial / "scalefactors_json.json").write_text(json.dumps(scale))
    for name, size in (("hires", 20), ("lowres", 6)):
        image = np.linspace(0, 1, size * size * 3).reshape(size, size, 3)
        matplotlib.image.imsave(spatial / f"tissue_{name}_image.png", image)


@pytest.fixture
def make_outs(tmp_path):
    """Write a folder as Space Ranger does: ``make_outs(matrix="h5"|"mtx"|None, positions="header"|...)``."""

    def make(*, matrix: str | None = "h5", positions: str = "header", images: bool = True) -> Path:
        outs = tmp_path / "brain" / "outs"
        spatial = outs / "spatial"
        spatial.mkdir(parents=True)
        if matrix == "h5":
            write_h5(outs / "filtered_feature_bc_matrix.h5")
        elif matrix == "mtx":
            write_mtx(outs / "filtered_feature_bc_matrix")
        write_positions(spatial, positions)
        if images:
            write_images(spatial)
        return outs

    return make


@pytest.fixture
def log(caplog, monkeypatch):
    """What the package has told the user."""
    monkeypatch.setattr("semst._log.logger.propagate", True)
    return caplog

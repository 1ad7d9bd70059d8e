"""Folders of other platforms: how they are recognised, and how spatialdata-io reads them."""

import gzip
import json
import shutil
import subprocess
import sys

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from semst import MissingDependencyError, SemSTError
from semst.io import read
from semst.io._platforms import platform_of

XY = np.array([[10.0, 20], [30, 25], [50, 60], [5, 90]])
COUNTS = np.array([[3, 0, 1], [0, 2, 0], [7, 1, 0], [0, 0, 2]])
GENES = ["MBP", "GFAP", "SNAP25"]


def xenium(folder):
    ids = [f"aaaaaaa{c}-1" for c in "bcde"]
    counts = sparse.csc_matrix(np.column_stack([COUNTS, np.ones((4, 1), dtype=int)]).T)
    with h5py.File(folder / "cell_feature_matrix.h5", "w") as h5:
        matrix = h5.create_group("matrix")
        matrix["barcodes"] = np.array(ids, dtype="S")
        matrix["data"], matrix["shape"] = counts.data.astype("i4"), np.array(counts.shape, "i4")
        matrix["indices"], matrix["indptr"] = counts.indices.astype("i8"), counts.indptr.astype("i8")
        features = matrix.create_group("features")
        features["id"] = np.array(["E1", "E2", "E3", "NegControlProbe_1"], dtype="S")
        features["name"] = np.array([*GENES, "NegControlProbe_1"], dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * 3 + ["Negative Control Probe"], dtype="S")
        features["genome"] = np.array(["Unknown"] * 4, dtype="S")
    cells = {
        "cell_id": ids,
        "x_centroid": XY[:, 0],
        "y_centroid": XY[:, 1],
        "cell_area": 9.0,
        "nucleus_area": 2.0,
    }
    pd.DataFrame(cells).to_parquet(folder / "cells.parquet")
    specs = {"analysis_sw_version": "xenium-2.0.0.10", "pixel_size": 0.2125}
    (folder / "experiment.xenium").write_text(json.dumps(specs))


def cosmx(folder):
    keys = pd.DataFrame({"fov": [1, 1, 1, 2, 2, 2], "cell_ID": [1, 2, 3, 1, 2, 3]})
    counts = np.vstack([COUNTS, COUNTS[:2]])
    pd.concat([keys, pd.DataFrame(counts, columns=GENES)], axis=1).to_csv(
        folder / "S_exprMat_file.csv", index=False
    )
    local = np.array([[1.0, 1], [5, 1], [1, 7]] * 2)
    places = pd.DataFrame(local, columns=["CenterX_local_px", "CenterY_local_px"])
    places["CenterX_global_px"] = local[:, 0] + [0, 0, 0, 100, 100, 100]
    places["CenterY_global_px"] = local[:, 1]
    pd.concat([keys, places], axis=1).to_csv(folder / "S_metadata_file.csv", index=False)
    pd.DataFrame({"fov": [1, 2], "x_global_px": [0, 100], "y_global_px": [0, 0]}).to_csv(
        folder / "S_fov_positions_file.csv", index=False
    )
    (folder / "CellComposite").mkdir()
    (folder / "CellLabels").mkdir()


def merscope(folder):
    ids = [f"10{i}" for i in range(4)]
    table = pd.DataFrame(COUNTS, columns=GENES, index=pd.Index(ids, name="cell")).assign(**{"Blank-1": 1})
    table.to_csv(folder / "cell_by_gene.csv")
    places = pd.DataFrame(XY, columns=["center_x", "center_y"], index=pd.Index(ids, name="EntityID")).assign(
        fov=0
    )
    places.to_csv(folder / "cell_metadata.csv")
    (folder / "cell_boundaries.parquet").touch()
    (folder / "images").mkdir()
    np.savetxt(folder / "images" / "micron_to_mosaic_pixel_transform.csv", np.eye(3))


def curio(folder):
    slots = {"spatial": XY, "X_spatial": XY}
    obs, var = pd.DataFrame(index=list("abcd")), pd.DataFrame(index=GENES)
    ad.AnnData(sparse.csr_matrix(COUNTS), obs=obs, var=var, obsm=slots).write_h5ad(folder / "P_anndata.h5ad")
    (folder / "P_cluster_assignment.txt").write_text("a\t1\nb\t1\nc\t2\nd\t2\n")
    (folder / "P_Metrics.csv").write_text("Metric,Value,Category\nreads,9,seq\n")
    (folder / "P_variable_features_clusters.txt").write_text("gene\tcluster\nMBP\t1\n")
    (folder / "P_variable_features_spatial_moransi.txt").write_text("I\tp\nMBP\t0.5\t0.1\n")


WRITERS = {"Xenium": xenium, "MERSCOPE": merscope, "CosMx": cosmx}


def test_a_folder_of_curio_seeker_is_read_by_its_table(tmp_path):
    curio(tmp_path)
    adata = read(tmp_path)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    np.testing.assert_array_equal(adata.obsm["spatial"], XY)


@pytest.fixture
def bundle(request, tmp_path):
    folder = tmp_path / "slide" / "region_0"
    folder.mkdir(parents=True)
    WRITERS[request.param](folder)
    return folder


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        (["experiment.xenium"], "Xenium"),
        (["GSM1_cell_feature_matrix.h5", "GSM1_cells.csv.gz"], "Xenium"),
        (["cell_feature_matrix.h5", "cells.parquet"], "Xenium"),
        (["cell_feature_matrix.h5"], None),
        (["A_exprMat_file.csv", "A_metadata_file.csv"], "CosMx"),
        (["A_exprMat_file.csv.gz", "A_metadata_file.csv.gz"], "CosMx"),
        (["A_exprMat_file.csv"], None),
        (["cell_by_gene.csv", "cell_metadata.csv"], "MERSCOPE"),
        (["mouse_cell_by_gene_S1R1.csv", "mouse_cell_metadata_S1R1.csv"], "MERSCOPE"),
        (["cell_by_gene.csv"], None),
        (["02.count/"], "Stereo-seq"),
        (["041.cellcut/"], "Stereo-seq"),
        (["P1_anndata.h5ad"], None),
        (["quantification/", "markers.csv"], "MCMICRO"),
        (["quantification/"], None),
        (["filtered_feature_bc_matrix.h5", "spatial/"], None),
        (["._experiment.xenium"], None),
        ([], None),
    ],
)
def test_folders_are_known_by_their_files(names, platform, tmp_path):
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    found = platform_of(tmp_path)
    assert (found.name if found else None) == platform


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        (["A_exprMat_file.csv", "A_metadata_file.csv"], "CosMx"),
        (["02.count/"], "Stereo-seq"),
    ],
)
def test_without_the_package_the_extra_is_named(names, platform, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spatialdata_io", None)
    monkeypatch.setitem(sys.modules, "squidpy", None)
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    with pytest.raises(
        MissingDependencyError, match=rf"a folder of {platform}: .*needs.*pip install 'semst\[platforms\]'"
    ):
        read(tmp_path)


def test_nothing_of_it_is_imported_with_semst():
    code = "import sys, semst, semst.io; assert not {'spatialdata_io', 'spatialdata'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def needs_package():
    pytest.importorskip("spatialdata_io", reason="the optional package spatialdata-io is not installed")


@pytest.mark.parametrize("bundle", ["Xenium", "MERSCOPE"], indirect=True)
@pytest.mark.parametrize("above", [False, True])
def test_tables_of_platforms(bundle, above):
    needs_package()
    adata = read(bundle.parent if above else bundle)
    values = adata.X.toarray() if sparse.issparse(adata.X) else np.asarray(adata.X)
    np.testing.assert_array_equal(values, COUNTS)
    assert adata.var_names.tolist() == GENES and adata.uns["spatial_unit"] == "micrometre"
    np.testing.assert_allclose(adata.obsm["spatial"], XY)


@pytest.mark.parametrize("bundle", ["Xenium"], indirect=True)
@pytest.mark.parametrize("file", ["experiment.xenium", "cell_feature_matrix.h5"])
def test_a_file_of_a_bundle_leads_to_it(bundle, file):
    assert read(bundle / file).shape == (4, 3)


@pytest.mark.parametrize("bundle", ["CosMx"], indirect=True)
def test_fields_of_view_of_cosmx_do_not_lie_on_top_of_each_other(bundle):
    needs_package()
    adata = read(bundle)
    assert adata.obsm["spatial"].tolist() == [[1, 1], [5, 1], [1, 7], [101, 1], [105, 1], [101, 7]]
    assert "spatial_unit" not in adata.uns  # pixels of a size that it does not say


def gzipped(file):
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()


@pytest.mark.parametrize("bundle", ["CosMx", "MERSCOPE"], indirect=True)
@pytest.mark.parametrize("packed", [False, True])
def test_flat_files_are_enough(bundle, packed):
    """What repositories keep of a slide: tables, without fields of view, images and outlines."""
    needs_package()
    for place in list(bundle.iterdir()):
        if place.is_dir():
            shutil.rmtree(place)
        elif not any(part in place.name for part in platform_of(bundle).files):
            place.unlink()
        elif packed:
            gzipped(place)
    adata = read(bundle)
    assert adata.var_names.tolist() == GENES and "spatial" not in adata.uns
    np.testing.assert_array_equal(adata.X.toarray()[:3], COUNTS[:3])
    assert np.isfinite(adata.obsm["spatial"]).all()


@pytest.mark.parametrize("bundle", ["CosMx"], indirect=True)
def test_images_of_fields_of_view_are_not_loaded(bundle):
    needs_package()
    (bundle / "CellComposite" / "CellComposite_F001.jpg").write_bytes(b"no image")
    assert "spatial" not in read(bundle).uns


@pytest.mark.parametrize("bundle", ["CosMx", "MERSCOPE"], indirect=True)
def test_two_slides_in_a_folder_are_told_apart_by_the_user(bundle):
    needs_package()
    part = platform_of(bundle).files[0]
    file = next(place for place in bundle.iterdir() if part in place.name)
    shutil.copy(file, bundle / f"other_{file.name}")
    with pytest.raises(
        SemSTError, match=rf"holds 2 files with {part}\S* in their names: .*folder of its own"
    ):
        read(bundle)


@pytest.mark.parametrize("bundle", ["Xenium"], indirect=True)
@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz", "bytes"])
def test_two_files_of_a_xenium_are_enough(bundle, kind):
    cells = pd.read_parquet(bundle / "cells.parquet").iloc[::-1]  # by names, not by order
    for place in list(bundle.iterdir()):
        if place.name != "cell_feature_matrix.h5":
            place.unlink()
    if kind in ("parquet", "bytes"):
        if kind == "bytes":  # as the instrument's first versions wrote them
            cells["cell_id"] = cells["cell_id"].str.encode("ascii")
        cells.to_parquet(bundle / "cells.parquet")
    else:
        cells.to_csv(bundle / f"GSM1_cells.{kind}")
    (bundle / "cell_feature_matrix.h5").rename(bundle / "GSM1_cell_feature_matrix.h5")
    adata = read(bundle)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    np.testing.assert_array_equal(adata.obsm["spatial"], XY)
    assert adata.var_names.tolist() == GENES
    assert set(adata.obs) == {"cell_id", "x_centroid", "y_centroid", "cell_area", "nucleus_area"}


@pytest.mark.parametrize("bundle", ["Xenium"], indirect=True)
def test_cells_of_another_xenium_are_refused(bundle):
    (bundle / "experiment.xenium").unlink()
    cells = pd.read_parquet(bundle / "cells.parquet")
    cells.assign(cell_id=[*cells["cell_id"][:3], "zzz"]).to_parquet(bundle / "cells.parquet")
    with pytest.raises(SemSTError, match=r"1 of 4 cells of the counts are not in cells\.parquet"):
        read(bundle)
    cells.drop(columns="y_centroid").to_parquet(bundle / "cells.parquet")
    with pytest.raises(SemSTError, match=r"cells\.parquet has no column y_centroid\. It has: cell_id"):
        read(bundle)


@pytest.mark.parametrize("bundle", list(WRITERS), indirect=True)
def test_a_bundle_with_a_part_missing_is_an_error_in_a_line(bundle):
    needs_package()
    known = platform_of(bundle)
    for place in bundle.iterdir():
        if place.is_file() and not any(part in place.name for part in known.files):
            place.unlink()
    for place in bundle.iterdir():
        if place.is_file():
            place.write_bytes(b"")
    with pytest.raises(
        SemSTError, match=r"region_0.* a folder of .*(Copy it whole|has no file with)"
    ) as caught:
        read(bundle)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bundle", ["Xenium"], indirect=True)
def test_counts_that_lack_a_part_are_an_error_in_a_line(bundle):
    with h5py.File(bundle / "cell_feature_matrix.h5", "a") as h5:
        del h5["matrix/indices"]
    with pytest.raises(SemSTError, match=r"a folder of Xenium: .*'indices' doesn't exist") as refused:
        read(bundle)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("bundle", ["Xenium"], indirect=True)
def test_a_gene_beyond_the_matrix_is_an_error_in_a_line(bundle):
    """Followed, it would be read from foreign memory."""
    with h5py.File(bundle / "cell_feature_matrix.h5", "a") as h5:
        h5["matrix/indices"][0] = 10**12
    with pytest.raises(SemSTError, match=r"a folder of Xenium: .*indices must be < 4"):
        read(bundle)


@pytest.mark.parametrize("bundle", ["Xenium", "CosMx", "MERSCOPE"], indirect=True)
def test_a_header_without_names_is_an_error_in_a_line(bundle):
    """And no minutes in which pandas tells 100,000 columns apart."""
    if (bundle / "cells.parquet").exists():
        (bundle / "cells.parquet").rename(bundle / "cells.csv")
    else:
        needs_package()
    file = next(place for place in bundle.iterdir() if "cells.csv" in place.name or "metadata" in place.name)
    file.write_text("," * 100_000)
    with pytest.raises(SemSTError, match=r"no table with a header: in its first line 100001 of 100001"):
        read(bundle)

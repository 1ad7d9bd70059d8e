"""The one door, anndata's own files, and what is turned away."""

import shutil

import anndata as ad
import h5py
import numpy as np
import pytest
from scipy import sparse

from semst import SemSTError
from semst.io import read, read_h5ad, read_zarr


@pytest.fixture
def adata():
    xy = np.array([[0.0, 0], [1, 0], [0, 1]])
    return ad.AnnData(sparse.csr_matrix(np.arange(6.0).reshape(3, 2)), obsm={"spatial": xy})


def same(one: ad.AnnData, other: ad.AnnData) -> bool:
    return bool(
        (one.X.toarray() == other.X.toarray()).all() and (one.obsm["spatial"] == other.obsm["spatial"]).all()
    )


def test_an_anndata_passes_through(adata):
    assert read(adata) is adata


def test_h5ad_by_text_and_path(adata, tmp_path):
    file = tmp_path / "slice.h5ad"
    adata.write_h5ad(file)
    assert same(read(file), adata)
    assert same(read(str(file)), adata)


def test_h5ad_can_stay_on_disk(adata, tmp_path):
    adata.write_h5ad(tmp_path / "slice.h5ad")
    backed = read_h5ad(tmp_path / "slice.h5ad", backed=True)
    assert backed.isbacked
    backed.file.close()


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", ["slice.zarr", "slice"])
def test_zarr_with_and_without_ending(adata, tmp_path, zarr_format, name):
    with ad.settings.override(zarr_write_format=zarr_format):
        adata.write_zarr(tmp_path / name)
    assert same(read(tmp_path / name), adata)


@pytest.mark.parametrize("above", [False, True])
def test_visium_folder(make_outs, above):
    outs = make_outs()
    assert read(outs.parent if above else outs).shape == (4, 4)


def test_visium_hd_folder_reaches_its_own_message(tmp_path):
    (tmp_path / "binned_outputs" / "square_008um").mkdir(parents=True)
    with pytest.raises(SemSTError, match="Visium HD"):
        read(tmp_path)


@pytest.mark.parametrize("reader", [read, read_h5ad, read_zarr])
def test_nothing_there(reader, adata, tmp_path):
    adata.write_h5ad(tmp_path / "slice1.h5ad")
    with pytest.raises(
        SemSTError, match=r"There is no .*slice2\.h5ad\. In that folder there are: slice1\.h5ad\."
    ):
        reader(tmp_path / "slice2.h5ad")
    with pytest.raises(
        SemSTError, match=r"There is no .*x\.h5ad\. The folder .*nowhere does not exist either\."
    ):
        reader(tmp_path / "nowhere" / "x.h5ad")


def test_unknown_ending(tmp_path):
    (tmp_path / "slice.xyz").touch()
    with pytest.raises(
        SemSTError, match=r'slice\.xyz has the unknown ending "\.xyz"\. Accepted: an \.h5ad.*zarr.*outs/'
    ):
        read(tmp_path / "slice.xyz")


def test_counts_alone_lack_coordinates(tmp_path):
    (tmp_path / "filtered_feature_bc_matrix.h5").touch()
    with pytest.raises(SemSTError, match=r"holds counts at most, but no coordinates\. Give the folder outs/"):
        read(tmp_path / "filtered_feature_bc_matrix.h5")


def test_other_folders_and_objects(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(
        SemSTError, match=r"nothing that can be read\. It holds: notes\.txt\. Accepted: an \.h5ad"
    ):
        read(tmp_path)
    with pytest.raises(SemSTError, match=r"^Cannot read a ndarray\. Accepted: an \.h5ad"):
        read(np.ones((2, 2)))


@pytest.mark.parametrize("kind", ["torn", "text", "other hdf5"])
def test_unreadable_h5ad(adata, tmp_path, kind):
    file = tmp_path / "slice.h5ad"
    adata.write_h5ad(file)
    if kind == "torn":
        file.write_bytes(file.read_bytes()[:3000])
    elif kind == "text":
        file.write_text("Not Found")
    else:
        with h5py.File(file, "w") as h5:
            h5["matrix/data"] = [1, 2]
    with pytest.raises(
        SemSTError, match=r"slice\.h5ad cannot be read as an \.h5ad file \(.+\)\. It may be incomp"
    ):
        read(file)


@pytest.mark.parametrize("kind", ["empty", "torn"])
def test_unreadable_zarr(adata, tmp_path, kind):
    store = tmp_path / "slice.zarr"
    if kind == "empty":
        store.mkdir()
    else:
        adata.write_zarr(store)
        (store / ".zmetadata").unlink()
        shutil.rmtree(store / "X" / "indices")
    with pytest.raises(SemSTError, match=r"slice\.zarr cannot be read as a \.zarr store of an AnnData"):
        read(store)


def test_table_key_only_for_spatialdata(adata, tmp_path):
    adata.write_h5ad(tmp_path / "slice.h5ad")
    with pytest.raises(
        SemSTError, match=r'table_key="cells" was given, but an AnnData in memory is no SpatialData'
    ):
        read(adata, table_key="cells")
    with pytest.raises(SemSTError, match=r"slice\.h5ad is no SpatialData\. Leave it out"):
        read(tmp_path / "slice.h5ad", table_key="cells")


@pytest.mark.real_data
def test_a_real_slice(shared_data):
    adata = read(shared_data / "her2st_A1.h5ad")
    assert adata.shape == (346, 15045)

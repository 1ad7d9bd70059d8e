"""Tables of SpatialData objects and stores."""

import subprocess
import sys

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from semst import MissingKeyError, SemSTError
from semst.io import from_spatialdata, read, read_zarr

spatialdata = pytest.importorskip("spatialdata", reason="the optional package spatialdata is not installed")
from spatialdata.models import Labels2DModel, ShapesModel, TableModel  # noqa: E402
from spatialdata.transformations import Scale  # noqa: E402

XY = np.array([[10.0, 20], [30, 20], [20, 40], [50, 60]])
IDS = [7, 3, 5, 9]


def shapes(xy=XY, ids=IDS, **options):
    return ShapesModel.parse(xy, geometry=0, radius=2.0, index=pd.Index(ids), **options)


def table(regions, instances, **slots) -> ad.AnnData:
    obs = pd.DataFrame(
        {"region": pd.Categorical(regions), "instance": instances},
        index=[f"c{i}" for i in range(len(instances))],
    )
    adata = ad.AnnData(np.arange(2.0 * len(obs)).reshape(-1, 2), obs=obs, **slots)
    return TableModel.parse(adata, region=sorted(set(regions)), region_key="region", instance_key="instance")


@pytest.fixture
def one_region():
    order = [5, 7, 9, 3]  # rows of the table stand in another order than the shapes
    return spatialdata.SpatialData(shapes={"spots": shapes()}, tables={"table": table(["spots"] * 4, order)})


def test_coordinates_from_the_centroids_of_the_shapes(one_region):
    adata = from_spatialdata(one_region)
    np.testing.assert_allclose(adata.obsm["spatial"], XY[[2, 0, 3, 1]])
    np.testing.assert_array_equal(adata.X, np.arange(8.0).reshape(4, 2))
    assert "sample" not in adata.obs
    assert "spatial" not in one_region.tables["table"].obsm  # the object given is left as it was


def test_coordinates_are_those_of_the_common_system():
    scaled = shapes(transformations={"global": Scale([2.0, 3.0], axes=("x", "y"))})
    sdata = spatialdata.SpatialData(shapes={"spots": scaled}, tables={"table": table(["spots"] * 4, IDS)})
    np.testing.assert_allclose(from_spatialdata(sdata).obsm["spatial"], XY * [2, 3])


def test_coordinates_without_a_system_called_global():
    aligned = shapes(transformations={"aligned": Scale([10.0, 10.0], axes=("x", "y"))})
    sdata = spatialdata.SpatialData(shapes={"spots": aligned}, tables={"table": table(["spots"] * 4, IDS)})
    np.testing.assert_allclose(from_spatialdata(sdata).obsm["spatial"], XY * 10)


def test_coordinates_from_labels():
    image = np.zeros((8, 8), dtype=np.int32)
    image[0:2, 0:2] = 4
    image[4:8, 2:4] = 6
    labels = Labels2DModel.parse(image, dims=("y", "x"))
    sdata = spatialdata.SpatialData(labels={"cells": labels}, tables={"table": table(["cells"] * 2, [6, 4])})
    np.testing.assert_allclose(from_spatialdata(sdata).obsm["spatial"], [[3, 6], [1, 1]])


def test_coordinates_of_the_table_win():
    own = np.array([[1.0, 1], [2, 1], [3, 1], [4, 1]])
    sdata = spatialdata.SpatialData(
        shapes={"spots": shapes()}, tables={"table": table(["spots"] * 4, IDS, obsm={"spatial": own})}
    )
    np.testing.assert_array_equal(from_spatialdata(sdata).obsm["spatial"], own)


def test_several_regions_become_samples(log):
    sdata = spatialdata.SpatialData(
        shapes={"left": shapes(), "right": shapes(XY + 1000)},
        tables={"table": table(["right", "left", "left", "right"], [7, 7, 9, 3])},
    )
    adata = from_spatialdata(sdata)
    np.testing.assert_allclose(adata.obsm["spatial"], [XY[0] + 1000, XY[0], XY[3], XY[1] + 1000])
    assert adata.obs["sample"].tolist() == ["right", "left", "left", "right"]
    assert 'spans 2 regions: added obs["sample"]' in log.text


def test_a_sample_column_of_the_user_is_kept(log):
    regions = table(["right", "left"], [7, 7])
    regions.obs["sample"] = ["p1", "p2"]
    sdata = spatialdata.SpatialData(shapes={"left": shapes(), "right": shapes()}, tables={"table": regions})
    assert from_spatialdata(sdata).obs["sample"].tolist() == ["p1", "p2"]
    assert 'told apart by obs["region"]' in log.text


def test_choice_of_the_table():
    tables = {"cells": table(["spots"] * 4, IDS), "bins": table(["spots"] * 2, IDS[:2])}
    sdata = spatialdata.SpatialData(shapes={"spots": shapes()}, tables=tables)
    with pytest.raises(
        SemSTError, match=r'holds 2 tables: "(cells|bins)", "(cells|bins)"\. Choose one \(table_k'
    ):
        from_spatialdata(sdata)
    assert from_spatialdata(sdata, table_key="bins").n_obs == 2
    with pytest.raises(MissingKeyError, match=r'The SpatialData has no "nuclei"\. It has: "(cells|bins)"'):
        from_spatialdata(sdata, table_key="nuclei")


def test_no_table():
    with pytest.raises(SemSTError, match=r"holds no table, so no counts\. Aggregate the transcripts"):
        from_spatialdata(spatialdata.SpatialData(shapes={"spots": shapes()}))


def test_no_way_to_coordinates():
    alone = spatialdata.SpatialData(tables={"table": TableModel.parse(ad.AnnData(np.ones((2, 2))))})
    with pytest.raises(
        SemSTError, match=r'No coordinates: the table has no obsm\["spatial"\] and annotates no reg'
    ):
        from_spatialdata(alone)


@pytest.mark.filterwarnings("ignore:The table is annotating")
def test_regions_and_elements_that_are_missing():
    absent = spatialdata.SpatialData(shapes={"other": shapes()}, tables={"table": table(["spots"] * 4, IDS)})
    with pytest.raises(
        SemSTError, match=r'table annotates "spots", which .* does not hold\. It has: "other"'
    ):
        from_spatialdata(absent)
    too_many = spatialdata.SpatialData(
        shapes={"spots": shapes()}, tables={"table": table(["spots"] * 3, [7, 99, 3])}
    )
    with pytest.raises(
        SemSTError, match=r'No coordinates for 1 of 3 rows of the table: "spots" has no element 99'
    ):
        from_spatialdata(too_many)


def test_stores_and_the_one_door(one_region, tmp_path):
    store = tmp_path / "slice.zarr"
    one_region.write(store)
    for adata in (from_spatialdata(store), from_spatialdata(str(store)), read(store), read(one_region)):
        np.testing.assert_allclose(adata.obsm["spatial"], XY[[2, 0, 3, 1]])
    assert read(store, table_key="table").n_obs == 4
    with pytest.raises(MissingKeyError, match="nuclei"):
        read(store, table_key="nuclei")
    with pytest.raises(SemSTError, match=r"is a SpatialData store, not a single AnnData.*from_spatialdata"):
        read_zarr(store)


def test_missing_and_torn_stores(one_region, tmp_path):
    with pytest.raises(SemSTError, match=r"There is no .*slice\.zarr"):
        from_spatialdata(tmp_path / "slice.zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(SemSTError, match=r"empty\.zarr cannot be read as a SpatialData store"):
        from_spatialdata(tmp_path / "empty.zarr")


def test_spatialdata_is_not_imported_without_need():
    code = "import sys, semst.io, semst.datasets; sys.exit('spatialdata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_a_store_of_the_first_versions_is_known_by_its_folders(one_region, tmp_path):
    formats = pytest.importorskip("spatialdata._io.format", reason="this version keeps formats elsewhere")
    store = tmp_path / "old.zarr"
    one_region.write(store, sdata_formats=formats.SpatialDataContainerFormatV01())
    (store / ".zattrs").unlink()
    (store / ".zmetadata").unlink(missing_ok=True)
    assert read(store).n_obs == 4
    ad.AnnData(np.ones((2, 2)), uns={"images": 1}).write_zarr(tmp_path / "lone.zarr")
    assert read(tmp_path / "lone.zarr").n_obs == 2

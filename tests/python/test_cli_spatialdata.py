"""Commands on SpatialData stores: everything that is no table stays where it was."""

import shutil

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import app

spatialdata = pytest.importorskip("spatialdata", reason="the optional package spatialdata is not installed")
from spatialdata.models import Image2DModel, ShapesModel, TableModel  # noqa: E402

FAST = ("--cluster", "mixture", "--n-starts", 4, "--no-explain", "-q")


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def whole():
    adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=60)
    xy = adata.obsm.pop("spatial")
    ids = np.arange(adata.n_obs)
    adata.obs["region"], adata.obs["instance"] = pd.Categorical(["spots"] * adata.n_obs), ids
    linked = TableModel.parse(adata, region="spots", region_key="region", instance_key="instance")
    other = TableModel.parse(ad.AnnData(np.ones((2, 2), dtype=np.float32)))
    photo = np.random.default_rng(0).integers(0, 255, (3, 40, 30), dtype=np.uint8)
    return spatialdata.SpatialData(
        images={"photo": Image2DModel.parse(photo)},
        shapes={"spots": ShapesModel.parse(xy, geometry=0, radius=40.0, index=pd.Index(ids))},
        tables={"table": linked, "other": other},
    )


@pytest.fixture
def store(whole, tmp_path):
    whole.write(tmp_path / "slice.zarr", update_sdata_path=False)
    return tmp_path / "slice.zarr"


def check(place, whole) -> ad.AnnData:
    """Everything is there but for the results in the table, which is given back."""
    found = spatialdata.read_zarr(place)
    assert {name for _, name, _ in found.gen_elements()} == {"photo", "spots", "table", "other"}
    np.testing.assert_array_equal(found["photo"].to_numpy(), whole["photo"].to_numpy())
    pd.testing.assert_frame_equal(pd.DataFrame(found["spots"]), pd.DataFrame(whole["spots"]))
    np.testing.assert_array_equal(found["other"].X, whole["other"].X)
    return found["table"]


def test_run_writes_a_store_with_everything_and_a_second_command_goes_on_with_it(whole, store, tmp_path):
    out = tmp_path / "out.zarr"
    done = call("run", store, "--n-domains", 3, "--out", out, "--table-key", "table", *FAST)
    assert done.exit_code == 0, done.output
    assert f"labelled slice  {out}" in done.output
    assert check(out, whole).obs["semst"].nunique() == 3
    assert "semst" not in check(store, whole).obs
    done = call("cut", out, "--n", 2, "--out", out, "--table-key", "table", "-q")
    assert done.exit_code == 2 and "is the input itself" in done.output and "--overwrite" in done.output
    done = call("cut", out, "--n", 2, "--out", out, "--table-key", "table", "--overwrite", "-q")
    assert done.exit_code == 0, done.output
    table = check(out, whole)
    assert table.obs["semst_cut"].nunique() == 2 and table.obs["semst"].nunique() == 3


def test_the_table_alone_goes_to_a_file(store, tmp_path):
    out = tmp_path / "out.h5ad"
    done = call("run", store, "--n-domains", 3, "--out", out, "--table-key", "table", *FAST)
    assert done.exit_code == 0, done.output
    assert ad.read_h5ad(out).obs["semst"].nunique() == 3


def test_what_would_lose_something_is_said_before_any_work(store, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "packed.zarr"), "zip", store.parent, store.name)
    lone = tmp_path / "lone.h5ad"
    semst.io.write(semst.datasets.simulated_cortex(n_spots=150, n_genes=60), lone)
    out = tmp_path / "out.zarr"
    table = ("--table-key", "table")
    for words, said in (
        (("run", packed, "--n-domains", 3, "--out", out, *table), "would hold a table alone"),
        (("run", lone, "--n-domains", 3, "--out", store, "--overwrite"), "is a SpatialData store: a table"),
        (("run", store, "--n-domains", 3, "--out", store, *table), "is the input itself"),
        (("run", store, "--n-domains", 3, "--out", out), "holds 2 tables"),
        (
            ("run", store, "--n-domains", 3, "--out", out, "--key-added", "my domains", *table),
            "nothing that SpatialData can hold",
        ),
    ):
        done = call(*words)
        assert done.exit_code == 2 and said in " ".join(done.output.split()), done.output
        assert not out.exists()
    assert "semst" not in spatialdata.read_zarr(store)["table"].obs

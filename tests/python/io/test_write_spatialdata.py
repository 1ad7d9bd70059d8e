"""Tables with results back into SpatialData: everything else stays."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import semst
from semst import SemSTError, io

spatialdata = pytest.importorskip("spatialdata", reason="the optional package spatialdata is not installed")
from spatialdata.models import (  # noqa: E402
    Image2DModel,
    Labels2DModel,
    PointsModel,
    ShapesModel,
    TableModel,
)
from spatialdata.transformations import Scale, get_transformation  # noqa: E402


def table(regions, instances, n_genes=3) -> AnnData:
    obs = pd.DataFrame(
        {"region": pd.Categorical(regions), "instance": instances},
        index=[f"c{i}" for i in range(len(instances))],
    )
    counts = np.arange(len(obs) * n_genes, dtype=np.float32).reshape(len(obs), n_genes)
    adata = AnnData(counts, obs=obs, layers={"counts": counts + 1}, uns={"mine": {"a": [1, 2]}})
    return TableModel.parse(adata, region=sorted(set(regions)), region_key="region", instance_key="instance")


def whole() -> "spatialdata.SpatialData":
    """Two regions of spots, an image, labels, points and two tables."""
    xy = np.array([[10.0, 20], [30, 20], [20, 40], [50, 60]])
    scale = {"global": Scale([2.0, 3.0], axes=("x", "y"))}
    left = ShapesModel.parse(xy, geometry=0, radius=2.0, index=pd.Index([7, 3, 5, 9]), transformations=scale)
    right = ShapesModel.parse(xy + 100, geometry=0, radius=2.0, index=pd.Index([7, 3, 5, 9]))
    draw = np.random.default_rng(0)
    labels = np.kron(np.array([[1, 2], [3, 0]], dtype=np.int32), np.ones((8, 8), dtype=np.int32))
    places = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0], "gene": ["A", "B"]})
    return spatialdata.SpatialData(
        images={"photo": Image2DModel.parse(draw.integers(0, 255, (3, 16, 16), dtype=np.uint8))},
        labels={"cells": Labels2DModel.parse(labels, dims=("y", "x"))},
        points={"transcripts": PointsModel.parse(places)},
        shapes={"left": left, "right": right},
        tables={
            "spots": table(["left"] * 4 + ["right"] * 3, [5, 7, 9, 3, 3, 5, 7]),
            "of_cells": table(["cells"] * 3, [1, 2, 3]),
        },
        attrs={"patient": "p1"},
    )


@pytest.fixture
def store(tmp_path) -> Path:
    whole().write(tmp_path / "slice.zarr")
    return tmp_path / "slice.zarr"


@pytest.fixture
def result(store) -> AnnData:
    adata = io.read(store, table_key="spots")
    adata.obs["semst"] = pd.Categorical(list("1213212"))
    adata.obsm["X_semst"] = np.ones((7, 2), dtype=np.float32)
    adata.uns["semst"] = {"model": "semst", "settings": {"seed": 0}}
    return adata


def digests(store: Path, without: str = "tables/spots") -> dict[str, str]:
    """Content of every file but that with the metadata of all, and those of one element."""
    return {
        str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(store.rglob("*"))
        if file.is_file()
        and not str(file.relative_to(store)).startswith(without)
        and file != store / "zarr.json"
    }


def elements(sdata) -> set[tuple[str, str]]:
    return {(kind, name) for kind, name, _ in sdata.gen_elements()}


def check_same_but_for_the_table(new: Path) -> None:
    former, found = whole(), spatialdata.read_zarr(new)
    assert elements(found) == elements(former)
    assert found.attrs["patient"] == "p1"
    np.testing.assert_array_equal(found["photo"].to_numpy(), former["photo"].to_numpy())
    np.testing.assert_array_equal(found["cells"].to_numpy(), former["cells"].to_numpy())
    for name in ("left", "right"):
        pd.testing.assert_frame_equal(pd.DataFrame(found[name]), pd.DataFrame(former[name]))
        assert get_transformation(found[name]) == get_transformation(former[name])
    pd.testing.assert_frame_equal(
        found["transcripts"].compute(), former["transcripts"].compute(), check_dtype=False
    )
    np.testing.assert_array_equal(found["of_cells"].X, former["of_cells"].X)
    pd.testing.assert_frame_equal(found["of_cells"].obs, former["of_cells"].obs)
    spots = found["spots"]
    assert spots.obs["semst"].tolist() == list("1213212")
    assert spots.uns["semst"] == {"model": "semst", "settings": {"seed": 0}}
    np.testing.assert_array_equal(spots.obsm["X_semst"], np.ones((7, 2)))
    np.testing.assert_array_equal(spots.X, former["spots"].X)
    np.testing.assert_array_equal(spots.layers["counts"], former["spots"].layers["counts"])
    assert list(spots.uns["mine"]["a"]) == [1, 2]
    assert spots.uns["spatialdata_attrs"] == former["spots"].uns["spatialdata_attrs"]
    assert set(spots.obs) >= set(former["spots"].obs)


def test_a_new_store_holds_everything_and_the_old_one_is_untouched(store, result, tmp_path, log):
    before = digests(store, without="nothing")
    new = io.write_spatialdata(result, tmp_path / "deep" / "new.zarr", store=store, table_key="spots")
    assert new == tmp_path / "deep" / "new.zarr"
    assert digests(store, without="nothing") == before
    assert digests(new) == digests(store)  # file by file
    check_same_but_for_the_table(new)
    assert sorted(p.name for p in new.parent.iterdir()) == ["new.zarr"]
    assert "MB" in log.text


def test_the_store_itself_gets_nothing_but_the_table(store, result):
    before, times = digests(store), {file: file.stat().st_mtime_ns for file in store.glob("images/**/*")}
    assert io.write_spatialdata(result, store, store=store, table_key="spots", overwrite=True) == store
    assert digests(store) == before
    assert times == {file: file.stat().st_mtime_ns for file in store.glob("images/**/*")}
    check_same_but_for_the_table(store)
    assert sorted(p.name for p in (store / "tables").iterdir()) == ["of_cells", "spots", "zarr.json"]


def test_metadata_of_the_whole_store_know_the_new_table(store, result, tmp_path):
    import zarr

    new = io.write_spatialdata(result, tmp_path / "new.zarr", store=store, table_key="spots")
    for place in (store, new):
        if place == store:
            io.write_spatialdata(result, store, store=store, table_key="spots", overwrite=True)
        assert zarr.open_consolidated(place)["tables/spots/obs/semst/codes"].shape == (7,)


def test_results_of_a_second_run_replace_those_of_the_first(store, result, tmp_path):
    io.write_spatialdata(result, store, store=store, table_key="spots", overwrite=True)
    again = io.read(store, table_key="spots")
    again.obs["semst"] = pd.Categorical(list("3333333"))
    io.write_spatialdata(again, store, store=store, table_key="spots", overwrite=True)
    assert set(spatialdata.read_zarr(store)["spots"].obs["semst"]) == {"3"}


def test_a_failure_leaves_the_store_as_it_was(store, result, tmp_path, monkeypatch):
    before = digests(store, without="nothing")

    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    for place in (store, tmp_path / "new.zarr"):
        with pytest.raises(
            SemSTError, match=r"could not be written \(No space left on device\)\. .* is as it was"
        ):
            io.write_spatialdata(result, place, store=store, table_key="spots", overwrite=True)
    monkeypatch.undo()
    assert digests(store, without="nothing") == before
    assert [p.name for p in tmp_path.iterdir()] == ["slice.zarr"]


def test_in_memory_nothing_but_the_table_is_replaced(store, result):
    sdata = spatialdata.read_zarr(store)
    others = {name: element for kind, name, element in sdata.gen_elements() if name != "spots"}
    before = digests(store, without="nothing")
    io.to_spatialdata(result, sdata, table_key="spots")
    assert sdata["spots"].obs["semst"].tolist() == list("1213212")
    assert all(sdata[name] is element for name, element in others.items())
    assert digests(store, without="nothing") == before
    assert sdata["spots"] is not result


def test_an_object_that_went_through_a_file_comes_back(store, result, tmp_path):
    io.write(result, tmp_path / "table.h5ad")
    held = io.read(tmp_path / "table.h5ad")
    sdata = whole()
    io.to_spatialdata(held, sdata, table_key="spots")
    assert sdata["spots"].uns["spatialdata_attrs"]["region"] == ["left", "right"]


def test_the_only_table_needs_no_name_and_of_two_one_is_to_be_chosen(result):
    sdata = whole()
    with pytest.raises(SemSTError, match=r'holds 2 tables: "(spots|of_cells)", .* Say with table_key which'):
        io.to_spatialdata(result, sdata)
    del sdata.tables["of_cells"]
    io.to_spatialdata(result, sdata)
    assert "semst" in sdata["spots"].obs


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        (lambda adata: adata[:5].copy(), "2 of its 7 rows"),
        (lambda adata: adata[:, :2].copy(), "1 of its 3 genes"),
        (lambda adata: without(adata, "obs", "instance"), r"obs\['instance'\]"),
        (lambda adata: without(adata, "layers", "counts"), r"layers\['counts'\]"),
        (lambda adata: without(adata, "uns", "mine"), r"uns\['mine'\]"),
    ],
)
def test_a_table_that_would_lose_something_is_not_replaced_but_one_is_added_beside(store, result, part, lost):
    adata = part(result)
    before = digests(store, without="nothing")
    with pytest.raises(SemSTError, match=rf'The table "spots" would lose {lost}\. Give another name'):
        io.write_spatialdata(adata, store, store=store, table_key="spots", overwrite=True)
    assert digests(store, without="nothing") == before
    if "instance" not in adata.obs:
        del adata.uns["spatialdata_attrs"]
    io.write_spatialdata(adata, store, store=store, table_key="part", overwrite=True)
    after = digests(store, without="tables/part")
    assert {name: one for name, one in before.items() if name != "zarr.json"} == after
    assert spatialdata.read_zarr(store)["part"].shape == adata.shape


def without(adata: AnnData, slot: str, key: str) -> AnnData:
    adata = adata.copy()
    del getattr(adata, slot)[key]
    return adata


def test_rows_in_another_order_are_the_same_rows(result):
    sdata = whole()
    io.to_spatialdata(result[::-1].copy(), sdata, table_key="spots")
    assert sdata["spots"].obs_names.tolist() == [f"c{i}" for i in range(6, -1, -1)]


def test_the_name_of_another_element_is_refused(result):
    with pytest.raises(SemSTError, match=r'"photo" is one of the images of the SpatialData'):
        io.to_spatialdata(result, whole(), table_key="photo")


@pytest.mark.parametrize("name", ["my domains", "a=b", "__x", "a#b", "Region", "MINE"])
def test_names_that_spatialdata_cannot_hold_are_found_before_a_run(store, tmp_path, name):
    adata = io.read(store, table_key="spots")
    options = {"store": store, "table_key": "spots"}
    with pytest.raises(SemSTError, match=r'The table "spots" is nothing that SpatialData can hold \(.*Name'):
        io.check_spatialdata(adata, tmp_path / "new.zarr", key_added=name, **options)
    io.check_spatialdata(adata, tmp_path / "new.zarr", key_added="semst", **options)
    assert name not in adata.obs and not (tmp_path / "new.zarr").exists()
    if name != "MINE":  # that one is taken in uns
        adata.obs[name] = 1
        with pytest.raises(SemSTError, match=r"nothing that SpatialData can hold"):
            io.write_spatialdata(adata, tmp_path / "new.zarr", **options)


def test_places_that_would_lose_something_are_refused(store, result, tmp_path):
    def write(path, **options):
        return io.write_spatialdata(result, path, **{"store": store, "table_key": "spots", **options})

    with pytest.raises(SemSTError, match=r"slice\.zarr exists already"):
        write(store)
    with pytest.raises(SemSTError, match=r'ending "\.h5ad"\. SpatialData is written to a \.zarr'):
        write(tmp_path / "new.h5ad")
    with pytest.raises(SemSTError, match=r"lie one in the other"):
        write(store / "new.zarr")
    (tmp_path / "around.zarr").mkdir()
    shutil.copytree(store, tmp_path / "around.zarr" / "in.zarr")
    with pytest.raises(SemSTError, match=r"lie one in the other"):
        write(tmp_path / "around.zarr", store=tmp_path / "around.zarr" / "in.zarr", overwrite=True)
    io.write(result, tmp_path / "table.zarr")
    with pytest.raises(SemSTError, match=r"table\.zarr is no SpatialData store"):
        write(tmp_path / "new.zarr", store=tmp_path / "table.zarr")
    with pytest.raises(SemSTError, match=r"There is no .*gone\.zarr"):
        write(tmp_path / "new.zarr", store=tmp_path / "gone.zarr")


def test_a_lone_table_never_takes_the_place_of_a_store(store, result):
    before = digests(store, without="nothing")
    with pytest.raises(SemSTError, match=r"slice\.zarr is a SpatialData store: a table alone"):
        io.write(result, store, overwrite=True)
    with pytest.raises(SemSTError, match=r"slice\.zarr is a SpatialData store: a table alone"):
        io.check_writable(result, store)
    assert digests(store, without="nothing") == before


def test_another_store_is_replaced_when_that_is_allowed(store, result, tmp_path):
    spatialdata.SpatialData(tables={"other": TableModel.parse(AnnData(np.ones((2, 2))))}).write(
        tmp_path / "new.zarr"
    )
    io.write_spatialdata(result, tmp_path / "new.zarr", store=store, table_key="spots", overwrite=True)
    check_same_but_for_the_table(tmp_path / "new.zarr")


def test_a_store_without_tables_gets_one(tmp_path, result):
    sdata = whole()
    for name in list(sdata.tables):
        del sdata.tables[name]
    sdata.write(tmp_path / "bare.zarr")
    io.write_spatialdata(result, tmp_path / "new.zarr", store=tmp_path / "bare.zarr", table_key="spots")
    assert list(spatialdata.read_zarr(tmp_path / "new.zarr").tables) == ["spots"]


def test_a_store_of_an_older_format_is_copied_in_the_present_one(tmp_path, log):
    formats = pytest.importorskip("spatialdata._io.format", reason="this version keeps formats elsewhere")
    old = tmp_path / "old.zarr"
    whole().write(old, sdata_formats=formats.SpatialDataContainerFormatV01())
    assert not (old / "zarr.json").exists()
    adata = io.read(old, table_key="spots")
    adata.obs["semst"] = pd.Categorical(list("1213212"))
    adata.obsm["X_semst"] = np.ones((7, 2), dtype=np.float32)
    adata.uns["semst"] = {"model": "semst", "settings": {"seed": 0}}
    before = digests(old, without="nothing")
    with pytest.raises(SemSTError, match=r"old\.zarr was written before SpatialData 0\.6.* Choose another"):
        io.write_spatialdata(adata, old, store=old, table_key="spots", overwrite=True)
    io.write_spatialdata(adata, tmp_path / "new.zarr", store=old, table_key="spots")
    assert digests(old, without="nothing") == before
    assert "element by element" in log.text
    check_same_but_for_the_table(tmp_path / "new.zarr")


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> tuple["spatialdata.SpatialData", AnnData]:
    """A slice whose domains were found, put back and written."""
    adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=60)
    ids = np.arange(adata.n_obs)
    adata.obs["region"], adata.obs["instance"] = pd.Categorical(["spots"] * adata.n_obs), ids
    spots = ShapesModel.parse(adata.obsm["spatial"], geometry=0, radius=40.0, index=pd.Index(ids))
    linked = TableModel.parse(adata, region="spots", region_key="region", instance_key="instance")
    sdata = spatialdata.SpatialData(shapes={"spots": spots}, tables={"table": linked})
    out = io.read(sdata)
    semst.tl.semst(out, 3, cluster="mixture", n_starts=4, explain=False, progress=False)
    io.to_spatialdata(out, sdata)
    place = tmp_path_factory.mktemp("store") / "out.zarr"
    sdata.write(place)
    return spatialdata.read_zarr(place), out


def test_a_run_in_memory_and_back(found):
    sdata, adata = found
    pd.testing.assert_series_equal(sdata["table"].obs["semst"], adata.obs["semst"])
    np.testing.assert_array_equal(sdata["table"].uns["semst_colors"], adata.uns["semst_colors"])
    graph, same = sdata["table"].obsp["semst_connectivities"], adata.obsp["semst_connectivities"]
    assert (graph != same).nnz == 0


def test_spatialdata_plot_draws_the_domains_in_their_colours(found):
    pytest.importorskip("spatialdata_plot", reason="the package spatialdata-plot is not installed")
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_hex

    sdata, adata = found
    axes = sdata.pl.render_shapes("spots", color="semst").pl.show(return_ax=True)
    drawn = {to_hex(color) for part in axes.collections for color in part.get_facecolor()}
    plt.close(axes.figure)
    assert drawn == {to_hex(color) for color in adata.uns["semst_colors"]}

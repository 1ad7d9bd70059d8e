"""Outlines of domains: areas and holes known beforehand, on grids and off them."""

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st

from semst import MissingKeyError, SemSTError, io, pl
from semst.io._outlines import domain_outlines


def square(n: int = 3, spacing: float = 1.0) -> np.ndarray:
    """A grid, row by row."""
    return spacing * np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2)


def hexagonal(n: int = 6, spacing: float = 1.0) -> np.ndarray:
    return spacing * np.array([[x + y % 2 / 2, y * np.sqrt(3) / 2] for y in range(n) for x in range(n)])


def outlines(xy, labels):
    return domain_outlines(np.asarray(xy), pd.Categorical(labels), where="xy")


def n_holes(outline) -> int:
    return sum(len(part.interiors) for part in outline.geoms)


def labelled(labels, xy=None) -> AnnData:
    adata = AnnData(np.ones((len(labels), 1)))
    adata.obs["semst"] = pd.Categorical(labels)
    adata.obsm["spatial"] = square() if xy is None else xy
    return adata


def features(path) -> list[dict]:
    content = json.loads(path.read_text())
    assert content["type"] == "FeatureCollection"
    return content["features"]


def test_a_domain_around_another_has_a_hole_of_its_size():
    found = outlines(square(), list("aaaabaaaa"))
    assert (found["a"].area, found["b"].area) == (8, 1)
    assert (n_holes(found["a"]), n_holes(found["b"])) == (1, 0)
    assert found["a"].bounds == (-0.5, -0.5, 2.5, 2.5) and found["b"].bounds == (0.5, 0.5, 1.5, 1.5)
    assert sum(len(part.exterior.coords) for part in found["a"].geoms) == 5  # none along straight lines


def test_spots_without_a_domain_are_a_hole_too():
    found = outlines(square(), ["a"] * 4 + [None] + ["a"] * 4)
    assert list(found) == ["a"] and found["a"].area == 8 and n_holes(found["a"]) == 1


def test_spots_that_are_not_there_are_a_hole_too():
    xy = np.delete(square(5), 12, axis=0)
    found = outlines(xy, ["a"] * 24)
    assert n_holes(found["a"]) == 1 and 24 <= found["a"].area < 24.5


def test_a_domain_of_two_pieces_is_one_outline_of_two_parts():
    found = outlines(square(), list("abcabcabc"))
    assert [outline.area for outline in found.values()] == [3, 3, 3]
    found = outlines(square(), list("abaabaaba"))
    assert found["a"].area == 6 and len(found["a"].geoms) == 2


def test_the_cells_of_a_hexagonal_grid_are_hexagons():
    cell = 100**2 * np.sqrt(3) / 2
    found = outlines(hexagonal(6, 100), ["in" if i == 14 else "out" for i in range(36)])
    assert found["in"].area == pytest.approx(cell, rel=2e-3)
    assert len(found["in"].geoms[0].exterior.coords) == 7
    assert found["out"].area == pytest.approx(35 * cell, rel=1e-2) and n_holes(found["out"]) == 1


@pytest.mark.parametrize("angle", [0.3, 1.0, 2.5])
def test_outlines_turn_with_the_slice(angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = outlines(square(4, 137) @ turn.T, ["a", "b"] * 8)
    assert found["a"].area == pytest.approx(8 * 137**2, rel=1e-2)
    assert not shapely.intersection(found["a"], found["b"]).area > 1e-3 * 137**2


@pytest.mark.parametrize("factor", [1e-3, 0.5, 1e4])
def test_outlines_grow_with_the_units(factor):
    found = outlines(square(4, factor), ["a"] * 15 + ["b"])
    assert found["a"].area == pytest.approx(15 * factor**2, rel=1e-9)


def test_cells_cut_off_by_circles_leave_no_slits_between_them():
    found = outlines(np.random.default_rng(1).uniform(size=(1000, 2)), ["a"] * 1000)
    holes = [shapely.Polygon(ring) for part in found["a"].geoms for ring in part.interiors]
    assert len(holes) > 20
    assert min(4 * np.pi * hole.area / hole.length**2 for hole in holes) > 0.02  # of a circle 1, of a slit 0


def test_a_slice_far_from_the_origin_has_the_same_outlines():
    here, there = (outlines(square() + shift, list("aaaabaaaa"))["a"] for shift in (0, 1e6))
    assert here.area == there.area == 8


def test_a_spot_far_from_all_others_gets_a_circle():
    found = outlines([*square(4), [100.0, 100.0]], ["a"] * 16 + ["b"])
    assert found["a"].area == pytest.approx(16, rel=1e-9)
    assert found["b"].area == pytest.approx(np.pi * 0.9**2, rel=0.01)


def test_spots_at_one_place_count_for_the_domains_of_all():
    found = outlines([*square(), [1.0, 1.0], [1.0, 1.0]], list("aaaaaaaaa") + ["a", "b"])
    assert found["a"].area == 9 and found["b"].area == 1


def test_spots_in_a_line_have_outlines():
    found = outlines([[i, 0.0] for i in range(5)], list("aabbb"))
    assert 2 < found["a"].area < 4 and found["b"].area > found["a"].area
    assert found["a"].is_valid and found["a"].bounds[0] == -0.5


def test_two_spots_are_enough_and_one_place_is_not():
    assert set(outlines([[0.0, 0.0], [0.0, 3.0]], ["a", "b"])) == {"a", "b"}
    with pytest.raises(SemSTError, match=r"xy: all spots \(2\) are at one place"):
        outlines([[1.0, 1.0], [1.0, 1.0]], ["a", "b"])


def test_a_domain_too_small_to_be_drawn_is_named(log):
    middle = np.array([1.0, 1.0])
    ring = [middle + 1e-5 * np.array(step) for step in ([1, 0], [-1, 0], [0, 1], [0, -1])]
    found = outlines([*square(), *ring], ["a"] * 4 + ["b"] + ["a"] * 8)
    assert list(found) == ["a"] and "domain b is left out" in log.text


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 60), k=st.integers(1, 4), dense=st.booleans())
def test_outlines_of_any_spots_are_valid_apart_and_hold_their_spots(seed, n, k, dense):
    draw = np.random.default_rng(seed)
    xy = (
        draw.uniform(size=(n, 2))
        if dense
        else np.unique(draw.integers(0, 12, size=(n, 2)), axis=0).astype(float)
    )
    if len(xy) < 2:
        return
    labels = draw.integers(k, size=len(xy)).astype(str)
    found = outlines(xy, labels)
    whole = shapely.union_all(list(found.values()))
    total = sum(outline.area for outline in found.values())
    assert all(outline.is_valid for outline in found.values())
    assert abs(whole.area - total) < 2e-2 * total
    for name, outline in found.items():
        inside = shapely.contains_xy(shapely.buffer(outline, 1e-9), xy[labels == name])
        assert inside.mean() > 0.9  # a spot beside another may fall to it by rounding


@pytest.mark.parametrize("seed", [355, 381, 575, 1512, 2269])
def test_no_cell_is_lost_where_corners_differ_in_the_last_digit_only(seed):
    draw = np.random.default_rng(seed)
    xy = draw.integers(0, 12, size=(draw.integers(2, 60), 2)).astype(float)
    one = outlines(xy, ["a"] * len(xy))["a"]
    each = outlines(xy, [str(place) for place in map(tuple, xy)])
    assert one.area == pytest.approx(sum(outline.area for outline in each.values()), rel=1e-4)


def test_two_spots_are_two_cells_of_the_same_size():
    one = outlines([[1.0, 1.0], [7.0, 7.0]], ["a", "a"])["a"]
    each = outlines([[1.0, 1.0], [7.0, 7.0]], ["a", "b"])
    assert each["a"].area == pytest.approx(each["b"].area, rel=1e-4)
    assert one.area == pytest.approx(2 * each["a"].area, rel=1e-4)


def test_annotations_have_class_and_colour_and_the_polygons_of_the_outline(tmp_path):
    adata = labelled(list("aaaabaaaa"), square(3, 100) + 1000)
    adata.uns["semst_colors"] = np.array(["#ff0000", "teal"])
    (file,) = io.export_geojson(adata, tmp_path / "new" / "out.geojson")
    assert file == tmp_path / "new" / "out.geojson"
    first, second = features(file)
    assert first["type"] == "Feature" and first["geometry"]["type"] == "MultiPolygon"
    assert first["properties"] == {
        "objectType": "annotation",
        "name": "a",
        "classification": {"name": "a", "color": [255, 0, 0]},
    }
    assert second["properties"]["classification"] == {"name": "b", "color": [0, 128, 128]}
    shape = shapely.geometry.shape(first["geometry"])
    assert shape.is_valid and shape.area == 8e4 and shape.bounds == (950, 950, 1250, 1250)
    outer, hole = first["geometry"]["coordinates"][0]
    assert outer[0] == outer[-1] and sorted(map(tuple, hole[1:])) == [
        (1050, 1050),
        (1050, 1150),
        (1150, 1050),
        (1150, 1150),
    ]


def test_without_kept_colours_the_palette_gives_them(tmp_path):
    (file,) = io.export_geojson(labelled(list("aaaabaaaa")), tmp_path / "out.geojson")
    wanted = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in pl.palette(2)]
    assert [one["properties"]["classification"]["color"] for one in features(file)] == wanted


def test_a_scale_turns_micrometres_into_pixels(tmp_path):
    (file,) = io.export_geojson(labelled(["a"] * 9), tmp_path / "out.geojson", scale=4)
    assert shapely.geometry.shape(features(file)[0]["geometry"]).bounds == (-2, -2, 10, 10)


def test_of_three_coordinates_the_first_two_are_drawn(tmp_path):
    adata = labelled(["a"] * 9, np.column_stack([square(), np.arange(9)]))
    (file,) = io.export_geojson(adata, tmp_path / "out.geojson")
    assert shapely.geometry.shape(features(file)[0]["geometry"]).area == 9


def test_every_slice_gets_a_file_and_one_colour_a_domain(tmp_path):
    adata = labelled(list("aaaaaabbb") + ["b"] * 9, np.concatenate([square(), square()]))
    adata.obs["slice"] = ["10"] * 9 + ["2/b"] * 9
    files = io.export_geojson(adata, tmp_path / "out.geojson", sample_key="slice")
    assert [file.name for file in files] == ["out.10.geojson", "out.2_b.geojson"]
    one, two = map(features, files)
    assert [f["properties"]["name"] for f in one] == ["a", "b"]
    assert two[0]["properties"] == one[1]["properties"] and len(two) == 1
    assert shapely.geometry.shape(two[0]["geometry"]).area == 9  # the other slice takes nothing of its cells


def test_files_of_slices_are_all_looked_for_before_one_is_written(tmp_path):
    adata = labelled(["a"] * 18, np.concatenate([square(), square()]))
    adata.obs["slice"] = ["x"] * 9 + ["y"] * 9
    (tmp_path / "out.y.geojson").write_text("mine")
    with pytest.raises(SemSTError, match=r"out.y.geojson exists already"):
        io.export_geojson(adata, tmp_path / "out.geojson", sample_key="slice")
    assert [file.name for file in tmp_path.iterdir()] == ["out.y.geojson"]
    io.export_geojson(adata, tmp_path / "out.geojson", sample_key="slice", overwrite=True)
    assert len(features(tmp_path / "out.y.geojson")) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"path": "x.json"}, 'the ending ".json". Accepted: .geojson'),
        ({"key": "layer"}, 'adata.obs has no "layer"'),
        ({"key": "empty"}, "No spot has a domain"),
        ({"spatial_key": "xy"}, 'adata.obsm has no "xy"'),
        ({"sample_key": "donor"}, 'adata.obs has no "donor"'),
        ({"sample_key": "alike"}, "would have the same file: a b, a/b"),
        ({"sample_key": "holes"}, "missing for 1 of 9 spots"),
        ({"sample_key": "single"}, "of x.one.geojson: all spots (1) are at one place"),
        ({"scale": 0.0}, "scale is 0.0"),
        ({"scale": float("nan")}, "scale is nan"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(options, says, tmp_path):
    adata = labelled(["a"] * 9)
    adata.obs["empty"] = pd.Categorical([None] * 9, categories=["1"])
    adata.obs["alike"] = ["a b"] * 4 + ["a/b"] * 5
    adata.obs["holes"] = [*"aaaabbbb", None]
    adata.obs["single"] = pd.Categorical(["one"] + ["rest"] * 8)
    path = tmp_path / options.pop("path", "x.geojson")
    with pytest.raises(SemSTError) as error:
        io.export_geojson(adata, path, **options)
    assert says in str(error.value)
    assert isinstance(error.value, MissingKeyError) == ("has no" in says)
    assert not list(tmp_path.iterdir())


def test_the_input_is_untouched(tmp_path):
    adata = labelled(list("aaaabaaaa"))
    before = adata.copy()
    io.export_geojson(adata, tmp_path / "out.geojson", scale=2)
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    np.testing.assert_array_equal(adata.obsm["spatial"], before.obsm["spatial"])
    assert dict(adata.uns) == {}

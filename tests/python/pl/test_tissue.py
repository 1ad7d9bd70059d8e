"""What is drawn where: sizes, frames, images, panels, files."""

import anndata as ad
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from pl.slides import hexagons, slide, spots_of, with_image
from semst import MissingKeyError, SemSTError, pl
from semst.pl._palette import MISSING
from semst.pl._spots import draw_spots, spot_spacing

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def adata():
    return slide()


def test_spacing_of_grids_is_their_pitch_and_lone_doubles_do_not_count():
    xy = hexagons(pitch=137.0)
    assert spot_spacing(xy) == pytest.approx(137)
    assert spot_spacing(np.vstack([xy, xy])) == pytest.approx(137)
    square = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2) * 0.01
    assert spot_spacing(square) == pytest.approx(0.01)
    assert spot_spacing(np.zeros((3, 2))) == 1.0
    assert spot_spacing(np.array([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_spacing_follows_the_unit_and_not_the_order_of_the_spots(seed, unit):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(size=(40, 2))
    np.testing.assert_allclose(spot_spacing(rng.permutation(xy) * unit), unit * spot_spacing(xy), rtol=1e-9)


@pytest.mark.parametrize("width", [3.0, 9.0])
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_a_circle_is_as_wide_as_the_spacing_on_axes_of_every_size(adata, width, unit):
    adata.obsm["spatial"] = adata.obsm["spatial"] * unit
    figure, ax = plt.subplots(figsize=(width, width))
    pl.domains(adata, ax=ax)
    figure.canvas.draw()
    spots = spots_of(ax)[-1]
    diameter = 2 * np.abs(spots.get_transforms()[0, 0, 0])  # of a circle of radius 1, in pixels
    left, right = ax.transData.transform([[0, 0], [100 * unit, 0]])[:, 0]
    assert diameter == pytest.approx(right - left, rel=1e-6)


def test_the_pixels_of_a_circle_are_as_wide_as_the_spacing():
    figure = plt.figure(figsize=(4, 4), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 4), ylim=(0, 4), xticks=[], yticks=[])
    ax.axis("off")
    draw_spots(ax, np.array([[2.0, 2.0]]), diameter=1.0, colors=["#FF0000"])
    figure.canvas.draw()
    red = np.asarray(figure.canvas.buffer_rgba())[..., 1] < 128
    assert red.any(axis=0).sum() == pytest.approx(100, abs=2)
    assert red.any(axis=1).sum() == pytest.approx(100, abs=2)


def test_equal_units_y_downwards_and_every_spot_inside(adata):
    ax = pl.domains(adata)
    assert ax.get_aspect() == 1
    assert ax.yaxis_inverted() and not ax.xaxis_inverted()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    xy = adata.obsm["spatial"]
    assert left <= xy[:, 0].min() - 50 and right >= xy[:, 0].max() + 50
    assert top <= xy[:, 1].min() - 50 and bottom >= xy[:, 1].max() + 50
    ax.figure.canvas.draw()
    x = ax.transData.transform([[0, 0], [100, 0]])[:, 0]
    y = ax.transData.transform([[0, 0], [0, 100]])[:, 1]
    assert x[1] - x[0] == pytest.approx(y[0] - y[1], rel=1e-6)


def test_spots_have_the_colours_of_the_legend_and_those_without_label_are_grey(adata):
    ax = pl.domains(adata)
    legend = {
        t.get_text(): to_hex(h.get_color())
        for t, h in zip(ax.get_legend().get_texts(), ax.get_legend().legend_handles, strict=True)
    }
    assert list(legend) == ["bottom", "top", "not labelled"]
    assert legend["not labelled"].upper() == MISSING
    grey, known = spots_of(ax)
    np.testing.assert_array_equal(grey.get_offsets(), adata.obsm["spatial"][:3])
    assert [to_hex(c).upper() for c in grey.get_facecolors()] == [MISSING]
    np.testing.assert_array_equal(known.get_offsets(), adata.obsm["spatial"][3:])
    assert [to_hex(c) for c in known.get_facecolors()] == [legend[v] for v in adata.obs["semst"][3:]]
    assert grey.get_zorder() <= known.get_zorder()


def test_no_grey_entry_where_all_spots_are_labelled(adata):
    ax = pl.domains(adata[3:])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["bottom", "top"]


def test_legend_title_and_panel_do_not_overlap(adata):
    adata.obs["semst"] = pd.Categorical(
        [f"a rather long name of a domain {i % 9}" for i in range(adata.n_obs)]
    )
    ax = pl.domains(adata)
    figure = ax.figure
    figure.canvas.draw()
    panel, legend = ax.get_window_extent(), ax.get_legend().get_window_extent()
    assert legend.x0 >= panel.x1
    assert legend.x1 <= figure.bbox.x1 and legend.y0 >= 0
    assert panel.width > 150
    assert ax.title.get_window_extent().y0 >= panel.y1


def test_an_image_lies_where_its_scale_factor_says(adata):
    ax = pl.domains(with_image(adata, factor=0.5))
    (image,) = ax.images
    # pixel 0 of the small image is centred on full-resolution pixel 0; 480 of them cover 960
    assert image.get_extent() == [-1, 959, 799, -1]
    assert ax.yaxis_inverted()
    assert ax.get_xlim()[1] < 959  # cropped to the spots
    height = image.get_array().shape[0]
    assert image.origin == "upper" and height == 400


def test_a_marked_pixel_ends_up_under_its_spot(adata):
    with_image(adata, factor=0.25, shape=(250, 250, 3))
    adata.obsm["spatial"] = np.round(adata.obsm["spatial"] / 4) * 4  # middles of pixels
    spot = 40
    x, y = (adata.obsm["spatial"][spot] * 0.25).astype(int)
    pixels = adata.uns["spatial"]["slide"]["images"]["hires"]
    pixels[:] = 255
    pixels[y - 2 : y + 3, x - 2 : x + 3] = 0
    ax = pl.domains(adata, img_alpha=1.0, size=1e-6)
    figure = ax.figure
    figure.canvas.draw()
    seen = np.asarray(figure.canvas.buffer_rgba())[..., :3].max(axis=2)
    column, row = ax.transData.transform(adata.obsm["spatial"][spot])
    box = ax.get_window_extent()
    dark = np.argwhere(seen < 60)
    dark = dark[(dark[:, 1] > box.x0) & (dark[:, 1] < box.x1)]  # not the letters of legend and title
    inside = dark[(seen.shape[0] - dark[:, 0] > box.y0) & (seen.shape[0] - dark[:, 0] < box.y1)]
    np.testing.assert_allclose(inside.mean(axis=0), [seen.shape[0] - row, column], atol=1.5)


def test_over_an_image_a_circle_has_the_true_diameter_of_the_spot(adata):
    ax = pl.domains(with_image(adata, diameter=55.0))
    assert spots_of(ax)[-1].get_widths() == pytest.approx([55.0])
    plain = pl.domains(adata, img=False)
    assert not plain.images
    assert spots_of(plain)[-1].get_widths() == pytest.approx([100.0])


@pytest.mark.parametrize("pixels", [np.full((400, 480), 7, np.uint8), np.full((400, 480, 3), 200.0)])
def test_grey_and_float_images_are_drawn(adata, pixels):
    with_image(adata)
    adata.uns["spatial"]["slide"]["images"] = {"lowres": pixels}
    adata.uns["spatial"]["slide"]["scalefactors"] = {"tissue_lowres_scalef": 0.5}
    ax = pl.domains(adata)
    assert ax.images[0].get_array().max() <= (1 if pixels.dtype.kind == "f" else 255)
    ax.figure.canvas.draw()


def test_an_image_that_does_not_fit_is_left_out_with_a_reason(adata, monkeypatch):
    said = []
    monkeypatch.setattr("semst.pl._image.logger.warning", lambda text, *args: said.append(text % args))
    with_image(adata, factor=50.0)
    assert not pl.domains(adata).images
    assert "72 spots lie outside" in said[0] and "full-resolution" in said[0]


def test_of_several_images_the_one_of_the_slice_is_taken(adata, monkeypatch):
    said = []
    monkeypatch.setattr("semst.pl._library.logger.warning", lambda text, *args: said.append(text % args))
    with_image(adata, name="A", factor=0.5)
    with_image(adata, name="B", factor=0.25)
    assert not pl.domains(adata).images
    assert '"A", "B"' in said[0] and "sample_key" in said[0]
    adata.obs["slice"] = ["A"] * 36 + ["B"] * 36
    figure = pl.domains(adata, sample_key="slice")
    assert [ax.images[0].get_extent()[1] for ax in figure.axes] == [959, 1918]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"slide": {}},
        {"slide": {"images": {}, "scalefactors": {}}},
        "text",
        {"is_single": np.True_},
        {"slide": {"images": None, "scalefactors": None}},
        {"slide": {"images": {"hires": None}, "scalefactors": {"tissue_hires_scalef": 1.0}}},
        {"slide": {"images": {"hires": np.ones((4, 4))}, "scalefactors": {"tissue_hires_scalef": "no"}}},
        {"slide": {"images": {"hires": np.ones((4, 4))}, "scalefactors": {"tissue_hires_scalef": np.nan}}},
        {"slide": {"images": {"hires": np.ones((4, 4))}, "scalefactors": {"tissue_hires_scalef": 0}}},
        {"slide": {"images": {"hires": np.ones((3, 4, 4))}, "scalefactors": {"tissue_hires_scalef": 1.0}}},
        {"slide": {"images": {"hires": np.array([["a"]])}, "scalefactors": {"tissue_hires_scalef": 1.0}}},
        {"slide": {"images": {"hires": np.ones((0, 4))}, "scalefactors": {"tissue_hires_scalef": 1.0}}},
        {"slide": "a path"},
    ],
)
def test_an_empty_image_store_is_no_image(adata, broken):
    adata.uns["spatial"] = broken
    assert not pl.domains(adata).images


def test_what_is_no_library_is_left_out_of_account(adata):
    with_image(adata, factor=0.5)
    adata.uns["spatial"]["is_single"] = True  # as the schema of CELLxGENE asks for
    assert len(pl.domains(adata).images) == 1


def test_images_of_16_bits_keep_their_range(adata):
    with_image(adata)
    adata.uns["spatial"]["slide"]["images"] = {"lowres": np.full((400, 480, 3), 40_000, np.uint16)}
    adata.uns["spatial"]["slide"]["scalefactors"] = {"tissue_lowres_scalef": 0.5}
    drawn = pl.domains(adata).images[0].get_array()
    assert drawn.dtype.kind == "f" and drawn.max() == 1


@pytest.mark.parametrize("diameter", [1e-3, 1e6, -5.0, "wide", None])
def test_a_diameter_that_no_spot_can_have_is_not_drawn(adata, diameter):
    with_image(adata)
    adata.uns["spatial"]["slide"]["scalefactors"]["spot_diameter_fullres"] = diameter
    ax = pl.domains(adata)
    assert ax.images and spots_of(ax)[-1].get_widths() == pytest.approx([70.0])  # of a spacing of 100


def test_slices_get_a_panel_each_and_one_legend(adata):
    adata.obs["slice"] = pd.Categorical(["b"] * 30 + ["a"] * 42, categories=["b", "a", "gone"])
    figure = pl.domains(adata, sample_key="slice")
    assert [ax.get_title() for ax in figure.axes] == ["b", "a"]
    assert sum(len(c.get_offsets()) for c in spots_of(figure.axes[0])) == 30
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["bottom", "top", "not labelled"]
    with pytest.raises(SemSTError, match="ax= holds one slice"):
        pl.domains(adata, sample_key="slice", ax=plt.subplots()[1])


def test_given_axes_are_used_and_three_coordinates_are_drawn_as_two(adata):
    adata.obsm["spatial"] = np.column_stack([adata.obsm["spatial"], np.arange(adata.n_obs)])
    _, axes = plt.subplots(1, 2)
    assert pl.domains(adata, ax=axes[1]) is axes[1]
    assert not axes[0].collections
    assert spots_of(axes[1])[-1].get_offsets().shape[1] == 2


def test_many_spots_become_pixels_in_vector_files(adata):
    rng = np.random.default_rng(0)
    big = ad.AnnData(np.ones((10_001, 1), np.float32), obsm={"spatial": rng.uniform(size=(10_001, 2))})
    big.obs["semst"] = "1"
    assert spots_of(pl.domains(big))[0].get_rasterized()
    assert not spots_of(pl.domains(adata))[0].get_rasterized()


def test_nothing_global_changes_and_the_data_stay(adata, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("plt.show() was called"))
    settings_before, obs, uns = dict(mpl.rcParams), adata.obs.copy(), dict(adata.uns)
    pl.domains(adata)
    adata.obs["truth"] = adata.obs["semst"]
    pl.compare(adata, ["truth", "semst"])
    assert dict(mpl.rcParams) == settings_before
    pd.testing.assert_frame_equal(adata.obs.drop(columns="truth"), obs)
    assert dict(adata.uns) == uns


def test_missing_columns_and_slots_are_named(adata):
    with pytest.raises(MissingKeyError, match='no "nothing". It has: "semst"'):
        pl.domains(adata, "nothing")
    with pytest.raises(MissingKeyError, match='no "xy"'):
        pl.domains(adata, spatial_key="xy")
    with pytest.raises(SemSTError, match="no spots to draw"):
        pl.domains(adata[:0])


def test_compare_gives_matched_domains_one_colour_and_states_the_ari(adata):
    truth = adata.obs["semst"].astype(object)
    adata.obs["truth"] = pd.Categorical(truth)
    adata.obs["semst"] = pd.Categorical(truth.map({"top": "2", "bottom": "7"}).where(truth.notna(), "7"))
    figure = pl.compare(adata, ["truth", "semst"])
    left, right = figure.axes
    assert left.get_title() == "truth"
    assert right.get_title() == "semst (ARI 1.00)"
    colors = {}
    for ax in (left, right):
        handles = ax.get_legend().legend_handles
        colors |= {h.get_label(): to_hex(h.get_color()) for h in handles}
    assert colors["2"] == colors["top"] and colors["7"] == colors["bottom"]
    assert "not labelled" in [t.get_text() for t in left.get_legend().get_texts()]
    assert "not labelled" not in [t.get_text() for t in right.get_legend().get_texts()]


def test_the_ari_is_that_of_the_spots_with_both_labels_whichever_lacks_some(adata):
    adata.obs["first"] = pd.Categorical(["a", "b"] * (adata.n_obs // 2) + ["a"] * (adata.n_obs % 2))
    adata.obs["part"] = adata.obs["first"].where(np.arange(adata.n_obs) > 3)
    for keys in (["first", "part"], ["part", "first"]):
        title = pl.compare(adata, keys).axes[1].get_title()
        assert title == f"{keys[1]} (ARI 1.00)"


def test_compare_scores_every_slice_by_itself(adata):
    adata = adata[3:].copy()
    adata.obs["truth"] = adata.obs["semst"]
    adata.obs["slice"] = ["A" if y < 250 or y > 500 else "B" for y in adata.obsm["spatial"][:, 1]]
    wrong = adata.obs["semst"].astype(str).to_numpy()
    in_b = (adata.obs["slice"] == "B").to_numpy()
    wrong[in_b] = np.where(np.arange(in_b.sum()) % 2, "top", "bottom")
    adata.obs["semst"] = wrong
    figure = pl.compare(adata, ["truth", "semst"], sample_key="slice")
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[0] == "A: truth" and titles[1] == "A: semst (ARI 1.00)"
    assert titles[3].startswith("B: semst (ARI") and "1.00" not in titles[3]


def test_compare_needs_two_columns(adata):
    with pytest.raises(SemSTError, match="1 key given. Two or more"):
        pl.compare(adata, ["semst"])
    with pytest.raises(SemSTError, match="1 key given"):
        pl.compare(adata, "semst")


def test_uncertainty_is_drawn_by_value_with_nan_in_grey(adata):
    values = np.linspace(0, 0.4, adata.n_obs)
    values[:3] = np.nan
    adata.obs["semst_uncertainty"] = values
    ax = pl.uncertainty(adata)
    grey, known = spots_of(ax)
    assert len(grey.get_offsets()) == 3
    np.testing.assert_allclose(known.get_array(), values[3:])
    assert known.get_clim() == (0, pytest.approx(0.4))
    ax.figure.canvas.draw()
    assert len(np.unique(known.get_facecolors(), axis=0)) > 50
    assert known.colorbar is not None
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["not labelled"]


def test_uncertainty_without_a_posterior_says_why(adata):
    with pytest.raises(MissingKeyError, match="Only mclust and mixture give an uncertainty"):
        pl.uncertainty(adata)
    adata.obs["semst_uncertainty"] = np.nan
    with pytest.raises(SemSTError, match="no finite number"):
        pl.uncertainty(adata)


def test_images_lie_in_their_own_coordinates_and_belong_to_their_own_slice(adata):
    adata.uns["spatial"] = {
        "A": {
            "images": {"hires": np.ones((100, 100, 3))},
            "scalefactors": {"tissue_hires_scalef": 0.1, "spot_diameter_fullres": 50},
        }
    }
    adata.obsm["turned"] = adata.obsm["spatial"][:, ::-1].copy()
    assert len(pl.domains(adata, "semst").images) == 1
    assert len(pl.domains(adata, "semst", spatial_key="turned").images) == 0
    adata.obs["slice"] = np.where(np.arange(adata.n_obs) % 2, "A", "B")
    figure = pl.domains(adata, "semst", sample_key="slice")
    assert [len(ax.images) for ax in figure.axes[:2]] == [1, 0]


def test_slices_are_drawn_in_the_order_of_their_categories_or_numbers(adata, caplog):
    names = np.array(["10", "2", "1"])[np.arange(adata.n_obs) % 3]
    adata.obs["slice"] = names
    titles = [ax.get_title() for ax in pl.domains(adata, "semst", sample_key="slice").axes[:3]]
    assert titles == ["1", "2", "10"]
    adata.obs["slice"] = pd.Categorical(names, categories=["2", "10", "1"])
    titles = [ax.get_title() for ax in pl.domains(adata, "semst", sample_key="slice").axes[:3]]
    assert titles == ["2", "10", "1"]


def test_a_slice_without_annotation_is_drawn_without_a_score(adata):
    adata.obs["slice"] = np.where(np.arange(adata.n_obs) < 36, "a", "b")
    adata.obs["truth"] = adata.obs["semst"].astype(object).where(adata.obs["slice"] == "a")
    figure = pl.compare(adata, ["truth", "semst"], sample_key="slice")
    titles = [ax.get_title() for ax in figure.axes]
    assert any(title.startswith("a: semst (ARI") for title in titles)
    assert "b: semst (no truth)" in titles


def test_more_domains_than_colours_are_drawn_in_repeated_ones(adata):
    adata.obs["truth"] = [str(i % 24) for i in range(adata.n_obs)]
    adata.obs["found"] = [str(i % 25) for i in range(adata.n_obs)]
    pl.compare(adata, ["truth", "found"])

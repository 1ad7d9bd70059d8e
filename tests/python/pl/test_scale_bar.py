"""A bar of a known length where the unit is known, and none where it is not."""

import anndata as ad
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from pl.slides import hexagons, slide, with_image
from semst import SemSTError, pl
from semst.pl._scale_bar import in_words, round_length

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def bar_of(ax):
    """Length in data units, and the words; ``None`` without a bar."""
    found = [artist for artist in ax.artists if isinstance(artist, AnchoredSizeBar)]
    if not found:
        return None
    (bar,) = found
    ax.figure.canvas.draw()
    (rectangle,) = bar.size_bar.get_children()
    return rectangle.get_width(), bar.txt_label.get_text()


def unit_of(ax):
    """Micrometres in a unit, by the bar."""
    found = bar_of(ax)
    if found is None:
        return None
    length, (number, unit) = found[0], found[1].split()
    return float(number) * {"µm": 1, "mm": 1000}[unit] / length


def visium(pixel=0.5, *, angle=0.0, n_rows=10, n_columns=8):
    """Spots 100 micrometres apart, with the numbers that Space Ranger gives their rows and columns."""
    row, column = np.mgrid[:n_rows, :n_columns]
    adata = ad.AnnData(np.ones((row.size, 1), np.float32), obs={"semst": "1"})
    adata.obs["array_row"], adata.obs["array_col"] = row.ravel(), (2 * column + row % 2).ravel()
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    adata.obsm["spatial"] = hexagons(n_rows, n_columns) @ turn / pixel + 4000
    return adata


@given(st.floats(1e-2, 1e6))
def test_lengths_are_round_and_about_a_fifth(width):
    length = round_length(width)
    mantissa = length / 10 ** np.floor(np.log10(length) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5)) < 1e-6
    assert 0.2 / np.sqrt(2.5) - 1e-9 <= length / width <= 0.2 * np.sqrt(2.5) + 1e-9
    number, unit = in_words(length).split()
    assert float(number) * {"µm": 1, "mm": 1000}[unit] == pytest.approx(length)
    assert (unit == "mm") == (length >= 1000)


@pytest.mark.parametrize("angle", [0.0, 0.03, np.pi / 2, 2.5])
@pytest.mark.parametrize("pixel", [0.2125, 0.73, 2.0])
def test_the_grid_of_visium_is_a_ruler(pixel, angle):
    adata = visium(pixel, angle=angle)
    assert unit_of(pl.domains(adata)) == pytest.approx(pixel, rel=1e-6)
    adata.obsm["spatial"] = np.round(adata.obsm["spatial"])  # whole pixels, and few spots far apart
    assert unit_of(pl.domains(adata[[0, 13, 40, 77]])) == pytest.approx(pixel, rel=0.01)
    adata.obsm["mirrored"] = adata.obsm["spatial"] * [1, -1]
    assert unit_of(pl.domains(adata, spatial_key="mirrored")) == pytest.approx(pixel, rel=0.01)


def test_places_that_are_not_on_the_grid_are_not_measured_by_it():
    rng = np.random.default_rng(0)
    adata = visium()
    adata.obsm["moved"] = rng.permutation(adata.obsm["spatial"])
    adata.obsm["stretched"] = adata.obsm["spatial"] * [1.5, 1]
    for spatial_key in ("moved", "stretched"):
        assert bar_of(pl.domains(adata, spatial_key=spatial_key)) is None
    adata.obs["array_col"] = adata.obs["array_col"] // 2  # as on a square grid
    assert bar_of(pl.domains(adata)) is None
    line = visium(n_rows=1)  # in a row, which says nothing of the other direction
    line.obsm["spatial"] = line.obsm["spatial"].round(6)
    assert bar_of(pl.domains(line)) is None


@pytest.mark.parametrize("diameter", [55.0, 65.0])
def test_without_these_numbers_size_and_distance_of_the_spots_tell_visium(diameter):
    adata = visium(0.5)
    del adata.obs["array_row"], adata.obs["array_col"]
    assert bar_of(pl.domains(adata)) is None
    with_image(adata, diameter=diameter / 0.5)
    assert unit_of(pl.domains(adata)) == pytest.approx(0.5)
    assert unit_of(pl.domains(adata, img=False)) == pytest.approx(0.5)


@pytest.mark.parametrize("diameter", [1.0, 50.0, 100.0])
def test_spots_of_other_sizes_are_not_taken_for_those_of_visium(diameter):
    assert bar_of(pl.domains(with_image(slide(), diameter=diameter))) is None


def test_squares_are_not_taken_for_visium():
    xy = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) * 100.0
    adata = ad.AnnData(np.ones((64, 1)), obs={"semst": "1"}, obsm={"spatial": xy})
    assert bar_of(pl.domains(with_image(adata, diameter=60.0))) is None


def test_scale_factors_of_visium_hd():
    adata = slide()
    factors = {"spot_diameter_fullres": 29.2, "bin_size_um": 8.0}
    adata.uns["spatial"] = {"x": {"images": {}, "scalefactors": factors}}
    assert unit_of(pl.domains(adata)) == pytest.approx(8 / 29.2)
    factors["microns_per_pixel"] = 0.2738
    assert unit_of(pl.domains(adata)) == pytest.approx(0.2738)
    adata.obsm["aligned"] = adata.obsm["spatial"]
    assert bar_of(pl.domains(adata, spatial_key="aligned")) is None  # factors are of "spatial"


@pytest.mark.parametrize("names", [("x_centroid", "y_centroid"), ("center_x", "center_y")])
def test_coordinates_that_are_columns_in_micrometres(names):
    adata = slide()
    adata.obs[list(names)] = adata.obsm["spatial"]
    assert unit_of(pl.domains(adata)) == pytest.approx(1)
    adata.obsm["spatial"] = adata.obsm["spatial"] / 0.2125  # to pixels
    assert bar_of(pl.domains(adata)) is None


def test_the_unit_that_the_reader_noted():
    adata = slide()
    adata.obsm["other"] = adata.obsm["spatial"]
    assert bar_of(pl.domains(adata)) is None
    adata.uns["spatial_unit"] = "micrometre"
    assert unit_of(pl.domains(adata)) == pytest.approx(1)
    assert bar_of(pl.domains(adata, spatial_key="other")) is None
    adata.uns["spatial_unit"] = "pixel"
    assert bar_of(pl.domains(adata)) is None


def test_fields_of_view_of_unknown_pixels_have_no_bar():
    adata = slide()
    adata.obs[["CenterX_global_px", "CenterY_global_px"]] = adata.obsm["spatial"]
    assert bar_of(pl.domains(adata)) is None
    assert unit_of(pl.domains(adata, scalebar_dx=0.12028)) == pytest.approx(0.12028)


def test_the_user_has_the_last_word():
    adata = visium(0.5)
    assert unit_of(pl.domains(adata, scalebar_dx=2)) == pytest.approx(2)
    assert bar_of(pl.domains(adata, scale_bar=False, scalebar_dx=2)) is None
    for wrong in (0, -1, np.nan, "wide"):
        with pytest.raises(SemSTError, match="scalebar_dx is .*(A positive number is needed|give a number)"):
            pl.domains(adata, scalebar_dx=wrong)


def test_the_bar_stands_under_the_tissue_and_measures_what_is_drawn():
    adata = visium(0.5)
    ax = pl.domains(adata)
    length, words = bar_of(ax)
    assert words == "200 µm" and length == pytest.approx(400)
    figure, (bar,) = ax.figure, ax.artists
    box = bar.get_window_extent(figure.canvas.get_renderer())
    panel = ax.get_window_extent()
    assert box.y1 <= panel.y0 + 1 and box.y0 >= 0 and panel.x0 - 1 <= box.x0 and box.x1 <= panel.x1
    seen = np.asarray(figure.canvas.buffer_rgba())[..., :3].max(axis=2) < 60
    row = seen.shape[0] - int(box.y1) + np.arange(int(box.height))
    pixels = seen[row[0] : row[-1], int(box.x0) : int(box.x1)].sum(axis=1).max()
    left, right = ax.transData.transform([[0, 0], [400, 0]])[:, 0]
    assert pixels == pytest.approx(right - left, abs=3)


def test_a_smaller_window_has_a_shorter_bar_of_the_same_unit():
    adata = visium(0.5)
    part = pl.domains(adata, crop_coord=(4000, 4600, 4000, 4500))
    assert bar_of(part)[1] == "50 µm" and unit_of(part) == pytest.approx(0.5)


def test_every_picture_of_tissue_has_its_bar_and_every_slice_its_own_unit(make_blocks):
    adata = visium(0.5)
    adata.obs["truth"] = "a"
    adata.obs["semst_uncertainty"] = 0.1
    assert unit_of(pl.uncertainty(adata)) == pytest.approx(0.5)
    assert [unit_of(ax) for ax in pl.compare(adata, ["truth", "semst"]).axes] == [pytest.approx(0.5), None]
    both = ad.concat({"x": adata, "y": visium(2.0)}, label="slice", index_unique="-")
    units = [unit_of(ax) for ax in pl.domains(both, sample_key="slice").axes]
    assert units == [pytest.approx(0.5), pytest.approx(2.0)]
    blocks = make_blocks(3)
    figure = pl.explain(blocks, scalebar_dx=100)
    assert unit_of(figure.axes[0]) == pytest.approx(100)
    box = figure.axes[0].artists[0].get_window_extent(figure.canvas.get_renderer())
    assert box.y0 >= 0 and box.x1 < figure.axes[-1].get_window_extent().x0


def test_light_bars_on_dark_pictures():
    with plt.style.context("dark_background"):
        (bar,) = pl.domains(visium()).artists
    assert bar.size_bar.get_children()[0].get_facecolor()[:3] == (1, 1, 1)


@pytest.mark.real_data
def test_a_section_of_the_cortex_on_its_slide(shared_data):
    adata = ad.read_h5ad(shared_data / "dlpfc_151673.h5ad")
    ax = pl.domains(adata, "ground_truth")
    assert unit_of(ax) == pytest.approx(100 / 137.0, rel=0.01)  # neighbours are 137 pixels apart
    assert bar_of(ax)[1] == "1 mm"
    for other in ("her2st_A1", "st_pdac_A", "osmfish_ssctx"):  # other grids, and pixels of unknown size
        assert bar_of(pl.domains(ad.read_h5ad(shared_data / f"{other}.h5ad"), "ground_truth")) is None

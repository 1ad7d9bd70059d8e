"""A choice of domains, and a part of the tissue."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from pl.slides import legend_of, places_of, slide, spots_of, with_image
from semst import SemSTError, pl
from semst.pl._palette import MISSING

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def adata():
    """Stripes "1", "2" and "10" from above, and three spots without a label."""
    adata = slide()
    stripe = np.array(["1", "2", "10"], dtype=object)[
        (adata.obsm["spatial"][:, 1] // 250).astype(int).clip(0, 2)
    ]
    stripe[:3] = None
    adata.obs["semst"] = pd.Categorical(stripe, categories=["1", "2", "10"])
    adata.obs["truth"] = adata.obs["semst"].cat.rename_categories({"1": "a", "2": "b", "10": "c"})
    adata.obs["semst_uncertainty"] = np.linspace(0, 0.5, adata.n_obs)
    return adata


def colors_of(ax):
    """Colour of every spot that is drawn, by its place."""
    found = {}
    for spots in spots_of(ax):
        faces = np.atleast_2d(spots.get_facecolors())
        places = np.asarray(spots.get_offsets())
        for place, face in zip(places, np.broadcast_to(faces, (len(places), 4)), strict=True):
            found[tuple(place)] = to_hex(face).upper()
    return found


@pytest.mark.parametrize("groups", ["10", ["10"], ("2", "10"), [2, 10], ["10", "2", "10"]])
def test_chosen_domains_keep_their_colours_and_all_else_is_grey(adata, groups):
    wanted = {"10"} if groups in ("10", ["10"]) else {"2", "10"}
    whole, some = colors_of(pl.domains(adata)), pl.domains(adata, groups=groups)
    for place, color in colors_of(some).items():
        row = np.flatnonzero((adata.obsm["spatial"] == place).all(axis=1))[0]
        chosen = adata.obs["semst"].iloc[row] in wanted
        assert color == (whole[place] if chosen else MISSING)
    assert len(places_of(some)) == adata.n_obs
    assert legend_of(some) == [name for name in ["1", "2", "10"] if name in wanted] + ["others"]


def test_all_domains_chosen_is_the_whole_picture_but_for_the_word_for_the_rest(adata):
    every = pl.domains(adata, groups=["1", "2", "10"])
    assert colors_of(every) == colors_of(pl.domains(adata))
    assert legend_of(every) == ["1", "2", "10", "others"]
    assert legend_of(pl.domains(adata[3:], groups=["1", "2", "10"])) == ["1", "2", "10"]


@pytest.mark.parametrize(
    "draw", [pl.domains, lambda adata, **some: pl.compare(adata, ["semst", "truth"], **some)]
)
def test_unknown_domains_are_named_with_those_there_are(adata, draw):
    with pytest.raises(SemSTError, match=r'adata.obs\["semst"\] has no 3, x. Its domains are: 1, 2, 10.'):
        draw(adata, groups=["1", "3", "x"])
    with pytest.raises(SemSTError, match=r"groups names no domain. .* are: 1, 2, 10"):
        draw(adata, groups=[])


def test_compare_draws_what_is_matched_with_the_chosen_domains(adata):
    left, right = pl.compare(adata, ["semst", "truth"], groups="2").axes
    assert legend_of(left) == ["2", "others"] and legend_of(right) == ["b", "others"]
    assert colors_of(left) == colors_of(right) and set(colors_of(left).values()) == {
        MISSING,
        pl.palette(2)[1],
    }
    assert right.get_title() == "truth (ARI 1.00)"


def test_explain_writes_of_the_chosen_domains_alone(make_blocks):
    adata = make_blocks(4)
    figure = pl.explain(adata, groups=["2", "4"])
    assert len(figure.axes[-1].patches) == 2
    assert {to_hex(patch.get_facecolor()).upper() for patch in figure.axes[-1].patches} == set(
        np.array(pl.palette(4))[[1, 3]]
    )
    assert set(colors_of(figure.axes[0]).values()) == {MISSING, *np.array(pl.palette(4))[[1, 3]]}
    assert len(figure.axes[-1].texts) < len(pl.explain(adata).axes[-1].texts)


def test_very_many_spots_are_chosen_from_too(adata, monkeypatch):
    monkeypatch.setattr("semst.pl._draw_tissue.SHADE_ABOVE", 10)
    shown = pl.domains(adata, groups="2").images[0].get_array().reshape(-1, 4)
    seen = {to_hex(color / 255).upper() for color in np.unique(shown[shown[:, 3] == 255], axis=0)}
    assert seen == {MISSING, pl.palette(2)[1]}


def drawings(adata, **view):
    """The tissue axes of every picture that takes a window."""
    yield pl.domains(adata, **view)
    yield pl.compare(adata, ["semst", "truth"], **view).axes[1]
    yield pl.uncertainty(adata, **view)


@pytest.mark.parametrize("number", range(3))
def test_a_window_is_shown_from_end_to_end_in_spots_and_image(adata, number):
    with_image(adata, factor=0.5)
    window = (150, 420, 90, 480)
    ax = list(drawings(adata, img=True, crop_coord=window))[number]
    assert ax.get_xlim() == (150, 420) and ax.get_ylim() == (480, 90)
    assert ax.images[0].get_extent() == [-1, 959, 799, -1]  # where it was
    x, y = adata.obsm["spatial"].T
    inside = (x >= 150) & (x <= 420) & (y >= 90) & (y <= 480)
    near = (x >= 50) & (x <= 520) & (y >= -10) & (y <= 580)  # circles that the edge cuts are there, too
    drawn = {tuple(place) for place in places_of(ax)}
    assert {tuple(place) for place in adata.obsm["spatial"][inside]} <= drawn
    assert drawn == {tuple(place) for place in adata.obsm["spatial"][near]}


def test_a_window_changes_no_colour_no_size_and_no_score(adata):
    adata.obs["truth"] = adata.obs["truth"].where(adata.obsm["spatial"][:, 0] < 300, "a")
    window = (0, 250, 0, 200)
    whole, part = (pl.compare(adata, ["truth", "semst"], **view) for view in ({}, {"crop_coord": window}))
    for before, after in zip(whole.axes, part.axes, strict=True):
        assert colors_of(after).items() <= colors_of(before).items()
        assert spots_of(after)[-1].get_widths() == spots_of(before)[-1].get_widths()
        assert before.get_title() == after.get_title()
    before, after = pl.uncertainty(adata), pl.uncertainty(adata, crop_coord=window)
    assert spots_of(before)[-1].get_clim() == spots_of(after)[-1].get_clim()


def test_the_legend_of_a_window_has_what_is_in_it(adata):
    assert legend_of(pl.domains(adata, crop_coord=(0, 900, 550, 700))) == ["10"]
    assert legend_of(pl.domains(adata, crop_coord=(0, 900, 0, 50))) == ["1", "not labelled"]


def test_a_panel_has_the_shape_of_the_window(adata):
    ax = pl.domains(adata, crop_coord=(0, 800, 100, 300))
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    assert box.height / box.width == pytest.approx(0.25, rel=0.02)


def test_every_slice_is_cropped_in_its_own_and_those_elsewhere_are_left_out(adata):
    adata.obs["slice"] = np.array(["a", "b", "c"])[np.arange(adata.n_obs) % 3]
    adata.obsm["spatial"][adata.obs["slice"] == "b"] += 5000
    figure = pl.domains(adata, sample_key="slice", crop_coord=(0, 400, 0, 400))
    assert [ax.get_title() for ax in figure.axes if ax.axison] == ["a", "c"]
    assert all(ax.get_xlim() == (0, 400) for ax in figure.axes)


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ((5000, 6000, 0, 10), r"No spot lies in crop_coord \(5000.0, 6000.0, 0.0, 10.0\)"),
        ((5000, 6000, 0, 10), "x goes from 0 to 850 and y from 0 to 606"),
        ((10, 20, 10, 20), "No spot lies in"),
        ((0, 100, 50), "Four numbers are needed|give a Sequence"),
        ((0, 100, 50, np.nan), "Four numbers are needed|give a Sequence"),
        ("all", "Four numbers are needed|give a Sequence"),
        (7, "Four numbers are needed|give a Sequence"),
        ((100, 0, 0, 100), "each minimum must be below its maximum"),
        ((0, 100, 100, 100), "each minimum must be below its maximum"),
    ],
)
def test_windows_that_show_nothing_are_refused(adata, window, says):
    with pytest.raises(SemSTError, match=says):
        pl.domains(adata, crop_coord=window)


@settings(max_examples=25, deadline=None)
@given(st.floats(-50, 800), st.floats(-50, 600), st.floats(1, 400), st.floats(1, 400))
def test_every_spot_of_a_window_is_drawn(left, top, width, height):
    adata = slide()
    window = (left, left + width, top, top + height)
    x, y = adata.obsm["spatial"].T
    inside = (x >= window[0]) & (x <= window[1]) & (y >= window[2]) & (y <= window[3])
    if not inside.any():
        with pytest.raises(SemSTError, match="No spot lies in"):
            pl.domains(adata, crop_coord=window)
        return
    drawn = {tuple(place) for place in places_of(pl.domains(adata, crop_coord=window))}
    assert {tuple(place) for place in adata.obsm["spatial"][inside]} <= drawn
    plt.close("all")

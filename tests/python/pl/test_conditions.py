"""Pictures of compared conditions: whose bars, what lengths, which dots are filled."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from semst import SemSTError, compare, pl

GROUPS = ("control", "case")
SAMPLES = [f"s{i}" for i in range(12)]
CONDITIONS = pd.Series(["case", "control"] * 6, index=SAMPLES)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def found():
    counts = pd.DataFrame(
        np.random.default_rng(0).poisson(100, (12, 3)), index=SAMPLES, columns=["1", "2", "10"]
    )
    counts.loc[CONDITIONS == "case", "2"] *= 3
    return compare.compare_proportions(counts, CONDITIONS, GROUPS, key="semst")


@pytest.fixture
def touching():
    sizes = pd.DataFrame(30, index=SAMPLES, columns=["1", "2", "10"])
    edges = {}
    for i, name in enumerate(SAMPLES):
        touch = (40 if CONDITIONS[name] == "case" else 10) + i % 3
        edges[name] = np.array([[100 - touch, touch, 0], [touch, 95 - touch, 5], [0, 5, 95]])
    return compare.compare_contacts(edges, sizes, CONDITIONS, GROUPS, key="semst")


def names(labels):
    return [label.get_text() for label in labels]


def test_bars_are_the_shares_of_every_sample_group_by_group(found):
    bars, _ = pl.proportions(found).axes
    wanted = [f"s{i}" for i in (1, 3, 5, 7, 9, 11, 0, 2, 4, 6, 8, 10)]
    assert names(bars.get_yticklabels()) == wanted
    widths = np.array([[bar.get_width() for bar in container] for container in bars.containers])
    np.testing.assert_allclose(widths.T, found.proportions.loc[wanted])
    starts = np.array([[bar.get_x() for bar in container] for container in bars.containers])
    np.testing.assert_allclose(starts[1:], np.cumsum(widths, axis=0)[:-1])
    colors = [to_hex(container[0].get_facecolor()).upper() for container in bars.containers]
    assert colors == pl.palette(3)
    where = {text.get_text(): text.get_position()[1] for text in bars.texts}
    rows = bars.get_yticks()
    assert (
        list(where) == ["control", "case"]
        and rows[5] < where["case"] < rows[6]
        and where["control"] < rows[0]
    )


def test_differences_are_log2_ratios_filled_where_they_are_sure(found):
    ax = pl.proportions(found).axes[1]
    assert names(ax.get_yticklabels()) == ["1", "2", "10"]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    spans = [line for line in ax.lines if line.get_marker() != "o"][1:]
    effects = found.effects
    np.testing.assert_allclose([dot.get_xdata()[0] for dot in dots], np.log2(effects["ratio"]))
    np.testing.assert_allclose(
        [line.get_xdata() for line in spans], effects[["low", "high"]].to_numpy() / np.log(2)
    )
    filled = [to_hex(dot.get_markerfacecolor()) != "#ffffff" for dot in dots]
    assert filled == (effects["p_adjusted"] < 0.05).to_list() and filled[1]
    assert "case to control" in ax.get_xlabel() and f"{found.overall_p:.2g}" in ax.get_title(loc="left")


def test_one_with_too_few_samples_has_no_filled_dot_and_says_so(found):
    few = compare.compare_proportions(found.counts[:4], CONDITIONS[:4], GROUPS, key="semst")
    ax = pl.proportions(few).axes[1]
    assert ax.get_title(loc="left") == "no test"
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert {to_hex(dot.get_markerfacecolor()) for dot in dots} == {"#ffffff"}


def test_without_conditions_there_are_bars_and_a_legend(found):
    figure = pl.proportions(compare.compare_proportions(found.counts, key="semst"))
    assert len(figure.axes) == 1 and names(figure.legends[0].get_texts()) == ["1", "2", "10"]


def test_colours_are_those_of_the_object_also_where_a_domain_is_left_out(found, make_blocks):
    adata = make_blocks(4, labels=["1", "2", "3", "10"])
    adata.uns["semst_colors"] = ["#000001", "#000002", "#000003", "#00000A"]
    bars = pl.proportions(found, adata).axes[0]
    assert [to_hex(c[0].get_facecolor()).upper() for c in bars.containers] == [
        "#000001",
        "#000002",
        "#00000A",
    ]
    given = {"1": "red", "2": "green", "10": "blue"}
    bars = pl.proportions(found, adata, colors=given).axes[0]
    assert [to_hex(c[0].get_facecolor()) for c in bars.containers] == ["#ff0000", "#008000", "#0000ff"]
    with pytest.raises(SemSTError, match="colors has no colour for 10"):
        pl.proportions(found, colors={"1": "red", "2": "green"})


def test_heat_maps_are_both_means_and_the_difference(touching):
    figure = pl.contacts(touching)
    panels = figure.axes[0], figure.axes[1], figure.axes[3]
    assert [ax.get_title(loc="left") for ax in panels] == ["control", "case", "case\nminus control"]
    for ax, column in zip(panels, ["mean_control", "mean_case", "difference"], strict=True):
        shown = np.ma.filled(ax.images[0].get_array().astype(float), np.nan)
        np.testing.assert_allclose(shown[0, 1], touching.effects.loc[("1", "2"), column])
        np.testing.assert_allclose(shown, shown.T)
        assert np.isnan(shown[0, 2]) and np.isnan(shown).sum() == 2  # 1 and 10 touch nowhere
        assert names(ax.get_xticklabels()) == names(ax.get_yticklabels()) == ["1", "2", "10"]
        assert ax.images[0].norm.vmin == -ax.images[0].norm.vmax
    assert panels[0].images[0].norm.vmax == panels[1].images[0].norm.vmax
    (dots,) = panels[2].collections
    sure = touching.effects.index[touching.effects["p_adjusted"] < 0.05]
    places = {tuple(place) for place in dots.get_offsets().astype(int).tolist()}
    order = ["1", "2", "10"]
    wanted = {(order.index(a), order.index(b)) for one in sure for a, b in (one, one[::-1])}
    assert places == wanted and (0, 1) in places


def test_one_panel_without_conditions_and_none_over_the_other(touching):
    sizes = pd.DataFrame(30, index=["s"], columns=["1", "2", "10"])
    found = compare.compare_contacts({"s": np.array([[4, 3, 0], [3, 4, 3], [0, 3, 4]])}, sizes, key="semst")
    figure = pl.contacts(found)
    assert len(figure.axes) == 2 and figure.axes[0].get_title(loc="left") == "all samples"
    figure = pl.contacts(touching)
    figure.canvas.draw()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_long_names_are_cut_and_lie_within_the_picture():
    names_ = [f"a very long name of domain $\\{i}$ that has no end" for i in range(12)]
    samples = [f"sample {i} of a donor with a very long name" for i in range(6)]
    counts = pd.DataFrame(np.random.default_rng(0).poisson(20, (6, 12)), index=samples, columns=names_)
    conditions = pd.Series(["control"] * 3 + ["case"] * 3, index=samples)
    figure = pl.proportions(compare.compare_proportions(counts, conditions, GROUPS))
    figure.canvas.draw()
    for ax in figure.axes:
        boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
        assert all(box.x0 >= 0 for box in boxes)
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert figure.axes[0].get_tightbbox().x1 <= figure.axes[1].get_tightbbox().x0


@pytest.mark.parametrize("kind", ["proportions", "contacts"])
def test_pictures_are_saved_whole_and_replace_nothing_unasked(kind, found, touching, tmp_path):
    draw, result = (pl.proportions, found) if kind == "proportions" else (pl.contacts, touching)
    path = tmp_path / "picture.png"
    draw(result, save=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SemSTError, match="picture.png exists already"):
        draw(result, save=path)
    draw(result, save=path, overwrite=True)

"""Every picture of an object names its domains in one order and draws them in one set of colours."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from semst import _validate, compare, pl, tl
from semst._colors import colors_of
from semst.pl import _semantic_umap

SAMPLES = [f"s{i}" for i in range(4)]


def of_legend(legend):
    return {
        text.get_text(): to_hex(
            handle.get_color() if hasattr(handle, "get_color") else handle.get_facecolor()
        )
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }


def of_rows(labels, patches):
    colors = [to_hex(patch.get_facecolor()) for patch in patches]
    return dict(zip([label.get_text() for label in labels], colors, strict=True))


def domains(adata, folder):
    return of_legend(pl.domains(adata).get_legend())


def several_slices(adata, folder):
    return of_legend(pl.domains(adata, sample_key="slice").legends[0])


def first_of_compare(adata, folder):
    return of_legend(pl.compare(adata, ["semst", "slice"]).axes[0].get_legend())


def explain(adata, folder):
    rows = pl.explain(adata).axes[-1]
    names = [text for text in rows.texts if text.get_weight() == "bold"]
    return of_rows(names, rows.patches)


def markers(adata, folder):
    ax = pl.markers(adata).axes[0]
    return of_rows(ax.get_yticklabels(), [bar for bar in ax.patches if bar.get_height() == 0.84])


def semantic_umap(adata, folder):
    return of_legend(pl.semantic_umap(adata, vectors=np.ones((adata.n_obs, 3))).get_legend())


def tree(adata, folder):
    tl.tree(adata)
    ax = pl.tree(adata)
    (dots,) = [part for part in ax.collections if len(part.get_offsets()) == len(ax.get_yticklabels())]
    found = dict(
        zip([t.get_text() for t in ax.get_yticklabels()], map(to_hex, dots.get_facecolors()), strict=True)
    )
    return {name: found[name] for name in expected(adata) if name in found}  # a tree has its own order


def proportions(adata, folder):
    names = list(_validate.get_labels(adata, "semst").categories)
    counts = pd.DataFrame(np.arange(4 * len(names)).reshape(4, -1) + 5, index=SAMPLES, columns=names)
    groups, conditions = ("a", "b"), pd.Series(list("aabb"), index=SAMPLES)
    figure = pl.proportions(compare.compare_proportions(counts, conditions, groups, key="semst"), adata)
    bars, effects = figure.axes
    found = {c.get_label(): to_hex(c[0].get_facecolor()) for c in bars.containers}
    assert [label.get_text() for label in effects.get_yticklabels()] == list(found)
    log2 = compare.compare_proportions(counts, conditions, groups, key="semst").effects[
        "difference"
    ] / np.log(2)
    dots = [line.get_xdata()[0] for line in effects.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(dots, log2[list(found)])
    for container in bars.containers:
        widths = [bar.get_width() for bar in container]
        np.testing.assert_allclose(widths, (counts.T / counts.sum(axis=1)).T[container.get_label()])
    return found


def contacts(adata, folder):
    names = list(_validate.get_labels(adata, "semst").categories)
    sizes = pd.DataFrame(30, index=SAMPLES, columns=names)
    edges = np.arange(len(names) ** 2).reshape(len(names), -1) + 1
    touching = compare.compare_contacts(dict.fromkeys(SAMPLES, edges + edges.T), sizes, key="semst")
    ax = pl.contacts(touching, adata).axes[0]
    shown = [label.get_text() for label in ax.get_yticklabels()]
    values = touching.overall["log2_ratio"]
    image = np.asarray(ax.images[0].get_array())
    for i, one in enumerate(shown):
        for j, other in enumerate(shown):
            pair = (one, other) if (one, other) in values.index else (other, one)
            np.testing.assert_allclose(image[i, j], values[pair])
    return of_rows(ax.get_yticklabels(), ax.patches[::2])


def report(adata, folder):
    pl.report(adata, folder / "page.html")
    page = (folder / "page.html").read_text(encoding="utf-8")
    chips = re.findall(
        r'style="background:(#\w+)" aria-hidden="true"></span><span class="label">([^<]*)<', page
    )
    return {name: color.lower() for color, name in chips}


DRAWN = {
    "domains": [domains, several_slices],
    "compare": [first_of_compare],
    "explain": [explain],
    "markers": [markers],
    "semantic_umap": [semantic_umap],
    "tree": [tree],
    "proportions": [proportions],
    "contacts": [contacts],
    "report": [report],
}
WITHOUT_DOMAINS = {"choose_n_domains", "history", "palette", "uncertainty"}

# the column's categories (None: text), and the order that is shown
COLUMNS = {
    "numbers as text": (None, ["1", "2", "10"]),
    "numbers in the order of the alphabet": (["1", "10", "2"], ["1", "2", "10"]),
    "parts of a domain": (["1", "3.1", "3.10", "3.2"], ["1", "3.1", "3.2", "3.10"]),
    "words with numbers": (None, ["L1", "L2", "L10"]),
    "words with numbers in the order of the alphabet": (["L1", "L10", "L2"], ["L1", "L2", "L10"]),
    "an order of one's own": (["WM", "L10", "L2"], ["WM", "L10", "L2"]),
}


def expected(adata):
    """Colours as other programs get them, in the order that is shown."""
    names = _validate.get_labels(adata, "semst").categories
    return {name: color.lower() for name, color in colors_of(adata, "semst", names).items()}


@pytest.fixture(params=COLUMNS)
def case(request, make_blocks, monkeypatch):
    categories, shown = COLUMNS[request.param]
    adata = make_blocks(len(shown), labels=categories or sorted(shown))
    if categories is None:
        adata.obs["semst"] = adata.obs["semst"].astype(str)
    adata.obs["slice"] = ["a", "b"] * (adata.n_obs // 2)
    adata.obsm["X_semst"] = np.random.default_rng(0).normal(size=(adata.n_obs, 2))
    monkeypatch.setattr(_semantic_umap, "_layout", lambda vectors, **options: vectors[:, :2])
    yield adata, shown
    plt.close("all")


@pytest.mark.parametrize(
    "draw", [draw for some in DRAWN.values() for draw in some], ids=lambda draw: draw.__name__
)
@pytest.mark.parametrize("kept", [False, True], ids=["palette", "kept"])
def test_all_pictures_agree(case, draw, kept, tmp_path):
    adata, shown = case
    if kept and isinstance(adata.obs["semst"].dtype, pd.CategoricalDtype):
        adata.uns["semst_colors"] = [f"#{10 * i + 10:02x}5080" for i in range(len(shown))]
    before = adata.uns.get("semst_colors")
    wanted = expected(adata)
    found = draw(adata, tmp_path)
    assert {name: found[name] for name in shown} == wanted
    if draw is not tree:
        assert list(found) == shown
    assert adata.uns.get("semst_colors") is before


def test_no_public_picture_is_forgotten():
    assert set(DRAWN) | WITHOUT_DOMAINS == set(pl.__all__)


def test_panels_are_in_the_order_of_numbers_too(case):
    adata, _ = case
    for column in (["s10", "s2"], pd.Categorical(["s10", "s2"])):
        adata.obs["slice"] = list(column) * (adata.n_obs // 2)
        assert [ax.get_title() for ax in pl.domains(adata, sample_key="slice").axes[:2]] == ["s2", "s10"]
    own = pd.Categorical(["s2", "s10"] * (adata.n_obs // 2), categories=["s10", "s2"], ordered=True)
    adata.obs["slice"] = own
    assert [ax.get_title() for ax in pl.domains(adata, sample_key="slice").axes[:2]] == ["s10", "s2"]

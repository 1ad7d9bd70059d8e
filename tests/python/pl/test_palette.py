"""Colours seen by normal and colour-blind eyes."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from semst import SemSTError, pl
from semst.pl._labels import get_labels, matched_colors
from semst.pl._palette import MISSING, category_colors

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
EYES = {
    "normal": np.eye(3),
    "deuteranopic": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopic": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def _lab(colors, eye):
    rgb = np.array([to_rgb(c) for c in colors])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(EYES[eye]).T, 0, 1)
    ratio = seen @ np.array(TO_XYZ).T / [0.95047, 1, 1.08883]
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("eye", EYES)
def test_all_colours_stay_apart_for_every_eye(eye):
    lab = _lab([*pl.palette(24), MISSING, "#FFFFFF"], eye)
    distance = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    among_domains = distance[:24, :24][~np.eye(24, dtype=bool)]
    assert among_domains.min() > 15
    assert distance[:24, 24:].min() > 12  # nor is any taken for "not labelled" or the paper


def test_lab_distance_of_known_colours():
    """Red and green of equal lightness are far apart for normal eyes and near for deuteranopic ones."""
    pair = ["#A06000", "#608000"]
    normal, blind = (np.linalg.norm(np.diff(_lab(pair, eye), axis=0)) for eye in ("normal", "deuteranopic"))
    assert normal > 3 * blind
    np.testing.assert_allclose(_lab(["#FFFFFF", "#000000"], "normal")[:, 0], [100, 0], atol=0.01)


def test_the_first_colours_never_depend_on_how_many_there_are():
    assert pl.palette(5) == pl.palette(24)[:5]
    assert pl.palette(0) == []
    assert len(set(pl.palette(24))) == 24


def test_more_domains_than_colours_repeat_and_say_so(monkeypatch):
    said = []
    monkeypatch.setattr("semst.pl._palette.logger.warning", lambda text, *args: said.append(text % args))
    colors = pl.palette(26)
    assert colors[24:] == colors[:2]
    assert said == ["26 domains, but only 24 colours: colours repeat in the picture"]


def _adata(**columns):
    n = len(next(iter(columns.values())))
    return ad.AnnData(np.ones((n, 1)), obs=pd.DataFrame(columns, index=[f"s{i}" for i in range(n)]))


def test_own_colours_come_first_then_those_in_uns_then_the_palette():
    adata = _adata(k=["a", "b"])
    categories = pd.Index(["a", "b"])
    assert category_colors(adata, "k", categories, None) == pl.palette(2)
    adata.uns["k_colors"] = ["red", "blue"]
    assert category_colors(adata, "k", categories, None) == ["#FF0000", "#0000FF"]
    assert category_colors(adata, "k", categories, {"b": "#ffffff", "a": "k"}) == ["#000000", "#FFFFFF"]
    assert category_colors(adata, "k", categories, ["k", "w"]) == ["#000000", "#FFFFFF"]
    adata.uns["k_colors"] = ["red", "blue", "green"]  # left over from other categories
    assert category_colors(adata, "k", categories, None) == pl.palette(2)


def test_colours_that_do_not_suffice_are_refused():
    adata, categories = _adata(k=["a", "b"]), pd.Index(["a", "b"])
    with pytest.raises(SemSTError, match=r"1 colours, but .* has 2 categories"):
        category_colors(adata, "k", categories, ["red"])
    with pytest.raises(SemSTError, match="no colour for b. It has: a"):
        category_colors(adata, "k", categories, {"a": "red"})
    with pytest.raises(SemSTError, match="rouge, which matplotlib does not know"):
        category_colors(adata, "k", categories, ["rouge", "blue"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["10", "9", None], ["9", "10"]),
        ([10.0, 9.0, np.nan], ["9", "10"]),
        ([2, 10, 9], ["2", "9", "10"]),
        (["L2", "L10", "L2"], ["L2", "L10"]),
        (["3.10", "3.2", "3.9", "WM"], ["3.2", "3.9", "3.10", "WM"]),
        (["3.10", "3.2", "10", "3"], ["3", "3.2", "3.10", "10"]),
        ([0.25, 0.5, 0.1], ["0.1", "0.25", "0.5"]),
        (["-1", "10", "2"], ["-1", "2", "10"]),
        (pd.Categorical(["L2", "L10", "L1"]), ["L1", "L2", "L10"]),
        (pd.Categorical(["L2", "L10", "L1"], categories=["L10", "L1", "L2"]), ["L10", "L1", "L2"]),
        (pd.Categorical(["L2", "L10"], categories=["L10", "L2"], ordered=True), ["L10", "L2"]),
        (pd.Categorical(["WM", "L1", "L1"], categories=["L1", "WM", "unused"]), ["L1", "WM"]),
        (pd.Categorical(["2", "1", "1"], categories=["2", "1"], ordered=True), ["2", "1"]),
    ],
)
def test_categories_come_in_the_order_people_expect(values, expected):
    labels = get_labels(_adata(k=values), "k")
    assert labels.categories.tolist() == expected
    given = pd.Series(values).astype(object)
    for label, value in zip(labels, given, strict=True):
        assert pd.isna(label) == pd.isna(value)
        if not pd.isna(value):
            assert label == str(value).removesuffix(".0")


def test_a_measurement_is_no_set_of_labels():
    adata = _adata(depth=np.linspace(0, 1, 300))
    with pytest.raises(SemSTError, match='"depth"] has 300 different values: it looks like a measurement'):
        get_labels(adata, "depth")


def test_matched_domains_take_the_colour_of_their_counterpart():
    reference = pd.Categorical(list("aaaabbbbcc") + [None, "a"])
    # y lies on a, x on b, z on one a only (a is taken by y), and w where there is no reference at all
    labels = pd.Categorical(list("yyyzxxxxxx") + ["w", None])
    colors = matched_colors(labels, reference, ["red", "green", "blue"])
    by_name = dict(zip(labels.categories, colors, strict=True))
    assert by_name["y"] == "red" and by_name["x"] == "green"
    # colours of the palette for domains without a counterpart, and no colour twice
    assert sorted([by_name["w"], by_name["z"]]) == sorted(pl.palette(2))
    taken = matched_colors(labels, reference, [*pl.palette(2), "blue"])
    assert len(set(taken)) == 4


def test_matching_looks_at_all_pairs_together():
    """One by one, p would take a (3 spots), leaving q with 0; together p-b and q-a overlap in 4."""
    reference = pd.Categorical(list("aaa" + "bb" + "aa"))
    labels = pd.Categorical(list("ppp" + "pp" + "qq"))
    assert matched_colors(labels, reference, ["red", "green"]) == ["green", "red"]


def test_colours_kept_by_scanpy_go_with_their_categories():
    names = ["1", "10", "2"]  # as scanpy sorts them
    adata = ad.AnnData(np.ones((6, 1)), obs={"domain": pd.Categorical(names * 2, categories=names)})
    adata.uns["domain_colors"] = ["#010000", "#020000", "#030000"]
    assert category_colors(adata, "domain", pd.Index(["1", "2", "10"]), None) == [
        "#010000",
        "#030000",
        "#020000",
    ]

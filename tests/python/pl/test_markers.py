"""The dot plot of marker genes: which genes, what sizes and colours, whose values."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from semst import MissingKeyError, SemSTError, pl
from semst.pl._text import ELLIPSIS


def dots_of(figure):
    ax = figure.axes[0]
    (dots,) = ax.collections
    shape = len(ax.get_yticks()), len(ax.get_xticks())
    return dots.get_sizes().reshape(shape), np.asarray(dots.get_array()).reshape(shape)


def genes_of(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def hand_made():
    """Two domains of two spots, all libraries of 10 counts."""
    adata = ad.AnnData(
        np.array([[10, 0, 0], [4, 0, 6], [0, 0, 10], [0, 5, 5]], np.float32),
        obs=pd.DataFrame({"semst": ["1", "1", "2", "2"]}, index=list("abcd")),
        var=pd.DataFrame(index=["A", "B", "C"]),
    )
    markers = pd.DataFrame({"domain": ["1", "2", "2"], "gene": ["A", "B", "C"]})
    tables = {"domains": pd.DataFrame({"domain": ["1", "2"]}), "terms": pd.DataFrame({"domain": []})}
    adata.uns["semst_explain"] = {**tables, "markers": markers, "params": {}}
    return adata


def test_area_is_the_share_of_spots_and_colour_the_mean_from_lowest_to_highest():
    figure = pl.markers(hand_made())
    area, level = dots_of(figure)
    np.testing.assert_allclose(area / area.max(), [[1, 0, 0.5], [0, 0.5, 1]])
    np.testing.assert_allclose(level, [[1, 0, 0], [0, 1, 1]])


def test_the_scale_is_that_of_the_means_of_log_values():
    adata = hand_made()
    adata.obs["semst"] = ["1", "2", "2", "3"]
    area, level = dots_of(pl.markers(adata))
    means = np.array([np.log1p(1e4), np.log1p(4e3) / 2, 0])
    np.testing.assert_allclose(level[:, 0], means / means[0], rtol=1e-6)
    np.testing.assert_allclose(area[:, 0] / area.max(), [1, 0.5, 0])


def test_the_library_is_that_of_all_genes_and_depth_does_not_count():
    adata = hand_made()
    deeper = adata.copy()
    deeper.X[1] *= 7
    for one, other in zip(dots_of(pl.markers(adata)), dots_of(pl.markers(deeper)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_markers_are_symbols_where_genes_have_ids():
    adata = hand_made()
    named = dots_of(pl.markers(adata))
    adata.var["gene_name"] = list(adata.var_names)
    adata.var_names = [f"ENSG0000000000{i}" for i in range(3)]
    figure = pl.markers(adata)
    assert genes_of(figure) == ["A", "B", "C"]
    for one, other in zip(named, dots_of(figure), strict=True):
        np.testing.assert_allclose(one, other)


def test_counts_and_depth_are_where_they_are_said_to_be():
    adata = hand_made()
    expected = dots_of(pl.markers(adata))
    adata.layers["counts"], adata.X = adata.X.copy(), np.zeros_like(adata.X)
    for one, other in zip(expected, dots_of(pl.markers(adata, layer="counts")), strict=True):
        np.testing.assert_allclose(one, other)
    adata.obs["depth"] = [1e4, 1e4, 1e4, 1e8]
    level = dots_of(pl.markers(adata, layer="counts", depth_key="depth"))[1]
    assert level[1, 1] == 1 and level[0, 0] == 1
    np.testing.assert_allclose(level[1, 2], 1)
    adata.obs["semst"] = ["1", "2", "3", "2"]
    adata.uns["semst_explain"]["markers"] = pd.DataFrame({"domain": ["3"], "gene": ["C"]})
    level = dots_of(pl.markers(adata, layer="counts", depth_key="depth"))[1]
    np.testing.assert_allclose(
        level[:, 0], [0, (np.log1p(6) + np.log1p(5e-4)) / 2 / np.log1p(10), 1], rtol=1e-5
    )


def test_spots_without_counts_or_domain_do_not_count():
    adata = hand_made()
    more = ad.concat([adata, adata[:2].copy()], index_unique="-", merge="same")
    more.X[4] = 0
    more.obs["semst"] = pd.Categorical(["1", "1", "2", "2", "1", None])
    more.uns = adata.uns
    for one, other in zip(dots_of(pl.markers(adata)), dots_of(pl.markers(more)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_genes_are_the_first_of_every_domain_and_none_twice(make_blocks):
    adata = make_blocks(3)
    table = adata.uns["semst_explain"]["markers"]
    table.loc[3, "gene"] = "G1a"
    figure = pl.markers(adata, n_genes=2)
    assert genes_of(figure) == ["G1a", "G1b", "G2b", "G3a", "G3b"]
    bars = [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    over = {to_hex(p.get_facecolor()).upper(): p.get_width() for p in bars if p.get_y() > 1}
    colors = pl.palette(3)
    assert list(over) == colors
    np.testing.assert_allclose(list(over.values()), [1.84, 0.84, 1.84])


def test_rows_are_in_the_order_of_domains_with_their_colours(make_blocks):
    adata = make_blocks(11)
    adata.uns["semst_colors"] = [f"#0000{i:02X}" for i in range(11)]
    ax = pl.markers(adata).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(i + 1) for i in range(11)]
    beside = [p for p in ax.patches if p.get_x() < -0.01 and p.get_y() < 11 and p.get_height() > 0.5]
    rows = sorted(beside, key=lambda p: p.get_y())
    assert [to_hex(p.get_facecolor()).upper() for p in rows][:11] == adata.uns["semst_colors"]


def test_nothing_of_a_large_picture_overlaps(make_blocks):
    figure = pl.markers(
        make_blocks(15, labels=[f"a very long name of domain $\\{i}$ in it" for i in range(15)])
    )
    figure.canvas.draw()
    ax, side = figure.axes[:2]
    assert len(genes_of(figure)) == 45
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [label.get_window_extent() for label in labels]
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
        assert all(box.x0 >= 0 and box.y0 >= 0 for box in boxes)
    assert side.get_window_extent().x0 >= ax.get_window_extent().x1
    assert all(ELLIPSIS in label.get_text() for label in ax.get_yticklabels())


def test_what_is_missing_is_told(make_blocks):
    adata = make_blocks(2)
    with pytest.raises(SemSTError, match="n_genes is 0"):
        pl.markers(adata, n_genes=0)
    with pytest.raises(
        SemSTError,
        match="6 of 6 markers are no genes of the slice .G1a, G1b, G1c, G2a.: .*again: semst.tl.explain",
    ):
        other = adata.copy()
        other.var_names = [f"other{i}" for i in range(adata.n_vars)]
        pl.markers(other)
    with pytest.raises(SemSTError, match="No domain .* has a marker"):
        empty = adata.copy()
        empty.uns["semst_explain"]["markers"] = adata.uns["semst_explain"]["markers"].head(0)
        pl.markers(empty)
    del adata.uns["semst_explain"]
    with pytest.raises(MissingKeyError, match=r'"semst_explain"\] holds no explanation.*tl.explain'):
        pl.markers(adata)

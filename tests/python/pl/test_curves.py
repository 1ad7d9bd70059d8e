"""Training curves and the UMAP of semantic vectors."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from semst import MissingKeyError, SemSTError, pl
from semst.pl import _semantic_umap


@pytest.fixture
def adata():
    labels = pd.Categorical(["a"] * 30 + ["b"] * 28 + [None, None])
    yield ad.AnnData(
        np.ones((60, 1)), obs=pd.DataFrame({"layer": labels}, index=[f"s{i}" for i in range(60)])
    )
    plt.close("all")


def test_every_curve_has_its_panel_and_its_numbers_total_first(adata):
    history = {"zinb": np.array([2.0, 1.0, 0.5]), "extra": np.ones(3), "loss": np.array([3.0, 2.0, 1.0])}
    adata.uns["run"] = {"history": history}
    figure = pl.history(adata, "run")
    assert [ax.get_title() for ax in figure.axes] == ["total loss", "ZINB", "extra"]
    for ax, name in zip(figure.axes, ["loss", "zinb", "extra"], strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), history[name])


def test_history_without_a_run_says_what_is_there(adata):
    with pytest.raises(MissingKeyError, match='adata.uns has no "semst"'):
        pl.history(adata)
    adata.uns["semst"] = {"params": {}}
    with pytest.raises(MissingKeyError, match='has no "history". It has: "params"'):
        pl.history(adata)
    adata.uns["semst"] = {"history": {"loss": np.array([])}}
    with pytest.raises(SemSTError, match="nothing was trained there"):
        pl.history(adata)


@pytest.fixture
def plain_layout(monkeypatch):
    """Take the first two columns as the layout: the picture is under test, not UMAP."""
    monkeypatch.setattr(_semantic_umap, "_layout", lambda vectors, **options: vectors[:, :2])


def test_points_carry_the_colour_of_their_own_label(adata, plain_layout):
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    ax = pl.semantic_umap(adata, "layer", vectors=vectors)
    (points,) = ax.collections
    legend = {h.get_label(): to_hex(h.get_color()) for h in ax.get_legend().legend_handles}
    assert list(legend) == ["a", "b", "not labelled"]
    seen = {
        tuple(np.float32(xy)): to_hex(c)
        for xy, c in zip(points.get_offsets(), points.get_facecolors(), strict=True)
    }
    for row, label in zip(vectors, adata.obs["layer"], strict=True):
        assert seen[tuple(row[:2])] == legend["not labelled" if pd.isna(label) else label]
    first = {tuple(np.float32(xy)) for xy in points.get_offsets()[:2]}
    assert first == {tuple(row[:2]) for row in vectors[58:]}  # without a label: drawn first, below


def test_the_slot_of_a_run_is_found_and_spots_without_vector_left_out(adata, plain_layout):
    vectors = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    vectors[5] = np.nan
    adata.obsm["X_mine_semantic"] = vectors
    ax = pl.semantic_umap(adata, "layer", key="mine")
    assert ax.get_title() == "X_mine_semantic"
    assert len(ax.collections[0].get_offsets()) == 59


def test_missing_or_unfit_vectors_are_explained(adata):
    with pytest.raises(MissingKeyError, match='no "X_semst_semantic".*store_semantic=True'):
        pl.semantic_umap(adata, "layer")
    with pytest.raises(SemSTError, match=r"shape \(59, 2\). One row for each of the 60 spots"):
        pl.semantic_umap(adata, "layer", vectors=np.ones((59, 2)))
    with pytest.raises(SemSTError, match="Only 2 spots have a semantic vector"):
        pl.semantic_umap(adata, "layer", vectors=np.vstack([np.ones((2, 3)), np.full((58, 3), np.nan)]))


@pytest.mark.slow
def test_the_layout_separates_what_is_apart_and_repeats(adata):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)) * 0.05
    vectors[:30, 0] += 1
    vectors[30:, 1] += 1
    before = np.random.get_state()[1].copy()
    layout = _semantic_umap._layout(vectors, n_neighbors=10, min_dist=0.3, random_state=1)
    again = _semantic_umap._layout(vectors, n_neighbors=10, min_dist=0.3, random_state=1)
    np.testing.assert_array_equal(layout, again)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    distance = np.linalg.norm(layout[:, None] - layout[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argmin(axis=1)
    assert ((nearest < 30) == (np.arange(60) < 30)).all()

"""Very many spots: the same picture as with circles, counted pixel by pixel."""

import anndata as ad
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from semst import pl
from semst.pl._palette import MISSING, palette

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def adata():
    xy = np.argwhere(np.ones((40, 60))).astype(float) * 10
    labels = np.where(xy[:, 0] < 200, "top", "bottom").astype(object)
    labels[:60] = None
    data = ad.AnnData(np.ones((len(xy), 1), np.float32), obsm={"spatial": xy[:, ::-1]})
    data.obs["semst"] = pd.Categorical(labels)
    data.obs["semst_uncertainty"] = np.where(xy[:, 1] < 300, 0.2, 0.6)
    data.obs.loc[data.obs_names[:60], "semst_uncertainty"] = np.nan
    return data


def picture(ax):
    (image,) = ax.images
    return image, np.asarray(image.get_array())


def color_at(ax, x, y):
    """Colour of the picture at a place in data units."""
    found = None
    for image in ax.images:
        pixels, (left, right, bottom, top) = np.asarray(image.get_array()), image.get_extent()
        column = int((x - left) / (right - left) * pixels.shape[1])
        row = int((y - bottom) / (top - bottom) * pixels.shape[0])
        inside = 0 <= row < len(pixels) and 0 <= column < pixels.shape[1]
        if inside and pixels[row, column, 3]:
            found = pixels[row, column]
    return None if found is None else tuple(found.tolist())


def as_bytes(color):
    return tuple(round(255 * part) for part in to_rgba(color))


def test_a_picture_takes_the_place_of_circles_at_the_same_places(adata, monkeypatch):
    circles = pl.domains(adata)
    monkeypatch.setattr("semst.pl._draw_tissue.SHADE_ABOVE", 1000)
    ax = pl.domains(adata)
    assert not ax.collections
    assert ax.get_xlim() == circles.get_xlim() and ax.get_ylim() == circles.get_ylim()
    colors = palette(2)  # categories in order: bottom, top
    assert color_at(ax, 300, 100) == as_bytes(colors[1])
    assert color_at(ax, 300, 390) == as_bytes(colors[0])
    assert color_at(ax, 300, 0) == as_bytes(MISSING)
    assert color_at(ax, 303, 103) == as_bytes(colors[1])  # within the disc of a spot, off its centre
    _, pixels = picture(ax)
    assert max(pixels.shape) == 1200
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["bottom", "top", "not labelled"]


def test_a_pixel_takes_the_most_frequent_category(monkeypatch):
    monkeypatch.setattr("semst.pl._draw_tissue.SHADE_ABOVE", 10)
    xy = np.concatenate([np.zeros((9, 2)), [[1000.0, 0], [1000.0, 1000]]])
    data = ad.AnnData(np.ones((11, 1), np.float32), obsm={"spatial": xy})
    data.obs["semst"] = pd.Categorical(["a", "b", "b", "b", "a", "b", "a", "a", "b", "a", "a"])
    assert color_at(pl.domains(data), 0, 0) == as_bytes(palette(2)[1])


def test_values_keep_their_scale(adata, monkeypatch):
    monkeypatch.setattr("semst.pl._draw_tissue.SHADE_ABOVE", 1000)
    ax = pl.uncertainty(adata)
    low, high = color_at(ax, 100, 200), color_at(ax, 500, 200)
    assert low is not None and high is not None and low != high
    assert sum(low[:3]) > sum(high[:3])  # darker with doubt
    assert color_at(ax, 300, 0) == as_bytes(MISSING)
    assert ax.figure.axes[1].get_ylim() == (0.0, 0.6)  # the bar beside the picture


def test_panels_side_by_side_and_a_file(adata, monkeypatch, tmp_path):
    monkeypatch.setattr("semst.pl._draw_tissue.SHADE_ABOVE", 1000)
    adata.obs["truth"] = adata.obs["semst"].cat.rename_categories({"top": "A", "bottom": "B"})
    figure = pl.compare(adata, ["truth", "semst"], save=tmp_path / "both.png")
    assert (tmp_path / "both.png").stat().st_size > 1000
    assert all(len(ax.images) == 1 for ax in figure.axes)

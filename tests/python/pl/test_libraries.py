"""Objects with several images: each under its own spots, or none."""

import anndata as ad
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from pl.slides import slide, spots_of, with_image
from semst import pl

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def said(monkeypatch):
    found = []
    for level in ("info", "warning"):
        monkeypatch.setattr(
            f"semst.pl._library.logger.{level}",
            lambda text, *args, level=level: found.append((level, text % args)),
        )
    return found


@pytest.fixture
def adata():
    """Three slices in the same coordinates, images of two: A of scale 0.5, B of 0.25."""
    parts = {name: slide() for name in "ABC"}
    adata = ad.concat(parts, label="library_id", index_unique="-")
    with_image(adata, name="A", factor=0.5)
    return with_image(adata, name="B", factor=0.25)


def right_ends(figure):
    """Where the image of every panel ends; ``None`` for panels without."""
    return [ax.images[0].get_extent()[1] if ax.images else None for ax in figure.axes if ax.axison]


def test_every_slice_lies_over_its_own_image_or_none(adata, said):
    figure = pl.domains(adata, sample_key="library_id")
    assert right_ends(figure) == [959, 1918, None]
    assert said == [("info", 'no tissue image drawn: uns["spatial"] has none of the library "C"')]
    compared = pl.compare(adata.copy(), ["semst", "library_id"], sample_key="library_id", img=True)
    assert right_ends(compared) == [959, 959, 1918, 1918, None, None]


def test_slices_with_names_of_their_own_are_led_to_their_library(adata):
    adata.obs["patient"] = adata.obs["library_id"].map({"A": "z", "B": "y", "C": "x"}).astype(str)
    figure = pl.domains(adata, sample_key="patient")
    assert [ax.get_title() for ax in figure.axes[:3]] == ["x", "y", "z"]
    assert right_ends(figure) == [None, 1918, 959]


def test_one_of_several_slices_alone_has_its_own_image(adata):
    for name, end in (("A", 959), ("B", 1918)):
        (image,) = pl.domains(adata[adata.obs["library_id"] == name]).images
        assert image.get_extent()[1] == end
    assert not pl.domains(adata[adata.obs["library_id"] == "C"]).images


def test_all_slices_on_one_panel_get_no_image_and_a_way_out(adata, said):
    assert not pl.domains(adata).images
    ((level, text),) = said
    assert level == "warning" and 'by obs["library_id"]' in text and 'sample_key="library_id"' in text


def test_libraries_that_cannot_be_told_apart_get_a_warning(adata, said):
    del adata.obs["library_id"]
    assert not pl.domains(adata).images
    ((level, text),) = said
    assert level == "warning" and 'has several ("A", "B"), and no obs column' in text


def test_the_only_image_of_joined_slices_is_not_laid_under_all_of_them(adata, said):
    del adata.uns["spatial"]["B"]
    assert not pl.domains(adata).images
    assert said[0][0] == "warning" and "several libraries" in said[0][1]
    assert right_ends(pl.domains(adata, sample_key="library_id")) == [959, None, None]


def test_an_only_library_is_that_of_an_only_slice_whatever_its_name():
    adata = with_image(slide())
    adata.obs["sample"] = "patient 7"
    assert right_ends(pl.domains(adata, sample_key="sample")) == [959]
    assert len(pl.domains(adata).images) == 1


def test_domains_named_as_fields_of_view_do_not_choose_an_image(adata):
    adata.uns["spatial"] = {"1": adata.uns["spatial"]["A"], "2": adata.uns["spatial"]["B"]}
    del adata.obs["library_id"]
    adata.obs["semst"] = pd.Categorical(["1"] * adata.n_obs)
    assert not pl.domains(adata).images  # nothing says that spots of domain 1 are of field 1
    adata.obs["fov"] = 2
    assert pl.domains(adata).images[0].get_extent()[1] == 1918


def test_no_word_of_images_where_none_is_wanted(adata, said):
    pl.domains(adata, img=False)
    assert not said


def cosmx(n_fields=3):
    """As squidpy reads it: a library a field of view, local and global coordinates, a placeholder as size."""
    rng = np.random.default_rng(0)
    parts = []
    for fov in range(1, n_fields + 1):
        xy = rng.uniform(0, 1000, (60, 2))
        obs = pd.DataFrame({"fov": str(fov), "semst": "1"}, index=[f"{i}_{fov}" for i in range(60)])
        parts.append(ad.AnnData(np.ones((60, 1), np.float32), obs=obs, obsm={"spatial": xy}))
        parts[-1].obsm["spatial_fov"] = xy + [1000 * fov, 0]
    adata = ad.concat(parts)
    adata.uns["spatial"] = {
        str(fov): {
            "images": {"hires": np.full((1000, 1000, 3), 10 * fov, np.uint8)},
            "scalefactors": {"tissue_hires_scalef": 1, "spot_diameter_fullres": 1},
        }
        for fov in range(1, n_fields + 1)
    }
    return adata


def test_fields_of_view_of_cosmx():
    adata = cosmx(11)
    figure = pl.domains(adata, sample_key="fov")
    panels = [ax for ax in figure.axes if ax.axison]
    assert [ax.get_title() for ax in panels] == [str(fov) for fov in range(1, 12)]
    assert [int(ax.images[0].get_array()[0, 0, 0]) for ax in panels] == [10 * fov for fov in range(1, 12)]
    assert all(spots_of(ax)[-1].get_widths()[0] > 10 for ax in panels)  # not the placeholder, 1 pixel
    whole = pl.domains(adata, spatial_key="spatial_fov")  # images lie in local coordinates
    assert not whole.images and whole.get_xlim()[1] > 11_000

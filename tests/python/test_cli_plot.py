"""`semst plot`: the picture that semst.pl draws, and what is refused."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from matplotlib import image
from matplotlib import pyplot as plt
from typer.testing import CliRunner

from pl.slides import slide, with_image
from semst import pl
from semst.cli import app


def call(*arguments):
    return CliRunner().invoke(app, ["plot", *map(str, arguments)])


@pytest.fixture
def adata():
    adata = slide()[3:].copy()
    x, y = adata.obsm["spatial"].T
    adata.obs["x_centroid"], adata.obs["y_centroid"] = x, y  # micrometres, which the scale bar is read from
    adata.obs["truth"] = pd.Categorical(np.where(y < 300, "one", "two"))
    adata.obs["own"] = pd.Categorical(np.where(x < 400, "left", "right, below"))
    adata.obs["slice"] = pd.Categorical(np.where(x < 250, "s10", "s2"))
    adata.obsm["turned"] = adata.obsm["spatial"][:, ::-1].copy()
    yield with_image(adata, factor=0.5)
    plt.close("all")


@pytest.fixture
def source(adata, tmp_path):
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


@pytest.mark.parametrize(
    ("words", "draw"),
    [
        ([], lambda adata, **to: pl.domains(adata, **to)),
        (["--key", "own"], lambda adata, **to: pl.domains(adata, "own", **to)),
        (["--groups", "top"], lambda adata, **to: pl.domains(adata, groups=["top"], **to)),
        (
            ["--key", "truth", "--groups", "one, two"],
            lambda adata, **to: pl.domains(adata, "truth", groups=["one", "two"], **to),
        ),
        (
            ["--crop", "0,300,100,400"],
            lambda adata, **to: pl.domains(adata, crop_coord=(0, 300, 100, 400), **to),
        ),
        (
            ["--crop=-50,300,-20.5,400"],
            lambda adata, **to: pl.domains(adata, crop_coord=(-50, 300, -20.5, 400), **to),
        ),
        (["--no-image"], lambda adata, **to: pl.domains(adata, img=False, **to)),
        (["--no-scale-bar"], lambda adata, **to: pl.domains(adata, scale_bar=False, **to)),
        (["--scalebar-dx", "0.5"], lambda adata, **to: pl.domains(adata, scalebar_dx=0.5, **to)),
        (["--spatial-key", "turned"], lambda adata, **to: pl.domains(adata, spatial_key="turned", **to)),
        (["--sample-key", "slice"], lambda adata, **to: pl.domains(adata, sample_key="slice", **to)),
        (["--truth", "truth"], lambda adata, **to: pl.compare(adata, ["semst", "truth"], img=True, **to)),
        (
            ["--truth", "truth", "--no-image", "--groups", "top"],
            lambda adata, **to: pl.compare(adata, ["semst", "truth"], groups="top", **to),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_picture_is_that_of_the_function(adata, source, tmp_path, words, draw):
    before = source.read_bytes()
    out = tmp_path / "command.png"
    result = call(source, "--out", out, *words)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == f"picture         {out}"
    draw(adata, save=tmp_path / "function.png")
    np.testing.assert_array_equal(image.imread(out), image.imread(tmp_path / "function.png"))
    plain = pl.domains(adata, save=tmp_path / "plain.png")
    assert plain.artists and (words == [] or out.read_bytes() != (tmp_path / "plain.png").read_bytes())
    assert source.read_bytes() == before


@pytest.mark.parametrize("ending", [".pdf", ".svg", ".png"])
def test_formats_follow_the_ending(source, tmp_path, ending):
    out = tmp_path / "new" / f"picture{ending}"
    assert call(source, "--out", out, "--quiet").exit_code == 0
    assert out.read_bytes().startswith({".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG"}[ending])
    assert [file.name for file in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--out", "x.h5ad"], 'the ending ".h5ad". Accepted: .png'),
        (["--out", "there.png"], "there.png exists already"),
        (["--out", "x.png", "--key", "graphst"], 'error: obs has no "graphst". It has: "semst"'),
        (["--out", "x.png", "--truth", "layer"], 'error: obs has no "layer"'),
        (["--out", "x.png", "--groups", "top,middle"], "has no middle. Its domains are: bottom, top."),
        (["--out", "x.png", "--crop", "0,100"], "Four numbers are needed"),
        (["--out", "x.png", "--crop", "0,100,left,9"], "--crop 0,100,left,9 is no row of numbers"),
        (["--out", "x.png", "--crop", "5000,6000,0,10"], "x goes from 0 to 850"),
        (["--out", "x.png", "--scalebar-dx", "0"], "A positive number is needed"),
        (["--out", "x.png", "--sample-key", "donor"], 'error: obs has no "donor"'),
    ],
)
def test_what_cannot_be_is_refused(words, says, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_text("mine")
    result = call(source, *words)
    assert result.exit_code == 2 and says in " ".join(result.stderr.split())
    assert {file.name for file in tmp_path.iterdir()} == {"in.h5ad", "there.png"}
    assert (tmp_path / "there.png").read_text() == "mine"


def test_a_picture_is_replaced_on_request(source, tmp_path):
    (tmp_path / "there.png").write_text("mine")
    assert call(source, "--out", tmp_path / "there.png", "--overwrite").exit_code == 0
    assert (tmp_path / "there.png").read_bytes().startswith(b"\x89PNG")


def test_names_of_domains_may_be_anything_but_have_no_comma(source, tmp_path):
    result = call(source, "--out", tmp_path / "x.png", "--key", "own", "--groups", "right, below")
    assert result.exit_code == 2 and "has no right, below" in result.stderr


def test_an_object_that_is_run_in_several_slices_has_a_panel_for_each(adata, tmp_path):
    both = ad.concat({"a": adata, "b": adata}, label="library_id", index_unique="-")
    both.write_h5ad(tmp_path / "both.h5ad")
    out = tmp_path / "both.png"
    assert call(tmp_path / "both.h5ad", "--out", out, "--sample-key", "library_id").exit_code == 0
    high, wide = image.imread(out).shape[:2]
    assert wide > 1.5 * high

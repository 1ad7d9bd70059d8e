"""`semst export`: one command, four formats, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from typer.testing import CliRunner

from semst import io
from semst.cli import app


def call(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture
def adata():
    adata = AnnData(np.ones((4, 1)), obsm={"spatial": np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * 10.0})
    adata.obs_names = [f"AAACAAGTATCTCC{end}-1-x" for end in ("AA", "CC", "GG", "TT")]
    adata.obs["semst"] = pd.Categorical(["1", "1", "2", "2"])
    adata.obs["slice"] = pd.Categorical(["x"] * 4)
    adata.obs["own"] = [f"aaaabcd{letter}-1" for letter in "abcd"]
    adata.obsm["X_semst"] = np.arange(8.0).reshape(4, 2)
    return adata


@pytest.fixture
def source(adata, tmp_path):
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


@pytest.mark.parametrize(
    ("to", "write", "options"),
    [
        ("loupe", io.export_loupe, {}),
        ("loupe", io.export_loupe, {"barcode_key": "own"}),
        ("xenium", io.export_xenium, {"barcode_key": "own"}),
        ("geojson", io.export_geojson, {"scale": 2.0, "spatial_key": "spatial"}),
        ("embedding", io.export_embedding, {"use_rep": "X_semst"}),
    ],
)
def test_every_format_is_what_the_function_writes(to, write, options, adata, source, tmp_path):
    before = source.read_bytes()
    ending = "geojson" if to == "geojson" else "csv"
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    out = tmp_path / f"command.{ending}"
    result = call(source, "--to", to, "--out", out, *words)
    assert result.exit_code == 0, result.output
    write(adata, tmp_path / f"function.{ending}", **options)
    assert out.read_bytes() == (tmp_path / f"function.{ending}").read_bytes()
    assert result.stdout.splitlines()[-1] == f"{to:<10}{out}"
    assert source.read_bytes() == before


def test_slices_have_files_of_their_own_and_all_are_named(source, tmp_path):
    result = call(
        source, "--to", "geojson", "--out", tmp_path / "o.geojson", "--sample-key", "slice", "--quiet"
    )
    assert result.exit_code == 0 and "o.x.geojson" in result.stdout and "wrote" not in result.output
    assert len(json.loads((tmp_path / "o.x.geojson").read_text())["features"]) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--to", "cloupe", "--out", "o.csv"],
            '--to is "cloupe". Accepted: loupe, xenium, geojson, embedding.',
        ),
        (["--to", "loupe", "--out", "o.geojson"], 'the ending ".geojson". Accepted: .csv.'),
        (["--to", "geojson", "--out", "o.csv"], 'the ending ".csv". Accepted: .geojson.'),
        (["--to", "loupe", "--out", "o.csv", "--scale", "2"], "--scale is of --to geojson"),
        (["--to", "embedding", "--out", "o.csv", "--barcode-key", "own"], "--to loupe and xenium"),
        (["--to", "loupe", "--out", "o.csv", "--key", "layer"], 'error: obs has no "layer"'),
        (["--to", "loupe", "--out", "there.csv"], "there.csv exists already"),
    ],
)
def test_what_cannot_be_is_refused(words, says, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("mine")
    result = call(source, *words)
    assert result.exit_code == 2 and says in " ".join(result.stderr.split())
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert {file.name for file in tmp_path.iterdir()} == {"in.h5ad", "there.csv"}
    assert call(source, "--to", "loupe", "--out", "there.csv", "--overwrite").exit_code == 0
    assert (tmp_path / "there.csv").read_text().startswith("Barcode,semst\n")

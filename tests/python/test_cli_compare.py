"""`semst compare`: tables, pictures and lines; what is refused before anything is read."""

import sys

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import app


def call(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.fixture
def adata():
    rng = np.random.default_rng(0)
    n, side = 8, 6
    y, x = np.divmod(np.arange(side * side), side)
    obs = pd.DataFrame(
        {"donor": np.repeat([f"d{i}" for i in range(n)], side * side)},
        index=[f"s{i}" for i in range(n * side**2)],
    )
    obs["condition"] = np.where(obs["donor"] < "d4", "control", "case")
    cut = np.where(obs["condition"] == "case", 1, 3) + rng.integers(0, 2, n).repeat(side * side)
    obs["semst"] = pd.Categorical(np.where(np.tile(x, n) < cut, "1", "2"))
    places = np.c_[np.tile(x, n), np.tile(y, n)].astype(float)
    return ad.AnnData(np.ones((len(obs), 1), np.float32), obs=obs, obsm={"spatial": places})


@pytest.fixture
def source(adata, tmp_path):
    adata.uns["semst_colors"] = ["#112233", "#445566"]
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


DESIGN = ["--sample-key", "donor", "--condition-key", "condition", "--groups", "control,case"]
KEYS = {"sample_key": "donor", "condition_key": "condition", "groups": ("control", "case")}


def test_tables_and_pictures_are_those_of_python(source, adata, tmp_path):
    out = {name: tmp_path / "new" / name for name in ("e.csv", "n.csv", "c.csv", "e.png", "c.png")}
    before = source.read_bytes()
    result = call(
        *(source, *DESIGN, "--out", out["e.csv"], "--counts", out["n.csv"], "--plot", out["e.png"]),
        *("--contacts", out["c.csv"], "--contacts-plot", out["c.png"], "--n-neighs", 4),
    )
    assert result.exit_code == 0, result.output
    found = semst.tl.proportions(adata, **KEYS)
    written = pd.read_csv(out["e.csv"], index_col=0, dtype={"domain": str})
    pd.testing.assert_frame_equal(written, found.effects)
    assert pd.read_csv(out["n.csv"], index_col=0).to_numpy().tolist() == found.counts.to_numpy().tolist()
    contacts = semst.tl.contacts(adata, n_neighs=4, **KEYS)
    written = pd.read_csv(out["c.csv"], index_col=[0, 1])
    np.testing.assert_allclose(written, contacts.effects)
    assert out["e.png"].read_bytes().startswith(b"\x89PNG") and out["c.png"].read_bytes().startswith(
        b"\x89PNG"
    )
    assert sorted(path.name for path in out["e.csv"].parent.iterdir()) == sorted(out)
    for line in found.lines():
        assert line in result.stdout
    assert source.read_bytes() == before


def test_several_files_are_put_together(source, adata, tmp_path):
    """Also where a donor has a section in each: these lie over each other, and are not joined."""
    other = adata.copy()
    other.obs["semst"] = pd.Categorical(np.where(np.arange(other.n_obs) % 2, "1", "2"))
    other.write_h5ad(tmp_path / "other.h5ad")
    result = call(
        *(
            source,
            tmp_path / "other.h5ad",
            *DESIGN,
            "--out",
            tmp_path / "e.csv",
            "--contacts",
            tmp_path / "c.csv",
        ),
        *("--counts", tmp_path / "n.csv", "--n-neighs", 4),
    )
    assert result.exit_code == 0, result.output
    both = ad.concat({"0": adata, "1": other}, label="file", index_unique="-")
    wanted = semst.tl.contacts(both, section_key="file", n_neighs=4, **KEYS)
    np.testing.assert_allclose(pd.read_csv(tmp_path / "c.csv", index_col=[0, 1]), wanted.effects)
    assert pd.read_csv(tmp_path / "n.csv", index_col=0).sum(axis=1).to_list() == [72] * 8


def test_without_conditions_the_table_is_of_proportions(source, adata, tmp_path):
    result = call(
        source, "--sample-key", "donor", "--out", tmp_path / "p.csv", "--contacts", tmp_path / "c.csv"
    )
    assert result.exit_code == 0, result.output
    found = semst.tl.proportions(adata, sample_key="donor")
    np.testing.assert_allclose(pd.read_csv(tmp_path / "p.csv", index_col=0), found.proportions)
    assert list(pd.read_csv(tmp_path / "c.csv").columns[2:]) == [
        "counts",
        "expected",
        "log2_ratio",
        "n_samples",
    ]
    assert "proportions     " in result.stdout and "d7" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "e.txt"], 'the ending ".txt". Accepted: .csv'),
        (["--out", "e.csv", "--counts", "e.csv"], "are the same file"),
        (["--out", "e.csv", "--plot", "e.csv"], 'the ending ".csv". Accepted: .png'),
        (["--out", "there.csv"], "exists already"),
    ],
)
def test_outputs_are_checked_before_anything_is_read(options, message, source, tmp_path, monkeypatch):
    monkeypatch.setattr("semst.io.read", lambda *a, **k: pytest.fail("the input was read"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("precious")
    result = call(source, *DESIGN, *options)
    assert result.exit_code == 2 and message in " ".join(result.stderr.split())
    assert (tmp_path / "there.csv").read_text() == "precious"


def test_errors_name_the_file(source, tmp_path):
    result = call(source, "--sample-key", "slide", "--out", tmp_path / "e.csv")
    assert result.exit_code == 2 and 'obs of in.h5ad has no "slide"' in result.stderr
    assert not (tmp_path / "e.csv").exists()


def test_what_contacts_need_is_asked_for_before_a_table_is_written(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "squidpy", None)
    result = call(source, *DESIGN, "--out", tmp_path / "e.csv", "--contacts", tmp_path / "c.csv")
    assert result.exit_code == 2 and "pip install 'semst[contacts]'" in " ".join(result.stderr.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.h5ad"]

"""A setting, a model, a semantic source and a clusterer: each is added in one place and has every door."""

from dataclasses import dataclass

import anndata as ad
import numpy as np
import pytest
from typer.testing import CliRunner

import semst
from semst import _r, cluster, models, semantics
from semst.cli import app
from semst.models import documented, setting
from semst.models.backbones import GraphST

RUN = {"epochs": 1, "cluster": "kmeans", "progress": False}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=120, n_genes=60, random_state=0)


def python(adata, model="graphst", **options):
    adata = adata.copy()
    semst.tl.run(adata, model, 3, key_added="found", **{**RUN, **options})
    return adata.uns["found"]


def command(adata, folder, *options, model="graphst"):
    adata.write_h5ad(folder / "in.h5ad")
    line = ["run", folder / "in.h5ad", "--n-domains", 3, "--out", folder / "out.h5ad", "--overwrite"]
    line += ["--model", model, "--epochs", 1, "--key-added", "found", "--quiet"]
    line += options if "--cluster" in options else [*options, "--cluster", "kmeans"]
    result = CliRunner().invoke(app, [str(part) for part in line])
    assert result.exit_code == 0, result.output
    return ad.read_h5ad(folder / "out.h5ad").uns["found"]


def from_r(adata, model="graphst", **options):
    counts = {
        "i": adata.X.indices,
        "p": adata.X.indptr,
        "x": adata.X.data,
        "genes": adata.var_names.tolist(),
    }
    return _r.run(counts, adata.obsm["spatial"], model, 3, **{**RUN, **options})["record"]


def test_a_setting(cortex, tmp_path, monkeypatch):
    @documented
    @dataclass(frozen=True, kw_only=True)
    class Longer(GraphST.Config):
        toy: int = setting(1, "A toy that changes nothing.", least=0)

    monkeypatch.setattr(GraphST, "Config", Longer)
    assert python(cortex, toy=3)["params"]["toy"] == 3
    assert command(cortex, tmp_path, "--set", "toy=4")["params"]["toy"] == 4
    assert from_r(cortex, toy=5.0)["params"]["toy"] == 5
    listed = CliRunner().invoke(app, ["settings", "graphst"]).stdout
    assert "toy=1" in listed and "A toy that changes nothing." in listed
    rows = {row["name"]: row["help"] for row in _r.models()["settings"]["graphst"]}
    assert rows["toy"] == "A toy that changes nothing."
    assert "A toy that changes nothing." in Longer.__doc__


def test_a_model(cortex, tmp_path, monkeypatch):
    class Toy(GraphST):
        title = "Toy"
        reference = "nowhere"

    monkeypatch.setitem(models.MODELS, "toy", Toy)
    for record in (
        python(cortex, "toy"),
        command(cortex, tmp_path, model="toy"),
        from_r(cortex, "toy"),
    ):
        assert record["params"]["model"] == "toy" and record["reference"] == "nowhere"
    assert "toy" in models.features().columns and _r.models()["models"]["toy"] == "Toy"


def test_a_semantic_source(cortex, tmp_path, monkeypatch):
    toy = ("a toy: seven random dimensions", lambda: semantics.RandomVectors(n_dimensions=7))
    monkeypatch.setitem(semantics.SOURCES, "toy", toy)
    for record in (
        python(cortex, fsm=True, semantics="toy"),
        command(cortex, tmp_path, "--fsm", "--semantics", "toy"),
        from_r(cortex, fsm=True, semantics="toy"),
    ):
        assert record["semantics"]["n_dimensions"] == 7 and record["params"]["semantics"] == "toy"
    assert semantics.available()["toy"].startswith("a toy")


def test_a_clusterer(cortex, tmp_path, monkeypatch):
    def stripes(X, n_domains, *, random_state=0):
        labels = np.arange(len(X)) % n_domains
        return cluster.ClusterResult(labels, None, "toy")

    monkeypatch.setitem(cluster.CLUSTERERS, "toy", cluster.Clusterer(stripes, "a toy: stripes"))
    for record in (
        python(cortex, cluster="toy"),
        command(cortex, tmp_path, "--cluster", "toy"),
        from_r(cortex, cluster="toy"),
    ):
        assert record["clustering"]["method"] == "toy"
    assert cluster.available()["toy"] == "a toy: stripes"


def test_settings_are_read_from_text_and_checked(cortex, tmp_path):
    record = command(cortex, tmp_path, "--set", "rings=4,8", "--set", "gene-dispersion=no", model="semst")
    assert record["params"]["rings"].tolist() == [4, 8] and not record["params"]["gene_dispersion"]


def test_the_settings_page_is_that_of_the_code():
    from pathlib import Path

    from semst.cli._list_settings import settings_page

    page = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page(), "run: make generated"

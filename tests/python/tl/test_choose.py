"""The number of domains chosen on the way, and quality without labels."""

import anndata as ad
import numpy as np
import pytest

import semst
from semst import MissingKeyError, SemSTError

FAST = {
    "semantics": "none",
    "epochs": 1,
    "n_starts": 5,
    "n_networks": 1,
    "cluster": "mixture",
    "progress": False,
}


@pytest.fixture(scope="module")
def chosen():
    adata = semst.datasets.simulated_cortex(n_spots=120, n_genes=60)
    semst.tl.semst(adata, "auto", **FAST)
    return adata


def test_auto_takes_a_number_and_keeps_the_curves(chosen, tmp_path):
    record = chosen.uns["semst"]
    number = record["params"]["n_domains"]
    assert chosen.obs["semst"].cat.categories.tolist() == [str(k + 1) for k in range(number)]
    assert record["choice"]["n_domains"] == number
    assert record["choice"]["k"].tolist() == list(range(2, 12))
    figure = semst.pl.choose_n_domains(chosen, "semst", save=tmp_path / "curves.png")
    assert len(figure.axes) == 4
    assert (tmp_path / "curves.png").is_file()
    semst.io.write(chosen, tmp_path / "chosen.h5ad")
    back = ad.read_h5ad(tmp_path / "chosen.h5ad")
    np.testing.assert_allclose(back.uns["semst"]["choice"]["stability"], record["choice"]["stability"])


def test_quality_stands_in_the_record(chosen):
    quality = chosen.uns["semst"]["quality"]
    assert set(quality) == {"stability", "chaos", "pas"}
    expected = semst.metrics.coherence(chosen.obsm["spatial"], chosen.obs["semst"])
    assert quality["pas"] == pytest.approx(expected["pas"])
    assert quality["chaos"] == pytest.approx(expected["chaos"])


def test_the_choice_on_an_embedding_that_is_there(chosen):
    number = semst.tl.choose_n_domains(chosen, range(2, 6), n_subsamples=2, n_starts=5, progress=False)
    assert number == chosen.uns["n_domains"]["n_domains"]
    assert chosen.uns["n_domains"]["criterion"] == "stability"
    with pytest.raises(MissingKeyError, match="obsm slot"):
        semst.tl.choose_n_domains(chosen, use_rep="X_nothing")
    with pytest.raises(MissingKeyError, match="nothing"):
        semst.pl.choose_n_domains(chosen, "nothing")


def test_another_word_is_no_number():
    adata = semst.datasets.simulated_cortex(n_spots=60, n_genes=40)
    with pytest.raises(SemSTError, match='whole number of 2 or more, or "auto"'):
        semst.tl.semst(adata, "many", **FAST)


def test_auto_on_the_command_line_prints_quality(tmp_path):
    from typer.testing import CliRunner

    from semst.cli import app

    source, out = tmp_path / "in.h5ad", tmp_path / "out.h5ad"
    semst.io.write(semst.datasets.simulated_cortex(n_spots=90, n_genes=60), source)
    options = "--n-domains auto --semantics none --epochs 1 --n-starts 5 --cluster mixture --quiet"
    result = CliRunner().invoke(app, ["run", str(source), "--out", str(out), *options.split()])
    assert result.exit_code == 0, result.output
    assert "quality without an annotation" in result.output
    assert "stability" in result.output
    labelled = ad.read_h5ad(out)
    assert labelled.obs["semst"].nunique() <= labelled.uns["semst"]["choice"]["n_domains"]

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
    adata = semst.datasets.simulated_cortex(n_spots=70, n_genes=60)
    semst.tl.semst(adata, "auto", **FAST)
    return adata


def test_auto_takes_a_number_and_keeps_the_curves(chosen, tmp_path):
    record = chosen.uns["semst"]
    number = record["params"]["n_domains"]
    assert chosen.obs["semst"].cat.categories.tolist() == [str(k + 1) for k in range(number)]
    assert record["choice"]["n_domains"] == number
    assert record["choice"]["k"].tolist() == list(range(2, 7))
    figure = semst.pl.choose_n_domains(chosen, "semst", save=tmp_path / "curves.png")
    assert len(figure.axes) == 4
    for ax, name in zip(figure.axes, ["stability", "silhouette", "bic", "icl"], strict=True):
        assert ("no optimum in this range" in ax.get_title()) == (name not in record["choice"]["choices"])
    others = {str(k) for k in record["choice"]["peaks"]["n_domains"] if k != number}
    assert {text.get_text() for text in figure.axes[0].texts} == others
    assert (tmp_path / "curves.png").is_file()
    semst.io.write(chosen, tmp_path / "chosen.h5ad")
    back = ad.read_h5ad(tmp_path / "chosen.h5ad")
    np.testing.assert_allclose(back.uns["semst"]["choice"]["stability"], record["choice"]["stability"])
    assert semst.tl.choice_lines(back) == semst.tl.choice_lines(chosen)


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


def a_choice(**changed):
    record = {
        "k": np.arange(2, 6),
        "n_domains": 3,
        "criterion": "stability",
        "stability": np.array([0.9, 0.8, 0.7, 0.75]),
        "stability_se": np.array([0.01, 0.02, 0.03, np.nan]),
        "choices": {"stability": 3, "silhouette": 4},
        "peaks": {"n_domains": [5, 3], "stability": [0.82, 0.8], "stability_se": [0.03, 0.02]},
    }
    return ad.AnnData(np.ones((2, 1)), uns={"run": {"choice": record | changed}})


def test_the_choice_is_told_with_what_holds_about_as_well():
    assert semst.tl.choice_lines(a_choice(), "run") == [
        "3 domains by stability, 0.800 +- 0.020 (2 to 5 tried)",
        "runners-up: 5 (0.820 +- 0.030)",
        "by other criteria: silhouette 4",
        "no optimum in this range: bic, icl",
        "the number of domains is a resolution, not a fact of the tissue: look at other numbers, too, finer "
        "and coarser ones",
    ]
    by_silhouette = semst.tl.choice_lines(a_choice(criterion="silhouette", n_domains=4), "run")
    assert by_silhouette[:3] == [
        "4 domains by silhouette (2 to 5 tried)",
        "peaks of stability: 5 (0.820 +- 0.030), 3 (0.800 +- 0.020)",
        "by other criteria: stability 3",
    ]
    nothing = {"n_domains": [], "stability": [], "stability_se": []}
    assert "no peak in this range" in semst.tl.choice_lines(a_choice(peaks=nothing), "run")[1]
    with pytest.raises(MissingKeyError, match="holds no choice of a number of domains"):
        semst.tl.choice_lines(ad.AnnData(np.ones((2, 1)), uns={"run": {"params": {}}}), "run")


def test_that_a_number_is_a_resolution_is_a_warning(chosen, caplog):
    options = {"n_subsamples": 2, "n_starts": 3, "progress": False}
    semst.tl.choose_n_domains(chosen.copy(), range(2, 5), **options)
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == chosen.uns["semst"]["choice"]["note"]
    assert "a resolution, not a fact of the tissue" in said


def test_slices_are_told_apart_by_a_column(chosen):
    adata = chosen.copy()
    adata.obs["slice"] = np.repeat(["a", "b"], [55, 15])
    options = {"n_starts": 4, "method": "mixture", "key_added": "one"}
    semst.tl.cluster(adata, 3, max_fit=40, sample_key="slice", **options)
    assert adata.uns["one"]["params"]["sample_key"] == "slice"
    assert adata.obs["one"].nunique() == 3
    with pytest.raises(MissingKeyError, match='obs column .sample_key. has no "nothing"'):
        semst.tl.cluster(adata, 3, sample_key="nothing", **options)
    with pytest.raises(MissingKeyError, match='obs column .sample_key. has no "nothing"'):
        semst.tl.choose_n_domains(adata, sample_key="nothing")


def test_another_word_is_no_number():
    adata = semst.datasets.simulated_cortex(n_spots=60, n_genes=40)
    with pytest.raises(SemSTError, match='whole number of 2 or more, or "auto"'):
        semst.tl.semst(adata, "many", **FAST)


def test_auto_on_the_command_line_prints_quality(tmp_path):
    from typer.testing import CliRunner

    from semst.cli import app

    source, out = tmp_path / "in.h5ad", tmp_path / "out.h5ad"
    semst.io.write(semst.datasets.simulated_cortex(n_spots=60, n_genes=60), source)
    options = "--n-domains auto --semantics none --epochs 1 --n-starts 5 --cluster mixture --quiet"
    result = CliRunner().invoke(app, ["run", str(source), "--out", str(out), *options.split()])
    assert result.exit_code == 0, result.output
    assert "quality without an annotation" in result.output
    for part in ("how many domains", "domains by stability, ", "a resolution, not a fact of the tissue"):
        assert part in result.output
    assert "stability" in result.output
    labelled = ad.read_h5ad(out)
    assert labelled.obs["semst"].nunique() <= labelled.uns["semst"]["choice"]["n_domains"]

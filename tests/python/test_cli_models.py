"""`semst run --model`: every registered model, and which options belong to which."""

import logging

import anndata as ad
import numpy as np
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import app


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def error_line(result):
    assert result.exit_code == 2
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("semst: error:")]
    return line


@pytest.fixture(scope="module")
def slice_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("in") / "slice.h5ad"
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    adata.obs["slice"] = ["a", "b"] * 110
    adata.write_h5ad(path)
    return path


@pytest.mark.parametrize("model", semst.models.available())
def test_every_model_is_named_in_the_help(model):
    assert f"{model}" in " ".join(call("run", "--help").stdout.replace("│", " ").split())


@pytest.mark.parametrize("flags", [[], ["--fsm", "--semantics", "random"]])
def test_a_model_runs_plain_and_with_fsm(slice_path, tmp_path, flags):
    out = tmp_path / "out.h5ad"
    options = ["--model", "semanticst", "--epochs", 2, "--cluster", "kmeans", "--quiet", *flags]
    result = call("run", slice_path, "--n-domains", 3, "--out", out, *options)
    assert result.exit_code == 0, result.output
    written = ad.read_h5ad(out)
    assert written.obs["semanticst"].nunique() == 3
    assert written.obsm["semanticst_attention"].shape == (220, 3)
    params = written.uns["semanticst"]["params"]
    assert params["epochs"] == 2 and params["n_domains"] == 3
    assert params["semantics"] == ("random" if flags else "none")


@pytest.mark.parametrize("flags, said", [(["--quiet"], False), ([], True)])
def test_quiet_holds_for_the_precision_too(slice_path, tmp_path, caplog, flags, said):
    fabric = logging.getLogger("lightning_fabric.utilities.rank_zero")  # says that bfloat16 is used
    fabric.addHandler(caplog.handler)
    options = ["--model", "semanticst", "--epochs", 1, "--cluster", "kmeans", "--precision", "bf16-mixed"]
    try:
        out = ["--out", tmp_path / "out.h5ad"]
        result = call("run", slice_path, "--n-domains", 3, *out, *options, *flags)
    finally:
        fabric.removeHandler(caplog.handler)
    assert result.exit_code == 0, result.output
    assert any("bfloat16" in record.message for record in caplog.records) == said


def test_options_reach_the_model(slice_path, tmp_path, monkeypatch):
    seen = {}

    whole = semst.tl.Estimator

    class Watched(whole):
        def __init__(self, model, n_domains, **options):
            seen.update(options, model=model, n_domains=n_domains)
            super().__init__(model, n_domains, **{**options, "image_key": None})

        def fit(self, adata):
            return self

        def write_to(self, adata, *, key_added, store_semantic):
            seen.update(key_added=key_added)
            adata.obs[key_added] = "1"
            adata.uns[key_added] = {"params": {}, "quality": {}}

    monkeypatch.setattr("semst.tl.Estimator", Watched)
    options = [
        "--sample-key",
        "slice",
        "--batch",
        "harmony",
        "--fsm",
        "--n-neighs",
        4,
        "--seed",
        3,
        "--image-key",
        "x",
    ]
    result = call(
        "run", slice_path, "--n-domains", 3, "--out", tmp_path / "o.h5ad", "--model", "graphst", *options
    )
    assert result.exit_code == 0, result.output
    expected = {"sample_key": "slice", "batch": "harmony", "fsm": True, "n_neighs": 4, "random_state": 3}
    assert {key: seen[key] for key in expected} == expected
    assert seen["key_added"] == "graphst" and seen["image_key"] == "x" and seen["model"] == "graphst"
    assert "k_g" not in seen  # not given: the model's own default


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "grapst"], "There is no model 'grapst'"),
        (["--model", "graphst", "--fusion", "add"], "graphst cannot use --fusion: FSM is plugged in"),
        (["--model", "graphst", "--preset", "paper"], "preset is 'paper'; graphst has none"),
        (["--set", "n_latnt=3"], "no setting 'n_latnt'. Did you mean 'n_latent'"),
        (["--set", "n_latent"], "no name=value"),
        (["--set", "n_latent=3", "--set", "n-latent=4"], "--set n_latent: this is given twice"),
        (["--epochs", "3", "--set", "epochs=4"], "--set epochs: this is given twice"),
        (["--set", "cluster=kmeans"], "by an option of its own"),
        (["--set", "n_latent=many"], "n_latent is 'many'; give a whole number"),
        (["--set", "n_latent=-1"], "n_latent is -1; give a whole number of 0 or more"),
        (["--model", "graphst", "--batch", "harmony", "--epochs", "1"], "give --sample-key"),
        (["--batch", "center"], "batch is 'center'; accepted are 'centre', 'harmony', 'none'"),
    ],
)
def test_options_that_do_not_belong_are_refused(slice_path, tmp_path, options, words):
    line = error_line(call("run", slice_path, "--n-domains", 3, "--out", tmp_path / "o.h5ad", *options))
    assert words in line
    assert not (tmp_path / "o.h5ad").exists()


def test_what_would_be_replaced_or_scored_against_itself_is_refused(slice_path, tmp_path):
    options = ["--n-domains", 3, "--out", tmp_path / "o.h5ad"]
    line = error_line(call("run", slice_path, *options, "--truth", "semst"))
    assert '--truth names the column "semst", which this run would replace' in line
    line = error_line(call("run", slice_path, *options, "--sample-key", "slice", "--key-added", "slice"))
    assert "--sample-key names the column" in line


def test_options_that_another_model_would_ignore_are_refused(slice_path, tmp_path):
    options = ["--out", tmp_path / "o.h5ad", "--model", "graphst"]
    line = error_line(
        call("run", slice_path, *options, "--n-domains", 3, "--semantics", "random", "--k-g", 5)
    )
    assert "graphst makes use of semantic vectors (--semantics) with --fsm only" in line


def test_endings_in_capitals_are_written(slice_path, tmp_path):
    run = ["--n-domains", 3, "--epochs", 1, "--cluster", "kmeans", "--quiet", "--model", "semanticst"]
    assert call("run", slice_path, *run, "--out", tmp_path / "O.H5AD").exit_code == 0
    assert call("embed", slice_path, "--semantics", "random", "--out", tmp_path / "V.NPY").exit_code == 0
    assert (tmp_path / "O.H5AD").is_file() and np.load(tmp_path / "V.NPY").shape[0] == 220


def test_embed_gives_the_vectors_that_run_makes(slice_path, tmp_path):
    """From the variable genes, whatever ranks them."""
    adata = ad.read_h5ad(slice_path)
    for ranking in ("expression", "normalised", "specificity"):
        out = tmp_path / f"{ranking}.npy"
        found = call(
            "embed", slice_path, "--semantics", "minilm", "--out", out, "--ranking", ranking, "--k-g", 3
        )
        assert found.exit_code == 0, found.output
        semst.tl.semst(
            adata,
            3,
            semantics="minilm",
            ranking=ranking,
            k_g=3,
            store_semantic=True,
            epochs=1,
            n_networks=1,
            cluster="kmeans",
            progress=False,
        )
        np.testing.assert_array_equal(np.load(out), adata.obsm["X_semst_semantic"])

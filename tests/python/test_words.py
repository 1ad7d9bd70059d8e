"""The same fault at three doors: each is told in the words of its door."""

import json
import re

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import semst
from semst import SemSTError, _r, _words, io, tl
from semst._r._words import R
from semst._words import Dialect, speaking
from semst.cli import app
from semst.cli._words import Shell

# what only Python's words have: a keyword with its value, an object in memory, a call
PYTHON = re.compile(r"(?<!--set )\b[a-z]\w*=(?!=)|\badata\b|\bsemst\.[a-z_]+\b(?!ad)|\b(True|None)\b")


@pytest.fixture(scope="module")
def cortex():
    found = semst.datasets.simulated_cortex(n_spots=150, n_genes=60, random_state=0)
    found.obs["empty"] = pd.Categorical([None] * found.n_obs, categories=["1"])
    found.obs["condition"] = [f"c{i % 3}" for i in range(found.n_obs)]
    found.obs["donor"] = [f"d{i % 3}" for i in range(found.n_obs)]
    return found


def scaled(adata):
    adata.layers["umi"] = adata.X.copy()
    adata.X = np.log1p(adata.X)


def without_coordinates(adata):
    adata.obsm["xy"] = adata.obsm.pop("spatial")
    adata.obsm["X_centroids"] = adata.obsm["xy"]


def repeated(adata):
    adata.var_names = ["MBP", *adata.var_names[:-1]]


def ensembl(adata):
    adata.var["symbol"] = list(adata.var_names)
    adata.var_names = [f"ENSG{i:011d}" for i in range(adata.n_vars)]


def nothing(adata):
    pass


def run(**options):
    return lambda adata: tl.run(adata, options.pop("model", "semst"), options.pop("n_domains", 3), **options)


RUN = ["run", "IN", "--n-domains", "3", "--out", "OUT"]

# what is wrong with the slice, the call in Python, the command, words of either
FAULTS = {
    "too few domains": (nothing, run(n_domains=1), ["run", "IN", "--n-domains", "1", "--out", "OUT"],
        "n_domains is 1. At least 2", "--n-domains is 1. At least 2"),
    "too many domains": (nothing, run(n_domains=151), ["run", "IN", "--n-domains", "151", "--out", "OUT"],
        "n_domains is 151, but", "--n-domains is 151, but"),
    "a radius": (nothing, run(radius=-1.0), [*RUN, "--radius", "-1"],
        "radius ", "--radius is -1"),
    "epochs": (nothing, run(epochs=0), [*RUN, "--epochs", "0"],
        "epochs is 0; give a whole number", "--epochs is 0; give a whole number"),
    "a setting without an option": (nothing, run(min_spots=-3), [*RUN, "--set", "min_spots=-3"],
        "min_spots is -3; give", "--set min_spots is -3; give"),
    "a device": (nothing, run(device="cuda:77"), [*RUN, "--device", "cuda:77"],
        'device="cuda:77" cannot be used', "--device cuda:77 cannot be used"),
    "a seed": (nothing, run(random_state=-1), [*RUN, "--seed", "-1"],
        "random_state is -1; give", "--seed is -1; give"),
    "scaled counts": (scaled, run(), RUN,
        'adata.layers["umi"] seems to hold counts: layer="umi"',
        'layers["umi"] seems to hold counts: --layer umi'),
    "a layer that is not there": (nothing, run(layer="umi"), [*RUN, "--layer", "umi"],
        'adata.layers has no "umi"', 'error: layers has no "umi"'),
    "layer and raw": (nothing, run(layer="umi", use_raw=True), [*RUN, "--layer", "umi", "--use-raw"],
        'Both layer="umi" and use_raw=True', "Both --layer umi and --use-raw were given"),
    "coordinates elsewhere": (without_coordinates, run(), RUN,
        'adata.obsm has no "spatial"', 'obsm has no "spatial"'),
    "a column of slices": (nothing, run(sample_key="nowhere"), [*RUN, "--sample-key", "nowhere"],
        "obs column (sample_key)", "obs column (--sample-key)"),
    "repeated genes": (repeated, run(), RUN,
        "adata.var_names_make_unique()", "gene names (var_names) occur more than once"),
    "Harmony without slices": (nothing, run(batch="harmony"), [*RUN, "--batch", "harmony"],
        "give sample_key=...", "give --sample-key"),
    "semantics without FSM": (nothing, run(model="graphst", semantics="random"),
        [*RUN, "--model", "graphst", "--semantics", "random"],
        "with fsm=True only", "(--semantics) with --fsm only"),
    "semantics without a network": (nothing, run(preset="linear", semantics="random"),
        [*RUN, "--preset", "linear", "--semantics", "random"],
        'use preset="network"', "use --preset network"),
    "an unknown source": (nothing, run(semantics="minilmm"), [*RUN, "--semantics", "minilmm"],
        'or LanguageModel("...")', 'There is no source "minilmm"'),
    "a name that is taken": (nothing, run(key_added="donor"), [*RUN, "--key-added", "donor"],
        "key_added is 'donor'", "--key-added is 'donor'"),
    "identifiers, not symbols": (ensembl, lambda adata: tl.semantic_vectors(adata, "minilm-genes"),
        None, "Put them into adata.var_names", ""),
    "gene sets": (nothing, lambda adata: tl.explain(adata, "ground_truth", gene_sets="no.gmt"),
        ["explain", "IN", "--key", "ground_truth", "--gene-sets", "no.gmt", "--out", "OUT"],
        'gene_sets="no.gmt": there is no such file', "--gene-sets no.gmt: there is no such file"),
    "random regions": (nothing, lambda adata: tl.explain(adata, "ground_truth", n_null=1.5), None,
        "n_null is 1.5; give a whole number", ""),
    "three conditions": (nothing,
        lambda adata: tl.proportions(adata, "ground_truth", sample_key="donor", condition_key="condition"),
        ["compare", "IN", "--key", "ground_truth", "--sample-key", "donor", "--condition-key", "condition",
         "--out", "OUT.csv"],
        'groups=("c0", "c1")', "--groups c0,c1"),
    "domains that are not explained": (nothing,
        lambda adata: tl.name_domains(adata, "ground_truth", prompt_only=True),
        ["name", "IN", "--labels", "ground_truth", "--prompts-only"],
        'semst.tl.explain(adata, key="ground_truth")', "semst explain --key ground_truth"),
    "a coarser cut": (nothing, lambda adata: tl.cut(adata, 99, key="ground_truth"),
        ["cut", "IN", "--n", "99", "--key", "ground_truth", "--out", "OUT"],
        "n is 99, but", "--n is 99, but"),
    "no domain at all": (nothing, lambda adata: io.export_loupe(adata, "x.csv", "empty"),
        ["export", "IN", "--to", "loupe", "--key", "empty", "--out", "OUT.csv"],
        "(semst.tl.semst(adata)), or name another column (key=...)",
        "(semst run), or name another column (--key)"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_the_words_of_the_door(fault, cortex, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spoil, call, line, in_python, in_the_shell = FAULTS[fault]
    adata = cortex.copy()
    spoil(adata)
    with pytest.raises(SemSTError) as error:
        call(adata.copy())
    assert in_python in str(error.value)
    assert "--" not in str(error.value)
    if line is None:
        return
    adata.write_h5ad(tmp_path / "in.h5ad")
    places = {"IN": "in.h5ad", "OUT": "out.h5ad", "OUT.csv": "out.csv"}
    result = CliRunner().invoke(app, [places.get(word, word) for word in line])
    assert result.exit_code == 2, result.output
    said = next(one for one in result.stderr.splitlines() if one.startswith("semst: error: "))
    assert in_the_shell in said
    assert not PYTHON.findall(said.removeprefix("semst: error: ")), said


def test_there_are_faults_enough_of_either_door():
    assert sum(line is not None for _, _, line, _, _ in FAULTS.values()) >= 15


def parts(adata):
    turned = adata.X.T.tocsc()
    return {
        "i": turned.indices,
        "p": turned.indptr,
        "x": turned.data.astype(float),
        "genes": list(adata.var_names),
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"random_state": -1}, "seed is -1; give"),
        ({"device": "cuda:77"}, 'device = "cuda:77" cannot be used'),
        ({"preset": "linear", "semantics": "random"}, 'use preset = "network"'),
        ({"batch": "harmony"}, 'give samples = "<column>"'),
        ({"model": "graphst", "semantics": "random"}, "with fsm = TRUE only"),
    ],
)
def test_r_is_told_in_its_own_words(cortex, options, words):
    options = {"model": "semst", **options}
    with pytest.raises(SemSTError) as error:
        _r.run(parts(cortex), cortex.obsm["spatial"], options.pop("model"), 3, progress=False, **options)
    assert words in str(error.value)
    assert not re.search(r"\badata\b|\w=\S|_key\b", str(error.value))


def test_the_log_speaks_the_words_of_its_door(cortex, tmp_path):
    doubled = ad.concat([cortex, cortex], keys=["a", "b"], label="section", index_unique="-")
    doubled.write_h5ad(tmp_path / "both.h5ad")
    line = [
        "run",
        tmp_path / "both.h5ad",
        "--n-domains",
        2,
        "--cluster",
        "kmeans",
        "--out",
        tmp_path / "o.h5ad",
    ]
    result = CliRunner().invoke(app, [*map(str, line), "--no-explain", "--json"])
    (warning,) = [one for one in json.loads(result.stdout)["warnings"] if "lie in" in one]
    assert "Tell them apart with --sample-key section" in warning


def test_a_dialect_holds_for_its_block_only():
    with speaking(Shell({"n_domains": "--n-domains"})):
        assert _words.name("n_domains") == "--n-domains"
        with speaking(R()):
            assert _words.given("n_domains", 3) == "n_domains = 3"
        assert _words.given("n_domains", 3) == "--n-domains 3"
    assert _words.given("n_domains", 3) == "n_domains=3"


@pytest.mark.parametrize(
    ("value", "python", "shell", "r"),
    [
        ("a b", 'layer="a b"', "--layer 'a b'", 'assay.type = "a b"'),
        (("a", "b"), 'layer=("a", "b")', "--layer a,b", 'assay.type = c("a", "b")'),
        (True, "layer=True", "--layer", "assay.type = TRUE"),
        (..., "layer=...", "--layer", "assay.type = ..."),
        (2.5, "layer=2.5", "--layer 2.5", "assay.type = 2.5"),
    ],
)
def test_values_are_typed_as_each_door_wants_them(value, python, shell, r):
    doors = Dialect(), Shell({"layer": "--layer"}), R()
    assert [door.given("layer", value) for door in doors] == [python, shell, r]

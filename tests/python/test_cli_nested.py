"""`semst split` and `semst cut`, one after the other."""

import anndata as ad
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import app


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    adata = semst.datasets.simulated_cortex(n_spots=200, n_genes=60, random_state=0)
    semst.tl.semst(adata, 3, cluster="mixture", n_starts=6, explain=False, progress=False)
    path = tmp_path_factory.mktemp("nested") / "labelled.h5ad"
    semst.io.write(adata, path)
    return path


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_domain_is_split_and_merged_again(labelled, tmp_path):
    before = labelled.read_bytes()
    split, cut = tmp_path / "split.h5ad", tmp_path / "cut.h5ad"
    done = call("split", labelled, "--domain", 1, "--n", 2, "--out", split, "--quiet")
    assert done.exit_code == 0, done.output
    sizes = ad.read_h5ad(split).obs["semst_split"].value_counts()
    for line in (f"sub-domains  {split}", "domains in semst_split", f"  1.1: {sizes['1.1']} spots"):
        assert line in done.output
    done = call("cut", split, "--n", 3, "--key", "semst_split", "--out", cut, "-q")
    assert done.exit_code == 0, done.output
    assert f"coarser domains  {cut}" in done.output and "  1: " in done.output
    adata = ad.read_h5ad(cut)
    assert (adata.obs["semst_split_cut"].astype(str) == adata.obs["semst"].astype(str)).all()
    assert "semst_split_tree" in adata.uns
    assert labelled.read_bytes() == before


def test_what_cannot_be_done_is_one_line_and_leaves_no_file(labelled, tmp_path):
    out = tmp_path / "out.h5ad"
    for words, said in (
        (("split", labelled, "--domain", 9, "--out", out), "has no domain '9'. It has: 1, 2, 3."),
        (("split", labelled, "--domain", 1, "--n", 99, "--out", out), "99 sub-domains need at least 990"),
        (("cut", labelled, "--n", 4, "--out", out), "has 3 domains, and a cut makes them fewer"),
        (("cut", labelled, "--n", 2, "--out", labelled), "is the input itself"),
    ):
        done = call(*words)
        assert done.exit_code == 2
        assert said in done.output
        assert not out.exists()

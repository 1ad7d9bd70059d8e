"""`semst name`: prompts, names, and what it refuses."""

import json

import anndata as ad
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import app
from semst.semantics import AnsweringModel
from tl.explained import explained_slice


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def path(tmp_path):
    explained_slice().write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


@pytest.fixture
def asked(monkeypatch):
    """Answer every prompt with the same name, and keep the models that were asked."""
    models = []

    def answer(self, prompts):
        models.append(self)
        gene = prompts[0].partition("- ")[2].partition(":")[0]
        return [json.dumps({"name": "Myelin", "reason": f"{gene}.", "genes": [gene]})] * len(prompts)

    monkeypatch.setattr(AnsweringModel, "answer", answer)
    monkeypatch.setattr(AnsweringModel, "describe", lambda self: {"model": self.model})
    return models


def test_names_are_written_and_told(path, tmp_path, asked):
    before = path.read_bytes()
    options = ["--model", "some/model", "--tissue", "human cortex", "--device", "cpu", "--quiet"]
    result = call("name", path, "--out", tmp_path / "o.h5ad", *options)
    assert result.exit_code == 0, result.output
    assert (asked[0].model, asked[0].device, asked[0].progress) == ("some/model", "cpu", False)
    back = ad.read_h5ad(tmp_path / "o.h5ad")
    assert back.obs["semst_name"].cat.categories.tolist() == ["Myelin", "domain 2", "domain 3", "domain 4"]
    assert back.uns["semst_names"]["params"]["tissue"] == "human cortex"
    lines = result.stdout.splitlines()
    assert "names proposed by a language model" in lines and "  1: Myelin. MBP." in lines
    assert "  2: domain 2. cites MBP, which was not among the evidence" in lines
    assert path.read_bytes() == before


def test_without_a_model_the_papers_is_asked(path, tmp_path, asked):
    assert call("name", path, "--out", tmp_path / "o.h5ad", "--local-files-only").exit_code == 0
    assert asked[0].model == semst.semantics.PAPER_MODEL and asked[0].local_files_only


def test_prompts_go_to_the_output_and_no_model_is_asked(path, asked):
    result = call("name", path, "--prompts-only", "--tissue", "human cortex")
    assert result.exit_code == 0 and not asked
    prompts = semst.tl.name_domains(explained_slice(), tissue="human cortex", prompt_only=True)
    assert result.stdout == "".join(f"=== domain {d} ===\n{p}\n\n" for d, p in prompts.items())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--prompts-only"),
        (["--prompts-only", "--out", "o.h5ad"], "Leave out --out"),
        (["--out", "o.csv"], ".h5ad"),
        (["--prompts-only", "--labels", "nothing"], '"nothing"'),
    ],
)
def test_what_cannot_be_is_refused(path, options, says, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call("name", path, *options)
    assert result.exit_code == 2 and says in result.stderr and not asked


def test_domains_without_an_explanation_are_told_how_to_get_one(tmp_path, asked):
    adata = explained_slice()
    del adata.uns["semst_explain"]
    adata.write_h5ad(tmp_path / "in.h5ad")
    result = call("name", tmp_path / "in.h5ad", "--out", tmp_path / "o.h5ad")
    assert result.exit_code == 2 and "semst explain" in result.stderr
    assert not (tmp_path / "o.h5ad").exists()

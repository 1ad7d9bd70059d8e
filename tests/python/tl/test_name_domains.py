"""Names by a scripted model: what is asked, how answers are checked, what is written."""

import hashlib
import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import semst
from semantics.conftest import make_qwen
from semst import SemSTError
from semst.semantics import AnsweringModel
from semst.tl._name_answer import judge
from tl.explained import explained_slice

GOOD = {"name": "White matter", "reason": "MBP and PLP1 make myelin.", "genes": ["MBP", "PLP1"]}


class Scripted:
    """Gives one text after the other, and keeps the prompts."""

    name = "scripted"

    def __init__(self, *answers):
        self.answers = [a if isinstance(a, str) else json.dumps(a) for a in answers]
        self.prompts: list[str] = []

    def answer(self, prompts):
        self.prompts += prompts
        return self.answers[: len(prompts)]


@pytest.fixture
def adata():
    return explained_slice()


def answers(second=None, third=None):
    neurons = {"name": "Upper layers", "reason": "SNAP25 marks neurons.", "genes": ["SNAP25"]}
    glia = {"name": "Astrocytes", "reason": "GFAP and AQP4.", "genes": ["GFAP", "AQP4"]}
    return GOOD, second or neurons, third or glia


def named(adata, *script, **options):
    semst.tl.name_domains(adata, model=Scripted(*script), **options)
    return adata.uns["semst_names"]["names"].set_index("domain")


# ---------------------------------------------------------------- what is asked


def test_prompts_hold_the_evidence_and_nothing_is_written(adata):
    before = adata.copy()
    prompts = semst.tl.name_domains(adata, tissue="human cortex", prompt_only=True)
    assert list(prompts) == ["1", "2", "3"]  # of the fourth nothing is known
    first = prompts["1"]
    assert "Tissue: human cortex\nSize: 4 spots, 36.4% of the slice, one of 4 domains\n" in first
    assert "- MBP: 2.12; 98% and 60%\n- PLP1" in first
    assert "- myelination: 12.3 times as frequent; MBP, PLP1, MAG\n" in first
    assert "(do not cite these): SNAP25, ENC1; GFAP, AQP4" in first
    assert '"unclear"' in first and '{"name": "...", "reason": "...", "genes": ["...", "..."]}' in first
    assert "Gene sets in which" not in prompts["2"] and "Neighbouring" not in prompts["3"]
    assert "Tissue: not stated" in semst.tl.name_domains(adata, prompt_only=True)["1"]
    assert adata.obs.columns.equals(before.obs.columns) and adata.uns.keys() == before.uns.keys()


def test_no_more_is_shown_than_asked_for_and_what_is_not_shown_may_not_be_cited(adata):
    prompt = semst.tl.name_domains(adata, prompt_only=True, n_markers=1, n_terms=0)["1"]
    assert "- MBP" in prompt and "PLP1" not in prompt.partition("Neighbouring")[0]
    table = named(adata, *answers(), n_markers=1, n_terms=0)
    assert table.at["1", "status"] == "unsupported" and "PLP1" in table.at["1", "note"]
    many = ", ".join(["MBP", *(f"G{i}" for i in range(20)), "MAG"])
    adata.uns["semst_explain"]["terms"]["genes"] = many  # of a large term the first twelve are shown
    assert "G10\n" in semst.tl.name_domains(adata, prompt_only=True)["1"]
    assert named(adata, {**GOOD, "genes": ["MAG"]}, *answers()[1:]).at["1", "status"] == "unsupported"
    adata.uns["semst_explain"]["terms"]["genes"] = "MBP, MAG"
    term_gene = {**GOOD, "genes": ["MAG"]}
    assert named(adata, term_gene, *answers()[1:]).at["1", "status"] == "named"


# ---------------------------------------------------------------- what is written


def test_names_stand_beside_the_labels_and_survive_a_file(adata, tmp_path, caplog):
    labels = adata.obs["semst"].copy()
    model = Scripted(*answers())
    semst.tl.name_domains(adata, model=model, tissue="human cortex")
    assert adata.obs["semst"].equals(labels)
    column = adata.obs["semst_name"]
    assert column.cat.categories.tolist() == ["White matter", "Upper layers", "Astrocytes", "domain 4"]
    assert column.cat.codes.tolist() == labels.cat.codes.tolist() and column.isna().sum() == 1
    adata.write_h5ad(tmp_path / "x.h5ad")
    back = ad.read_h5ad(tmp_path / "x.h5ad")
    assert back.obs["semst_name"].equals(column)
    record = back.uns["semst_names"]
    table = record["names"].set_index("domain")
    assert table["status"].tolist() == ["named", "named", "named", "no evidence"]
    assert table.at["1", "genes"] == "MBP, PLP1" and table.at["1", "reason"] == GOOD["reason"]
    assert json.loads(table.at["1", "answer"]) == GOOD
    assert table.at["1", "prompt"] == hashlib.sha256(model.prompts[0].encode()).hexdigest()
    assert table.at["4", "prompt"] == table.at["4", "answer"] == ""
    assert record["model"]["model"] == "scripted" and record["versions"]["semst"] == semst.__version__
    assert record["params"]["tissue"] == "human cortex"


def test_a_copy_leaves_the_input_alone_and_a_second_call_takes_the_place_of_the_first(adata):
    out = semst.tl.name_domains(adata, model=Scripted(*answers()), copy=True)
    assert "semst_name" in out.obs and "semst_name" not in adata.obs and "semst_names" not in adata.uns
    other = {**GOOD, "name": "Myelin"}
    assert named(out, other, *answers()[1:]).at["1", "name"] == "Myelin"
    assert out.obs["semst_name"].cat.categories[0] == "Myelin"


@pytest.mark.parametrize("where", ["obs", "uns"])
def test_what_others_wrote_is_not_replaced(adata, where):
    if where == "obs":
        adata.obs["semst_name"] = "mine"
    else:
        adata.uns["semst_names"] = ["mine"]
    model = Scripted(*answers())
    with pytest.raises(SemSTError, match=f"{where}.*names of domains have not left there"):
        semst.tl.name_domains(adata, model=model)
    assert not model.prompts  # refused before any work


def test_domains_of_one_name_are_told_apart(adata, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    same = {"name": "white matter", "reason": "Glia.", "genes": ["GFAP"]}
    table = named(adata, *answers(third=same))
    assert table["shown"].tolist() == [
        "White matter (domain 1)",
        "Upper layers",
        "white matter (domain 3)",
        "domain 4",
    ]
    assert table.at["1", "note"] == "the same name as domain 3" and table.at["1", "name"] == "White matter"
    assert table["status"].tolist()[:3] == ["named"] * 3
    assert "domain 3: the same name as domain 1" in caplog.text


def test_a_name_like_that_of_an_unnamed_domain_is_told_apart(adata):
    table = named(adata, *answers(third={"name": "Domain 4", "reason": "", "genes": ["GFAP"]}))
    assert table["shown"].nunique() == 4
    assert table.at["4", "note"].endswith("asked about; the same name as domain 3")


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "status", "note"),
    [
        ("White matter", "unreadable", "no JSON"),
        ("", "unreadable", "empty"),
        ("Here it is: " + json.dumps(GOOD), "unreadable", "no JSON"),
        (json.dumps(GOOD) + "\nHope this helps!", "unreadable", "no JSON"),
        ("[1]", "unreadable", "JSON list"),
        ('{"name": "White matter", "genes": ["MBP"]}', "unreadable", "has the fields name, genes; wanted"),
        (json.dumps({**GOOD, "score": 1}), "unreadable", "has the fields"),
        ('{"name": "a", "name": "b", "reason": "", "genes": ["MBP"]}', "unreadable", "field twice"),
        (json.dumps({**GOOD, "name": ["x"]}), "unreadable", "name and reason are to be text"),
        (json.dumps({**GOOD, "name": " "}), "unreadable", "one line of 1 to 80"),
        (json.dumps({**GOOD, "name": "a\nb"}), "unreadable", "one line"),
        (json.dumps({**GOOD, "name": "x" * 81}), "unreadable", "one line"),
        (json.dumps({**GOOD, "genes": "MBP"}), "unreadable", "list of texts"),
        ("[" * 100_000, "unreadable", ""),
        (json.dumps(GOOD), "named", ""),
        (f"```json\n{json.dumps(GOOD, indent=1)}\n```", "named", ""),
        (f"```\n{json.dumps(GOOD)}\n```\n", "named", ""),
        (json.dumps({**GOOD, "genes": ["mbp"]}), "named", ""),
        (json.dumps({**GOOD, "name": "Unclear"}), "unclear", "does not suffice"),
        (json.dumps({**GOOD, "genes": ["MBP", "FOXP3"]}), "unsupported", "cites FOXP3, which was not"),
        (json.dumps({**GOOD, "reason": "As SNAP25-positive."}), "unsupported", "cites SNAP25"),
        (json.dumps({**GOOD, "reason": "MBP, GFAP and ENC1."}), "unsupported", "GFAP, ENC1, which were not"),
        (json.dumps({**GOOD, "genes": []}), "unsupported", "cites no gene"),
    ],
)
def test_an_answer_is_read_strictly_and_held_against_the_evidence(adata, answer, status, note):
    table = named(adata, answer, *answers()[1:])
    row = table.loc["1"]
    assert row["status"] == status and note in row["note"]
    assert row["answer"] == answer
    assert row["shown"] == ("White matter" if status == "named" else "domain 1")
    assert table["status"].tolist()[1:] == ["named", "named", "no evidence"]  # others are as they were


def test_words_that_are_no_symbols_are_no_genes():
    reason = "A set of large cells; DNA of MBP+ cells, Mbp-like, HLA-A and RP11-34P13.7."
    answer = json.dumps({"name": "x", "reason": reason, "genes": ["Mbp"]})
    mouse = {"Mbp", "Set", "Large1", "Gfap"}
    assert judge(answer, evidence={"Mbp"}, universe=mouse).status == "named"
    verdict = judge(answer, evidence={"Mbp"}, universe=mouse | {"HLA-A", "RP11-34P13.7"})
    assert verdict.note == "cites HLA-A, RP11-34P13.7, which were not among the evidence"


# ---------------------------------------------------------------- refusals


def test_what_is_missing_is_told(adata):
    model = Scripted(*answers())
    with pytest.raises(SemSTError, match='no "mine"'):
        semst.tl.name_domains(adata, "mine", model=model)
    adata.obs["mine"] = adata.obs["semst"]
    with pytest.raises(SemSTError, match=r'Explain them first: semst.tl.explain\(adata, key="mine"\)'):
        semst.tl.name_domains(adata, "mine", model=model)
    for wrong in ("", "two\nlines", "x" * 201, 7):
        with pytest.raises(SemSTError, match="one line of text|give text"):
            semst.tl.name_domains(adata, model=model, tissue=wrong)
    for option, wrong in (("n_markers", 0), ("n_terms", -1), ("n_markers", True), ("n_terms", 1.5)):
        with pytest.raises(SemSTError, match=f"{option} is"):
            semst.tl.name_domains(adata, model=model, **{option: wrong})
    for wrong in (7, Scripted, None):
        with pytest.raises(SemSTError, match="folder of a causal language model|give text or an Answerer"):
            semst.tl.name_domains(adata, model=wrong)
    assert not model.prompts


def test_an_explanation_of_other_domains_is_refused(adata):
    adata.obs["semst"] = pd.Categorical(np.asarray(adata.obs["semst"])[::-1])
    adata.obs.loc[adata.obs_names[:3], "semst"] = "3"
    with pytest.raises(SemSTError, match="explains other domains"):
        semst.tl.name_domains(adata, model=Scripted(*answers()))
    adata.obs["semst"] = "1"
    with pytest.raises(SemSTError, match="Explain them anew"):
        semst.tl.name_domains(adata, model=Scripted(*answers()))


@pytest.mark.parametrize("given", [["one"], [1, 2, 3], ["a"] * 4])
def test_a_model_of_the_users_has_to_answer_every_prompt(adata, given):
    class Odd:
        def answer(self, prompts):
            return given

    with pytest.raises(SemSTError, match="a list with one text for each"):
        semst.tl.name_domains(adata, model=Odd())
    assert "semst_name" not in adata.obs


def test_where_no_domain_has_markers_no_model_is_asked(adata):
    adata.uns["semst_explain"]["markers"] = adata.uns["semst_explain"]["markers"].iloc[:0]
    model = Scripted()
    semst.tl.name_domains(adata, model=model)
    assert not model.prompts
    assert adata.obs["semst_name"].cat.categories.tolist() == [f"domain {k}" for k in range(1, 5)]


# ---------------------------------------------------------------- a network


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make_qwen(tmp_path_factory.mktemp("qwen"), chat=True, positions=4096)


def test_a_network_of_random_weights_names_nothing_twice_in_the_same_way(adata, folder):
    model = AnsweringModel(str(folder), max_new_tokens=20, device="cpu", progress=False)
    first, second = (semst.tl.name_domains(adata, model=model, copy=True) for _ in range(2))
    pd.testing.assert_frame_equal(first.uns["semst_names"]["names"], second.uns["semst_names"]["names"])
    table = first.uns["semst_names"]["names"]
    assert table["status"].tolist() == ["unreadable"] * 3 + ["no evidence"]
    assert (table["answer"][:3] != "").all()
    described = first.uns["semst_names"]["model"]
    assert described["model"] == str(folder) and described["max_new_tokens"] == 20
    assert first.obs["semst_name"].cat.categories.tolist() == [f"domain {k}" for k in range(1, 5)]


def test_a_model_may_be_given_by_its_folder(adata, folder, monkeypatch):
    monkeypatch.setattr(AnsweringModel, "answer", lambda self, prompts: [self.model] * len(prompts))
    semst.tl.name_domains(adata, model=str(folder))
    assert adata.uns["semst_names"]["names"]["answer"][0] == str(folder)


def test_domains_as_explain_tells_them_can_be_named():
    adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    adata.obs["found"] = adata.obs["ground_truth"].cat.codes.astype(float)  # numbers, with a spot left out
    adata.obs.loc[adata.obs_names[0], "found"] = np.nan
    semst.tl.explain(adata, "found", n_null=0, progress=False)
    prompts = semst.tl.name_domains(adata, "found", prompt_only=True)
    markers = adata.uns["found_explain"]["markers"]

    class First:
        def answer(self, asked):
            assert asked == list(prompts.values())
            first = [markers["gene"][markers["domain"] == domain].iloc[0] for domain in prompts]
            return [json.dumps({"name": f"{g} rich", "reason": "", "genes": [g]}) for g in first]

    semst.tl.name_domains(adata, "found", model=First())
    table = adata.uns["found_names"]["names"]
    assert (table["status"] == "named").sum() == len(prompts) > 3
    assert adata.obs["found_name"].isna().sum() == 1
    assert adata.obs["found_name"].nunique() == adata.obs["found"].nunique()

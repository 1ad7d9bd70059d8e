"""Suites: what YAML may say, and what is said about mistakes."""

import pytest

from semst import SemSTError
from semst_benchmark import load_suite, models, parse_suite, suites


@pytest.mark.parametrize(
    "name",
    ["table1", "table2", "table3", "figure2", "figure3", "figure4", "scaling", "n_domains", "hidden_spot"],
)
def test_built_in_suites_are_valid_and_lead_with_what_they_score(name):
    assert name in suites()
    suite = load_suite(name)
    assert suite.headline[0] in suite.clusterers
    assert suite.headline[1] in suite.refinements


def test_table1_holds_the_simple_references_and_the_network_off():
    found = {arm.model for arm in load_suite("table1").arms}
    assert {"semst", "semst-network", "pca", "smoothed-pca", "smoothed-pca-12", "banksy-like"} <= found
    assert "hidden-spot" in found


def test_table2_holds_every_control():
    found = {arm.semantics for arm in load_suite("table2").arms}
    assert {"none", "random", "unrelated", "permuted", "bias-only", "bert", "qwen3"} <= found
    assert {arm.fusion for arm in load_suite("table2").arms} >= {"cross-attention", "concat", "add"}


def test_models_crossed_with_semantics_and_fusion(content):
    given = content(models=["semst"], semantics=["none", "random"], fusion=["fsm", "add"], pairs=[])
    del given["arms"]
    suite = parse_suite(given, where="x")
    assert [arm.name for arm in suite.arms] == [
        "SemST (none, fsm)",
        "SemST (none, add)",
        "SemST (random, fsm)",
        "SemST (random, add)",
    ]


def test_backbones_become_one_arm_each(content):
    arms = [{"name": "{model} + FSM", "model": "backbones", "fsm": True, "semantics": "random"}]
    suite = parse_suite(content(arms=arms, pairs=[]), where="x")
    assert len(suite.arms) >= 1
    assert all(arm.name == f"{models()[arm.model]} + FSM" and arm.fsm for arm in suite.arms)


def test_a_models_settings_are_those_of_its_arms_unless_an_arm_has_its_own(content):
    arms = ["backbones", {"name": "quick", "model": "graphst", "settings": {"epochs": 1}}]
    given = {"graphst": {"epochs": 2, "n_neighs": 4}}
    suite = parse_suite(content(arms=arms, pairs=[], model_settings=given), where="x")
    settings = {arm.name: dict(arm.settings) for arm in suite.arms}
    assert settings["GraphST"] == given["graphst"]
    assert settings["quick"] == {"epochs": 1, "n_neighs": 4}
    assert settings["STAGATE"] == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_settings": {"semts": {}}}, "model_settings: unknown: semts. Accepted are: .*semst"),
        ({"model_settings": {"semst": 3}}, "model_settings: those of semst must be a mapping"),
        ({"colour": 1}, "unknown: colour. Accepted are: .*datasets"),
        ({"arms": [{"model": "semts"}]}, "no model 'semts'. There are: .*semst"),
        ({"arms": []}, "no arm"),
        ({"arms": [{"model": "pca"}, {"model": "pca"}], "pairs": []}, "several arms are called PCA"),
        ({"arms": [{"model": "pca", "fsm": "yes please"}]}, "fsm: is 'yes please'; accepted"),
        ({"arms": [{"model": "pca", "name": False}]}, "put it in quotes"),
        ({"models": ["pca"]}, "either arms: or models:"),
        ({"datasets": []}, "datasets: needs at least one"),
        ({"datasets": "one"}, "datasets: must be a list"),
        ({"datasets": [{"name": "a", "path": "b"}]}, "unknown: path. Accepted are: name"),
        ({"seeds": 0}, "seeds: is 0; give how many"),
        ({"seeds": True}, "seeds: is True"),
        ({"clusterers": ["own", "dbscan"]}, "clusterers: dbscan unknown; there are own, mclust"),
        ({"headline": ["mclust", "vote"]}, "headline: is .*'mclust'"),
        ({"figures": ["pie"]}, "figures: pie unknown"),
        ({"figures": ["line"]}, "needs x:"),
        ({"pairs": [{"arm": "SemST", "against": "nobody"}]}, "'nobody' is no arm of this suite"),
        ({"seeds": [0, 0]}, "seeds: is .0, 0.; .* each once"),
        ({"seeds": [True]}, "seeds: is .True."),
        ({"pairs": 5}, "pairs: must be a list"),
        ({"pairs": None}, "pairs: must be a list"),
        ({"headline": 5}, "headline: must be a list"),
        (
            {"pairs": [{"arm": "{model} + FMS", "against": "{model}"}]},
            "no model has both arms '{model} . FMS'",
        ),
        ({"pairs": [{"arm": "SemST"}]}, "against: is missing"),
        ({"datasets": [{"name": "a", "simulate": 5}]}, "simulate: of a must be a mapping"),
        ({"datasets": [{"name": "a", "n_domains": "seven"}]}, "n_domains: of a is 'seven'; give a whole"),
        ({"oracle_epoch": "maybe"}, "oracle_epoch: is 'maybe'; accepted are true and false"),
    ],
)
def test_mistakes_are_named_with_what_is_accepted(content, changes, message):
    with pytest.raises(SemSTError, match=message):
        parse_suite(content(**changes), where="x")


def test_models_that_are_no_mapping_are_refused(content):
    given = content(models=[5], pairs=[])
    del given["arms"]
    with pytest.raises(SemSTError, match=r"a mapping .* is needed, and there is 5"):
        parse_suite(given, where="x")


def test_unknown_suites_and_broken_yaml(tmp_path):
    with pytest.raises(SemSTError, match="no suite 'tabel1' and no such file. Built in are: .*table1"):
        load_suite("tabel1")
    path = tmp_path / "broken.yaml"
    path.write_text("title: [unclosed")
    with pytest.raises(SemSTError, match="is not valid YAML"):
        load_suite(path)


def test_narrowing_keeps_pairs_whose_arms_stay_and_takes_other_files(small, tmp_path):
    suite = small()
    assert len(suite.narrowed(models=["SemST", "PCA"]).pairs) == 1
    assert suite.narrowed(models=["pca"]).pairs == ()
    assert suite.narrowed(seeds=3).seeds == (0, 1, 2)
    (tmp_path / "mine.h5ad").touch()
    chosen = suite.narrowed(datasets=["two", "mine"], data_folder=tmp_path)
    assert [spec.name for spec in chosen.datasets] == ["two", "mine"]
    with pytest.raises(SemSTError, match="--datasets: theirs: not in this suite. It has: one, two"):
        suite.narrowed(datasets=["theirs"], data_folder=tmp_path)
    with pytest.raises(SemSTError, match="--models: gpt: not in this suite"):
        suite.narrowed(models=["gpt"])


TITLE = b"title: x\n"
REST = b"datasets: [{name: t1, simulate: {n_spots: 80, n_genes: 60}}]\narms: [pca]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"title: caf\xe9\n" + REST, r"x\.yaml is not text in UTF-8"),
        (TITLE.decode().encode("utf-16"), r"x\.yaml is not text in UTF-8"),
        (b"title: " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"about: &a [x]\nnotes: *a\n" + TITLE + REST, "aliases .* are not accepted"),
        (TITLE + REST.replace(b"t1", b"[1]"), "datasets: name: is \\[1\\]"),
        (TITLE + REST + b"seeds: 1000000000\n", "seeds: is 1000000000; at most 10,000"),
        (TITLE + REST + b"name: ../../escaped\n", r"name: is '\.\./\.\./escaped'; files get this name"),
        (TITLE + REST + b"name: .hidden\n", "name: is '.hidden'"),
        (TITLE + REST + b"name: [a]\n", "name: is \\['a'\\]"),
        (TITLE + REST.replace(b"[pca]", b"[[pca]]"), "a mapping"),
        (TITLE + REST + b"about: 2024-99-99\n", "is not valid YAML: month"),
        (TITLE + REST + b"seeds: {a: 1}\n", "seeds: is"),
        (b"? {a: 1}\n: 2\n", "is not valid YAML|a mapping"),
        (b"\x00", "is not valid YAML"),
        (b"", "a mapping"),
    ],
)
def test_files_that_are_no_suites_are_one_line(tmp_path, text, said):
    (tmp_path / "x.yaml").write_bytes(text)
    with pytest.raises(SemSTError, match=said) as caught:
        load_suite(tmp_path / "x.yaml")
    assert "\n" not in str(caught.value)


def test_a_suite_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbf" + "title: café\n".encode() + REST)
    assert load_suite(tmp_path / "x.yaml").title == "café"

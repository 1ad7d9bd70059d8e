"""`--json`: one document on standard output, its shape by command, numbers as numbers, and errors."""

import json
import subprocess
import sys

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import semst
from semst._log import logger
from semst.cli import app
from semst.cli._telling import as_json, facts, jsonable, leave_to_first, telling

TEXT, NUMBER, WHOLE = str, (int, float), int
AROUND = {"version": TEXT, "command": TEXT, "seconds": NUMBER, "warnings": list}
SIZES = {"key": TEXT, "n_domains": WHOLE, "n_spots": WHOLE, "n_without": WHOLE, "sizes": {"*": WHOLE}}
SCORES = dict.fromkeys(("ari", "nmi", "f1_macro"), NUMBER)
OUTPUTS = {"slices": [TEXT], "model": (TEXT, None), "picture": (TEXT, None), "report": (TEXT, None)}
RUN = {
    "inputs": [TEXT],
    "outputs": OUTPUTS,
    "domains": SIZES,
    "slices": {"*": SIZES},
    "model": TEXT,
    "semantics": dict,
    "language_model": (TEXT, None),
    "settings": {
        "n_domains": WHOLE,
        "refine": bool,
        "n_neighs": WHOLE,
        "rings": [WHOLE],
        "learning_rate": float,
    },
    "reading": {"spatial_key": TEXT, "use_raw": bool},
    "clustering": {"method": TEXT},
    "choice": (dict, None),
    "quality": {"stability": NUMBER, "chaos": NUMBER, "pas": NUMBER},
    "timings": {"*": NUMBER},
    "versions": {"python": TEXT},
    "seed": WHOLE,
    "scores": ({**SCORES}, None),
}


def fits(value, shape, where="document"):
    """Hold a value against a shape: a type, alternatives, a list of one kind, named fields, ``*`` for all."""
    if shape is None:
        assert value is None, where
    elif isinstance(shape, tuple) and not all(isinstance(one, type) for one in shape):
        for one in shape:
            if (value is None) == (one is None):
                return fits(value, one, where)
        raise AssertionError(f"{where} is {value!r}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for one in value:
            fits(one, shape[0], where)
    elif isinstance(shape, dict):
        assert isinstance(value, dict), where
        for name, inner in shape.items():
            for key in value if name == "*" else [name]:
                assert key in value, f"{where} has no {key}"
                fits(value[key], inner, f"{where}.{key}")
    else:
        kinds = shape if isinstance(shape, tuple) else (shape,)
        assert isinstance(value, kinds), f"{where} is {value!r}"
        assert bool in kinds or not isinstance(value, bool), where
    return None


def document(*arguments, code=0):
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    fits(found, AROUND)
    assert found["version"] == semst.__version__ and found["command"] == arguments[0]
    assert found["seconds"] > 0
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two slices, and a run of one with a model that is kept."""
    place = tmp_path_factory.mktemp("json")
    for seed, name in enumerate("ab"):
        adata = semst.datasets.simulated_cortex(n_spots=250, n_genes=80, random_state=seed)
        adata.obs["donor"], adata.obs["condition"] = name, "control" if name == "a" else "case"
        adata.write_h5ad(place / f"{name}.h5ad")
    return place


@pytest.fixture(scope="module")
def run(folder):
    line = [
        "run",
        folder / "a.h5ad",
        "--n-domains",
        4,
        "--out",
        folder / "out.h5ad",
        "--truth",
        "ground_truth",
    ]
    line += ["--save-model", folder / "model", "--cluster", "mixture"]
    return document(*line)


def test_a_run(run, folder):
    fits(run, RUN)
    assert run["inputs"] == [str(folder / "a.h5ad")]
    assert run["outputs"]["slices"] == [str(folder / "out.h5ad")]
    assert run["outputs"]["model"] == str(folder / "model") and run["outputs"]["picture"] is None
    assert run["model"] == "semst" and run["seed"] == 0 and run["settings"]["n_domains"] == 4
    written = ad.read_h5ad(folder / "out.h5ad")
    assert run["domains"]["sizes"] == written.obs["semst"].value_counts().sort_index().to_dict()
    assert run["domains"]["n_spots"] == 250
    expected = semst.metrics.score(written.obs["ground_truth"], written.obs["semst"])
    assert run["scores"]["ari"] == pytest.approx(expected["ari"])


def test_a_joint_run_of_a_chosen_number_without_an_annotation(folder):
    line = ["run", folder / "a.h5ad", folder / "b.h5ad", "--n-domains", "auto", "--out", folder / "joint"]
    found = document(*line, "--cluster", "mixture", "--no-explain")
    fits(found, RUN)
    assert found["scores"] is None
    assert list(found["slices"]) == ["a", "b"] and len(found["outputs"]["slices"]) == 2
    assert found["domains"]["n_spots"] == 500 == sum(one["n_spots"] for one in found["slices"].values())
    assert found["choice"]["n_domains"] == found["domains"]["n_domains"]
    assert all(isinstance(one, float) for one in found["choice"]["stability"])
    assert any("number" in warning or "domains" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (["score", "out.h5ad"], {"key": TEXT, "truth": TEXT, "scores": SCORES}),
        (
            ["predict", "model", "b.h5ad", "--out", "p.h5ad", "--truth", "ground_truth"],
            {
                "outputs": {"slices": [TEXT], "picture": None},
                "fitted": TEXT,
                "domains": SIZES,
                "model": TEXT,
                "prediction": {
                    "n_genes": WHOLE,
                    "missing_genes": [TEXT],
                    "share_unlike": float,
                    "shares": [float],
                },
                "scores": SCORES,
            },
        ),
        (
            ["explain", "out.h5ad", "--out", "e.h5ad", "--n-null", "0"],
            {
                "domains": [{"domain": TEXT, "n_spots": WHOLE}],
                "markers": [{"gene": TEXT, "score": float}],
                "terms": list,
            },
        ),
        (
            ["cut", "out.h5ad", "--n", "2", "--out", "c.h5ad"],
            {"outputs": {"slices": [TEXT]}, "domains": SIZES},
        ),
        (["split", "out.h5ad", "--domain", "1", "--out", "s.h5ad"], {"domains": SIZES}),
        (
            ["compare", "a.h5ad", "b.h5ad", "--key", "ground_truth", "--sample-key", "donor"]
            + ["--condition-key", "condition", "--groups", "control,case", "--out", "t.csv"],
            {
                "outputs": {"out": TEXT, "counts": None, "plot": None},
                "groups": [TEXT],
                "samples": [TEXT],
                "counts": [dict],
                "differences": [{"difference": NUMBER, "p": None}],  # a sample a group: not known
                "note": TEXT,
            },
        ),
        (["export", "out.h5ad", "--to", "embedding", "--out", "x.csv"], {"outputs": {"embedding": [TEXT]}}),
        (
            ["embed", "a.h5ad", "--semantics", "random", "--out", "v.npy"],
            {"n_spots": WHOLE, "n_dimensions": WHOLE},
        ),
        (["plot", "out.h5ad", "--out", "p.png"], {"outputs": {"picture": TEXT}, "key": TEXT}),
        (["report", "out.h5ad", "--out", "r.html"], {"outputs": {"report": TEXT}}),
        (
            ["info"],
            {"packages": {"torch": TEXT}, "extras": {"text": dict}, "devices": [TEXT], "models": [TEXT]},
        ),
        (["settings", "graphst"], {"model": TEXT, "settings": [{"name": TEXT, "group": TEXT, "help": TEXT}]}),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "shape",
)
def test_every_command_with_a_result(run, folder, monkeypatch, line, shape):
    monkeypatch.chdir(folder)
    fits(document(*line), shape)


def test_settings_have_their_defaults_as_they_are():
    found = {row["name"]: row["default"] for row in document("settings", "semst")["settings"]}
    assert found["epochs"] == 60 and found["radius"] is None and found["rings"] == [6, 18, 36, 90]
    assert found["zero_init"] is True


def test_nothing_else_is_on_standard_output_whoever_prints(folder, tmp_path, monkeypatch):
    code = (
        "import semst.tl._estimator as e\n"
        "fit = e.Estimator.fit\n"
        "def loud(self, adata):\n"
        "    print('from some package'); return fit(self, adata)\n"
        "e.Estimator.fit = loud\n"
        "from semst.cli import main; main()"
    )
    line = ["run", folder / "a.h5ad", "--n-domains", 3, "--out", tmp_path / "o.h5ad", "--json"]
    done = subprocess.run([sys.executable, "-c", code, *map(str, line)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "semst"
    assert "from some package" in done.stderr and "semst: added" in done.stderr


def test_an_error_is_a_document_a_line_and_an_exit_code(folder):
    line = ["score", folder / "a.h5ad", "--labels", "nowhere"]
    found = document(*line, code=2)
    assert found["error"]["kind"] == "MissingKeyError"
    assert found["error"]["message"].startswith('obs has no "nowhere". It has: "ground_truth"')
    assert "scores" not in found
    result = CliRunner().invoke(app, [*map(str, line), "--json"])
    assert result.stderr.strip() == f"semst: error: {found['error']['message']}"


def test_a_bug_is_a_document_too_and_keeps_its_traceback(folder, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("by our fault")

    monkeypatch.setattr("semst.metrics.score", broken)
    result = CliRunner().invoke(app, ["score", str(folder / "a.h5ad"), "--labels", "ground_truth", "--json"])
    assert isinstance(result.exception, ZeroDivisionError) and result.exit_code == 1
    assert json.loads(result.stdout)["error"] == {"kind": "ZeroDivisionError", "message": "by our fault"}


def test_a_line_that_cannot_be_read_leaves_standard_output_empty(folder):
    result = CliRunner().invoke(app, ["score", str(folder / "a.h5ad"), "--json", "--lables", "x"])
    assert result.exit_code == 2 and result.stdout == "" and "--lables" in result.stderr


def test_warnings_are_in_the_document_although_the_log_hides_them(folder, tmp_path, monkeypatch):
    real = semst.metrics.score

    def warned(*args):
        logger.warning("told once")
        return real(*args)

    monkeypatch.setattr("semst.metrics.score", warned)
    assert document("score", folder / "a.h5ad", "--labels", "ground_truth")["warnings"] == ["told once"]
    assert document("info")["warnings"] == []  # the next call begins anew


def test_of_several_processes_one_prints(capsys):
    for first in (True, False):
        with telling():
            as_json(True)
            facts(found=1)
            if not first:
                leave_to_first()
    assert json.loads(capsys.readouterr().out)["found"] == 1


def test_what_json_does_not_know():
    values = {
        "nan": float("nan"),
        "infinite": np.float32("inf"),
        "array": np.array([1.5, np.nan]),
        "whole": np.int64(3),
        "missing": pd.NA,
        "category": pd.Categorical(["b", None]),
        "series": pd.Series({"x": np.nan}),
        "table": pd.DataFrame({"p": [0.5, np.nan]}),
    }
    assert jsonable(values) == {
        "nan": None,
        "infinite": None,
        "array": [1.5, None],
        "whole": 3,
        "missing": None,
        "category": ["b", None],
        "series": {"x": None},
        "table": [{"p": 0.5}, {"p": None}],
    }

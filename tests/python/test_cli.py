"""The command line: what it hands on, what it writes, what it refuses, how it fails."""

import json
import os
import signal
import subprocess
import sys
import time

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from typer.testing import CliRunner

import semst
from semst import SemSTError
from semst.cli import app


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def tiny(n=40):
    rng = np.random.default_rng(0)
    xy = np.stack(np.meshgrid(np.arange(8), np.arange(n // 8)), axis=-1).reshape(-1, 2) * 100.0
    truth = np.where(xy[:, 0] < 400, "left", "right").astype(object)
    truth[0] = None
    return ad.AnnData(
        sp.csr_matrix(rng.poisson(2.0, size=(n, 12)).astype(np.float32)),
        obs=pd.DataFrame({"ground_truth": pd.Categorical(truth)}, index=[f"s{i}" for i in range(n)]),
        var=pd.DataFrame(
            index=["MBP", "PLP1", "SNAP25", "PCP4", "CUX2", "RORB", *(f"G{i}" for i in range(6))]
        ),
        obsm={"spatial": xy},
    )


@pytest.fixture
def slice_path(tmp_path):
    path = tmp_path / "in" / "slice.h5ad"
    path.parent.mkdir()
    tiny().write_h5ad(path)
    return path


@pytest.fixture
def seen(monkeypatch):
    """Replace the training by a cut through the middle; what it was called with is kept."""
    calls = {}

    class Fake:
        keys = semst.data.SliceKeys()

        def __init__(self, model, n_domains, **options):
            calls.update(options, model=model, n_domains=n_domains)

        def check_results(self, adata, *, key_added=None):
            pass

        def fit(self, adata):
            return self

        def write_to(self, adata, *, key_added="semst", store_semantic=False):
            calls.update(key_added=key_added, store_semantic=store_semantic)
            cut = np.where(adata.obsm["spatial"][:, 0] < 400, "1", "2")
            adata.obs[key_added] = pd.Categorical(cut)
            adata.uns[key_added] = {"params": {"n_domains": calls["n_domains"]}, "quality": {}}

    monkeypatch.setattr("semst.tl.Estimator", Fake)
    monkeypatch.setattr(
        "semst.tl.semst",
        lambda adata, n_domains, **o: Fake("semst", n_domains, **o).fit(adata).write_to(adata),
    )
    return calls


@pytest.fixture
def no_work(monkeypatch):
    """Nothing may be read or trained: the call must be refused before."""
    monkeypatch.setattr("semst.io.read", lambda *a, **k: pytest.fail("the input was read"))
    monkeypatch.setattr("semst.tl.Estimator.fit", lambda *a, **k: pytest.fail("training was started"))


def error_line(result):
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("semst: error:")]
    return line


# ---------------------------------------------------------------- run


def test_run_writes_slice_and_picture_and_prints_scores(slice_path, tmp_path, seen):
    before = slice_path.read_bytes()
    out, plot = tmp_path / "new" / "out.h5ad", tmp_path / "new" / "out.png"
    result = call(
        "run", slice_path, "--n-domains", 2, "--out", out, "--plot", plot, "--truth", "ground_truth"
    )
    assert result.exit_code == 0, result.output
    labelled = ad.read_h5ad(out)
    assert labelled.obs["semst"].value_counts().to_dict() == {"1": 20, "2": 20}
    assert labelled.uns["semst"]["params"]["n_domains"] == 2
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in out.parent.iterdir()) == ["out.h5ad", "out.png"]
    assert str(out) in result.stdout and str(plot) in result.stdout
    assert "semst against ground_truth" in result.stdout and "1.0000" in result.stdout
    assert slice_path.read_bytes() == before


def test_run_leaves_every_choice_to_the_preset_unless_told(slice_path, tmp_path, seen):
    call("run", slice_path, "--n-domains", 3, "--out", tmp_path / "o.h5ad")
    chosen = {k for k, v in seen.items() if v is not None}
    assert {k: seen[k] for k in chosen} == {
        "model": "semst",
        "n_domains": 3,
        "cluster": "auto",
        "refine": True,
        "explain": True,
        "random_state": 0,
        "key_added": "semst",
        "store_semantic": False,
        "progress": True,
    }


def test_run_hands_every_option_on(slice_path, tmp_path, seen):
    options = {
        "--preset": ("preset", "paper"),
        "--layer": ("layer", "counts"),
        "--depth-key": ("depth_key", "depth"),
        "--semantics": ("semantics", "minilm"),
        "--k-g": ("k_g", 25),
        "--ranking": ("ranking", "specificity"),
        "--landmarks": ("landmarks", 500),
        "--spatial-key": ("spatial_key", "spatial"),
        "--n-neighs": ("n_neighs", 6),
        "--radius": ("radius", 150.0),
        "--fusion": ("fusion", "concat"),
        "--epochs": ("epochs", 5),
        "--cluster": ("cluster", "leiden"),
        "--n-starts": ("n_starts", 4),
        "--seed": ("random_state", 7),
        "--device": ("device", "cpu"),
        "--precision": ("precision", "bf16-mixed"),
        "--checkpoint-dir": ("checkpoint_dir", str(tmp_path / "check")),
        "--cache-dir": ("cache_dir", str(tmp_path / "cache")),
        "--key-added": ("key_added", "mine"),
        "--sample-key": ("sample_key", "ground_truth"),
    }
    flags = [
        "--use-raw",
        "--use-existing-graph",
        "--store-semantic",
        "--no-refine",
        "--no-explain",
        "--quiet",
    ]
    given = [part for name, (_, value) in options.items() for part in (name, value)]
    result = call("run", slice_path, "--n-domains", 2, "--out", tmp_path / "o.h5ad", *given, *flags)
    assert result.exit_code == 0, result.output
    for name, value in options.values():
        assert seen[name] == value, name
    assert seen["use_raw"] and seen["use_existing_graph"] and seen["store_semantic"]
    assert seen["refine"] is False and seen["explain"] is False and seen["progress"] is False
    assert "mine" in ad.read_h5ad(tmp_path / "o.h5ad").obs


def test_run_knows_every_parameter_of_the_function():
    """A parameter that is new in tl.run has to be thought of here as well; settings come by themselves."""
    import inspect

    from semst.cli._run import run

    on_the_line = set(inspect.signature(run).parameters)
    renamed = {"random_state": "seed", "refine": "no_refine", "explain": "no_explain"}
    python_only = {"adata", "copy", "settings"}
    for name in inspect.signature(semst.tl.run).parameters:
        assert name in python_only or renamed.get(name, name) in on_the_line


@pytest.mark.parametrize("extra", [["--plot", "out.png"], []])
def test_nothing_is_overwritten_and_that_is_known_before_the_work(
    slice_path, tmp_path, no_work, extra, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    taken = tmp_path / (extra[1] if extra else "out.h5ad")
    taken.write_text("precious")
    line = error_line(call("run", slice_path, "--n-domains", 2, "--out", "out.h5ad", *extra))
    assert f"{taken.name} exists already" in line and "--overwrite" in line
    assert taken.read_text() == "precious"


def test_overwrite_replaces_outputs(slice_path, tmp_path, seen):
    out, plot = tmp_path / "out.h5ad", tmp_path / "out.png"
    out.write_text("old")
    plot.write_text("old")
    result = call("run", slice_path, "--n-domains", 2, "--out", out, "--plot", plot, "--overwrite")
    assert result.exit_code == 0, result.output
    assert ad.read_h5ad(out).n_obs == 40 and plot.read_bytes().startswith(b"\x89PNG")


def test_run_writes_a_page(slice_path, tmp_path, seen):
    out, page = tmp_path / "out.h5ad", tmp_path / "page.html"
    line = ["run", slice_path, "--n-domains", 2, "--out", out, "--report", page, "--truth", "ground_truth"]
    result = call(*line)
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert "<h1>slice.h5ad</h1>" in text and "semst against ground_truth" in text
    assert str(page) in result.stdout
    assert "page.html exists already" in error_line(call(*line[:-4], "--report", page, "--out", "o.h5ad"))
    assert call(*line, "--overwrite").exit_code == 0


def test_the_input_is_never_an_output(slice_path, tmp_path, no_work):
    before = slice_path.read_bytes()
    link = tmp_path / "link.h5ad"
    link.symlink_to(slice_path)
    hard = tmp_path / "hard.h5ad"
    hard.hardlink_to(slice_path)
    for out in (slice_path, slice_path.parent / ".." / "in" / "slice.h5ad", link, hard):
        line = error_line(call("run", slice_path, "--n-domains", 2, "--out", out, "--overwrite"))
        assert "is the input itself" in line
    assert slice_path.read_bytes() == before


def test_an_output_cannot_swallow_the_input_or_lie_in_its_store(tmp_path, no_work):
    store = tmp_path / "slice.zarr"
    (store / "inner").mkdir(parents=True)
    line = error_line(call("run", store, "--n-domains", 2, "--out", store / "out.h5ad"))
    assert "lies inside of the input" in line
    line = error_line(call("run", store / "inner", "--n-domains", 2, "--out", store, "--overwrite"))
    assert "The input" in line and "lies inside of --out" in line
    folder = tmp_path / "folder.h5ad"
    folder.mkdir()
    line = error_line(call("run", store, "--n-domains", 2, "--out", folder, "--overwrite"))
    assert "is a folder" in line
    assert store.is_dir() and folder.is_dir()


@pytest.mark.parametrize(
    ("out", "extra", "message"),
    [
        ("out.csv", [], r'--out out.csv has the ending ".csv". Accepted: .h5ad, .zarr.'),
        ("out.h5ad", ["--plot", "out.h5ad"], '--plot out.h5ad has the ending ".h5ad". Accepted: .png'),
        ("out.h5ad", ["--report", "out.pdf"], '--report out.pdf has the ending ".pdf". Accepted: .html'),
        ("file/out.h5ad", [], "file is a file, not a folder"),
    ],
)
def test_outputs_that_cannot_be_are_refused_at_once(
    slice_path, tmp_path, no_work, monkeypatch, out, extra, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert message in error_line(call("run", slice_path, "--n-domains", 2, "--out", out, *extra))


def test_a_folder_without_the_right_to_write_is_refused_at_once(slice_path, tmp_path, no_work, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # root may write everywhere
    line = error_line(call("run", slice_path, "--n-domains", 2, "--out", tmp_path / "o.h5ad"))
    assert f"no right to write in {tmp_path}" in line


def test_a_missing_annotation_is_known_before_the_training(slice_path, tmp_path, monkeypatch):
    monkeypatch.setattr("semst.tl.Estimator.fit", lambda *a, **k: pytest.fail("training was started"))
    out = tmp_path / "o.h5ad"
    line = error_line(call("run", slice_path, "--n-domains", 2, "--out", out, "--truth", "layer"))
    assert 'obs has no "layer". It has: "ground_truth"' in line


def test_semantics_may_be_a_name_a_file_a_folder_or_a_hub_id(tmp_path, monkeypatch):
    from semst.cli._semantics import source_name

    monkeypatch.chdir(tmp_path)
    for folder in ("minilm", "model", "encoder"):
        (tmp_path / folder).mkdir()
    (tmp_path / "encoder" / "modules.json").write_text("[]")
    (tmp_path / "x.npy").write_text("")
    expected = {
        "minilm": "minilm",  # not the folder of that name
        "./minilm": "llm:./minilm",
        "model": "llm:model",
        "encoder": "text:encoder",
        "x.npy": "spots:x.npy",
        "absent/x.npy": "spots:absent/x.npy",
        "GenePT.pickle": "genes:GenePT.pickle",
        "Qwen/Qwen2.5-0.5B": "llm:Qwen/Qwen2.5-0.5B",
        "text:org/model": "text:org/model",
        "permuted:genes:x.csv": "permuted:genes:x.csv",
        "nonsense": "nonsense",
    }
    assert {given: source_name(given) for given in expected} == expected


# ---------------------------------------------------------------- report


@pytest.fixture
def labelled_path(slice_path, seen, tmp_path):
    path = tmp_path / "labelled.h5ad"
    assert call("run", slice_path, "--n-domains", 2, "--out", path, "--key-added", "found").exit_code == 0
    return path


def test_report_writes_a_page_of_a_labelled_slice(labelled_path, tmp_path):
    before, page = labelled_path.read_bytes(), tmp_path / "new" / "page.html"
    result = call("report", labelled_path, "--out", page, "--key", "found", "--truth", "ground_truth")
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert "<h1>labelled.h5ad</h1>" in text and "found against ground_truth" in text
    assert [p.name for p in page.parent.iterdir()] == ["page.html"]
    assert labelled_path.read_bytes() == before


def test_report_has_a_panel_for_every_slice_and_reads_where_it_is_told(labelled_path, tmp_path, monkeypatch):
    calls = {}
    monkeypatch.setattr("semst.pl.report", lambda adata, path, key, **options: calls.update(options, key=key))
    places = {"sample_key": "ground_truth", "spatial_key": "xy", "layer": "counts", "depth_key": "umi"}
    given = [part for name, value in places.items() for part in (f"--{name.replace('_', '-')}", value)]
    line = ["report", labelled_path, "--out", tmp_path / "page.html", "--key", "found", *given]
    assert call(*line, "--use-raw").exit_code == 0
    own = {"key": "found", "truth": None, "title": "labelled.h5ad", "overwrite": False}
    assert calls == {**places, "use_raw": True, **own}
    calls.clear()
    assert call(*line).exit_code == 0
    assert calls == {**places, **own}


def test_report_refuses_in_a_line(labelled_path, tmp_path):
    page = tmp_path / "page.html"
    assert 'error: obs has no "semst"' in error_line(call("report", labelled_path, "--out", page))
    line = ["report", labelled_path, "--key", "found", "--out"]
    assert "has no" in error_line(call(*line, page, "--truth", "nothing"))
    assert 'There is no run under "ground_truth"' in error_line(
        call("report", labelled_path, "--key", "ground_truth", "--out", page)
    )
    assert 'has the ending ".pdf". Accepted: .html' in error_line(call(*line, tmp_path / "page.pdf"))
    page.write_text("precious")
    assert "exists already" in error_line(call(*line, page))
    assert page.read_text() == "precious"


# ---------------------------------------------------------------- errors


def test_errors_of_the_user_are_one_line_with_code_2(slice_path, tmp_path, monkeypatch):
    def fail(*args, **options):
        raise SemSTError("Something is\n wrong. Do that.")

    monkeypatch.setattr("semst.tl.Estimator.fit", fail)
    result = call("run", slice_path, "--n-domains", 2, "--out", tmp_path / "o.h5ad")
    assert error_line(result) == "semst: error: Something is wrong. Do that."
    assert result.stdout == ""
    assert not (tmp_path / "o.h5ad").exists()


def test_other_errors_keep_their_traceback(slice_path, tmp_path, monkeypatch):
    monkeypatch.setattr("semst.tl.Estimator.fit", lambda *a, **k: [][1])
    result = call("run", slice_path, "--n-domains", 2, "--out", tmp_path / "o.h5ad")
    assert result.exit_code == 1 and isinstance(result.exception, IndexError)


def test_ctrl_c_is_130_with_a_line(slice_path, tmp_path, monkeypatch):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("semst.tl.Estimator.fit", stop)
    result = call("run", slice_path, "--n-domains", 2, "--out", tmp_path / "o.h5ad")
    assert result.exit_code == 130
    assert result.stderr.strip().endswith("semst: stopped. No half-written output is left.")
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_missing_input_is_one_line(tmp_path):
    line = error_line(call("score", tmp_path / "absent.h5ad"))
    assert "absent.h5ad" in line


def test_wrong_usage_is_explained():
    result = call("run")
    assert result.exit_code == 2 and "Missing" in result.stderr
    result = call("run", "x.h5ad", "--n-domains", "many", "--out", "o.h5ad")
    assert result.exit_code == 2 and "--n-domains" in result.stderr


# ---------------------------------------------------------------- score


def test_score_prints_lines_or_json(tmp_path):
    adata = tiny()
    adata.obs["semst"] = np.where(adata.obsm["spatial"][:, 0] < 400, "b", "a")
    path = tmp_path / "labelled.h5ad"
    adata.write_h5ad(path)
    result = call("score", path, "--json")
    assert result.exit_code == 0, result.output
    scores = json.loads(result.stdout)["scores"]
    expected = semst.metrics.score(adata.obs["ground_truth"], adata.obs["semst"])
    assert scores == {name: pytest.approx(value) for name, value in expected.items()}
    assert 1.0 in scores.values()
    lines = call("score", path).stdout.splitlines()
    assert lines[0] == "semst against ground_truth"
    assert [line.split()[0] for line in lines[1:]] == list(scores)


def test_score_refuses_columns_that_hold_nothing(tmp_path):
    adata = tiny()
    adata.obs["semst"] = pd.Categorical([None] * adata.n_obs, categories=["1"])
    adata.write_h5ad(tmp_path / "x.h5ad")
    assert 'error: obs["semst"] has no value' in error_line(call("score", tmp_path / "x.h5ad"))
    assert 'no "layer"' in error_line(call("score", tmp_path / "x.h5ad", "--truth", "layer"))


# ---------------------------------------------------------------- embed


def test_embed_writes_a_row_per_spot_and_its_record(tmp_path):
    adata = tiny()
    dense = adata.X.toarray()
    dense[3] = 0
    adata.X = sp.csr_matrix(dense)
    adata.write_h5ad(tmp_path / "x.h5ad")
    result = call(
        "embed", tmp_path / "x.h5ad", "--semantics", "random", "--out", tmp_path / "v.npy", "--quiet"
    )
    assert result.exit_code == 0, result.output
    vectors = np.load(tmp_path / "v.npy", allow_pickle=False)
    assert vectors.dtype == np.float32 and vectors.shape[0] == 40
    assert np.isnan(vectors[3]).all() and np.isfinite(np.delete(vectors, 3, axis=0)).all()
    record = json.loads((tmp_path / "v.json").read_text())
    assert record["n_spots"] == 40 and record["n_without_counts"] == 1
    assert record["n_dimensions"] == vectors.shape[1]
    assert record["semst"] == semst.__version__ and record["semantics"]
    again = call("embed", tmp_path / "x.h5ad", "--semantics", "random", "--out", tmp_path / "v.npy")
    assert "v.npy exists already" in error_line(again)


def test_embed_leaves_a_foreign_record_alone(slice_path, tmp_path, no_work):
    (tmp_path / "v.json").write_text("mine")
    line = error_line(call("embed", slice_path, "--semantics", "random", "--out", tmp_path / "v.npy"))
    assert "v.json exists already" in line
    assert (tmp_path / "v.json").read_text() == "mine"


def test_embed_with_nothing_to_embed_says_so(slice_path, tmp_path):
    line = error_line(call("embed", slice_path, "--semantics", "none", "--out", tmp_path / "v.npy"))
    assert "'none' gives no vectors" in line
    assert not (tmp_path / "v.npy").exists()


# ---------------------------------------------------------------- demo, info, help


def test_demo_goes_the_whole_way_and_says_where_things_are(tmp_path, seen, monkeypatch):
    monkeypatch.setattr("semst.datasets.simulated_cortex", lambda *sizes, **options: tiny())
    result = call("demo", "--out-dir", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert seen["n_domains"] == 2
    for name in ("cortex.h5ad", "cortex.png", "cortex.html"):
        assert str(tmp_path / "demo" / name) in result.stdout
        assert (tmp_path / "demo" / name).is_file()
    assert "1.0000" in result.stdout
    assert "exists already" in error_line(call("demo", "--out-dir", tmp_path / "demo"))
    assert call("demo", "--out-dir", tmp_path / "demo", "--overwrite").exit_code == 0


def test_info_lists_versions_devices_and_models(monkeypatch, tmp_path):
    from semst.cli import _info

    whole = tmp_path / "models--org--whole" / "snapshots" / "abc"
    whole.mkdir(parents=True)
    (whole / "config.json").write_text("{}")
    (tmp_path / "models--org--torn" / "snapshots").mkdir(parents=True)
    monkeypatch.setattr(_info, "_hub_folder", lambda: tmp_path)
    monkeypatch.setattr(_info, "_ask_r", lambda code: "9.9.9")
    result = call("info")
    assert result.exit_code == 0, result.output
    lines = dict(
        line.split(maxsplit=1) for line in result.stdout.splitlines() if not line.startswith("model")
    )
    assert lines["semst"] == semst.__version__
    assert lines["R"] == "9.9.9"
    assert {"python", "torch", "anndata", "scanpy", "mclust", "device"} <= set(lines)
    assert "org/whole" in result.stdout and "torn" not in result.stdout


def test_info_says_which_extras_are_there_and_how_to_get_the_others(monkeypatch):
    from semst.cli import _info

    there = _info.installed
    monkeypatch.setattr(
        _info,
        "requirements",
        lambda: {"": ["numpy"], "umap": ["umap-learn"], "large": ["numpy", "no-such-package"]},
    )
    monkeypatch.setattr(_info, "_ask_r", lambda code: "9.9.9")
    lines = call("info").stdout.splitlines()
    assert f"extra umap             umap-learn {there('umap-learn')}" in lines
    assert "extra large            missing: no-such-package (pip install 'semst[large]')" in lines


def test_info_without_r_says_how_to_get_it(monkeypatch, tmp_path):
    from semst.cli import _info

    monkeypatch.setattr(_info.shutil, "which", lambda name: None)
    result = call("info")
    assert "R                      not found" in result.stdout
    assert "mclust                 not found: R is missing" in result.stdout
    monkeypatch.setattr(_info.shutil, "which", lambda name: "/usr/bin/Rscript")
    monkeypatch.setattr(_info, "_ask_r", lambda code: None)
    assert 'install.packages("mclust")' in call("info").stdout


def test_version_and_help():
    assert call("--version").stdout.strip() == f"semst {semst.__version__}"
    for command in ("run", "embed", "score", "demo", "info"):
        assert command in call("--help").stdout
        assert call(command, "--help").exit_code == 0
        assert call(command, "-h").stdout == call(command, "--help").stdout


def test_help_does_not_wait_for_heavy_imports():
    code = (
        "import sys\nfrom semst.cli import app\n"
        "heavy = {'torch', 'scanpy', 'anndata', 'numpy', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert time.perf_counter() - start < 5


@pytest.mark.slow
def test_run_from_a_shell_end_to_end(tmp_path):
    source = tmp_path / "slice.h5ad"
    semst.datasets.simulated_cortex(400, random_state=0).write_h5ad(source)
    command = [sys.executable, "-c", "from semst.cli import main; main()", "run", source, "--n-domains", 4]
    command += ["--semantics", "none", "--epochs", 3, "--cluster", "mixture", "--n-starts", 2]
    command += ["--out", tmp_path / "o.h5ad", "--plot", tmp_path / "o.pdf", "--truth", "ground_truth"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    labelled = ad.read_h5ad(tmp_path / "o.h5ad")
    assert labelled.obs["semst"].nunique() == 4
    assert (tmp_path / "o.pdf").read_bytes().startswith(b"%PDF")
    assert "semst against ground_truth" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_ctrl_c_during_training_leaves_nothing_behind(tmp_path):
    source = tmp_path / "slice.h5ad"
    semst.datasets.simulated_cortex(400, random_state=0).write_h5ad(source)
    code = "from semst import _progress; _progress.BETWEEN = 0.2; from semst.cli import main; main()"
    command = [sys.executable, "-c", code, "run", source, "--n-domains", 4]
    command += [
        "--preset",
        "network",
        "--semantics",
        "none",
        "--epochs",
        1_000_000,
        "--out",
        tmp_path / "o.h5ad",
    ]
    running = subprocess.Popen(
        [str(c) for c in command],
        stderr=subprocess.PIPE,
        # a test run in the background is deaf to Ctrl-C, and would hand that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        said = b""
        while b"loss=" not in said and (piece := os.read(running.stderr.fileno(), 4096)):
            said += piece
        assert b"loss=" in said, said.decode()
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read().decode()
        assert running.wait(timeout=30) == 130
    finally:
        running.kill()
        running.stderr.close()
        running.wait()
    assert rest.strip().endswith("semst: stopped. No half-written output is left.")
    assert "Traceback" not in rest
    assert [p.name for p in tmp_path.iterdir()] == ["slice.h5ad"]


def test_run_tells_what_the_semantic_vectors_moved(tmp_path):
    semst.datasets.simulated_cortex(n_spots=200, n_genes=60, random_state=0).write_h5ad(tmp_path / "x.h5ad")
    command = [
        "run",
        tmp_path / "x.h5ad",
        "--n-domains",
        3,
        "--semantics",
        "random",
        "--epochs",
        2,
        "--quiet",
    ]
    result = call(*command, "--cluster", "mixture", "--n-starts", 2, "--out", tmp_path / "o.h5ad")
    assert result.exit_code == 0, result.output
    told = result.output.split("what the semantic vectors moved\n")[1].splitlines()
    lines = semst.tl.semantic_effect_lines(semst.io.read(tmp_path / "o.h5ad"))
    assert [line.strip() for line in told[:3]] == lines

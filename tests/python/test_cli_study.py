"""`semst run` with several slices, and `semst predict`, from files to files."""

import anndata as ad
import numpy as np
import pytest
from typer.testing import CliRunner

import semst
from semst.cli import _app
from semst.cli._several import slice_names

FAST = ("--n-domains", 3, "--cluster", "mixture", "--set", "n_starts=4", "--no-explain", "-q")


def call(*arguments):
    return CliRunner().invoke(_app.app, [str(argument) for argument in arguments])


def error_line(result):
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("semst: error:")]
    return line


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sections")
    for seed, name in enumerate(("early", "late")):
        adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=100, random_state=seed)
        adata.write_h5ad(folder / f"{name}.h5ad")
    return [folder / "early.h5ad", folder / "late.h5ad"]


@pytest.fixture(scope="module")
def model(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    out, saved = folder / "early.h5ad", folder / "model"
    loud = FAST[:-1]  # what -q sets would stay for the tests that come next
    result = call("run", files[0], *loud, "--out", out, "--save-model", saved)
    assert result.exit_code == 0, result.output
    assert f"model           {saved}" in result.output
    return saved


def test_several_slices_are_run_jointly_and_written_each(files, tmp_path):
    out, plot, page = tmp_path / "joint", tmp_path / "joint.png", tmp_path / "joint.html"
    result = call(
        "run", *files, *FAST, "--out", out, "--plot", plot, "--report", page, "--truth", "ground_truth"
    )
    assert result.exit_code == 0, result.output
    found = {path.stem: ad.read_h5ad(path) for path in sorted(out.iterdir())}
    assert list(found) == ["early", "late"] and plot.exists()
    whole = [ad.read_h5ad(path) for path in files]
    semst.tl.semst(whole, 3, cluster="mixture", n_starts=4, explain=False, progress=False)
    for one, labelled in zip(whole, found.values(), strict=True):
        assert labelled.obs["semst"].tolist() == one.obs["semst"].tolist()
    text = page.read_text()
    assert "early" in text and "late" in text
    assert "semst against ground_truth" in result.output
    again = call("run", *files, *FAST, "--out", out)
    assert again.exit_code == 2 and "exists already" in error_line(again)


def test_names_of_slices_tell_them_apart(tmp_path):
    places = [tmp_path / "a" / "outs", tmp_path / "b" / "outs"]
    assert slice_names(places) == ["a_outs", "b_outs"]
    assert slice_names([tmp_path / "x.h5ad", tmp_path / "x.zarr"]) == ["x_1", "x_2"]
    assert slice_names([tmp_path / "x.h5ad"]) == ["x"]


def test_outputs_of_several_slices_that_cannot_be_are_refused(files, tmp_path):
    one_file = call("run", *files, *FAST, "--out", tmp_path / "all.h5ad")
    assert "--out" in error_line(one_file) and "Give a folder" in error_line(one_file)
    twice = call("run", files[0], files[0], *FAST, "--out", tmp_path / "twice")
    assert "given twice" in error_line(twice)
    own = call("run", *files, *FAST, "--out", files[0].parent, "--overwrite")
    assert "is the input itself" in error_line(own)
    (tmp_path / "taken").write_text("")
    taken = call("run", *files, *FAST, "--out", tmp_path / "taken")
    assert "a folder is needed" in error_line(taken)
    model = call("run", files[0], *FAST, "--out", tmp_path / "x.h5ad", "--save-model", tmp_path / "taken")
    assert "is a file, and a folder is to be written" in error_line(model)


def test_a_new_slice_gets_the_domains_of_a_saved_model(files, model, tmp_path):
    out, plot = tmp_path / "late.h5ad", tmp_path / "late.png"
    result = call("predict", model, files[1], "--out", out, "--plot", plot, "--truth", "ground_truth", "-q")
    assert result.exit_code == 0, result.output
    assert "unlike the fitted ones" in result.output and "share of the spots: 1 0." in result.output
    labelled, expected = ad.read_h5ad(out), ad.read_h5ad(files[1])
    semst.tl.predict(expected, model)
    assert labelled.obs["semst"].tolist() == expected.obs["semst"].tolist()
    np.testing.assert_array_equal(labelled.obsm["semst_posterior"], expected.obsm["semst_posterior"])
    assert labelled.obs["semst_unlike"].dtype == bool and plot.exists()


def test_predict_refuses_in_a_line(files, model, tmp_path):
    assert "holds no saved SemST estimator" in error_line(
        call("predict", tmp_path, files[1], "--out", tmp_path / "x.h5ad")
    )
    few = ad.read_h5ad(files[1])[:, :30].copy()
    few.write_h5ad(tmp_path / "few.h5ad")
    result = call("predict", model, tmp_path / "few.h5ad", "--out", tmp_path / "x.h5ad")
    assert result.exit_code == 2 and "up to 20 % may be missing" in error_line(result)
    done = call("predict", model, tmp_path / "few.h5ad", "--out", tmp_path / "x.h5ad", "--max-missing", 0.9)
    assert done.exit_code == 0 and "genes of the fit missing" in done.output


def test_what_was_found_is_kept_where_the_slice_cannot_be_written(files, tmp_path, monkeypatch):
    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ad.AnnData, "write_h5ad", full)
    result = call("run", files[0], *FAST, "--out", tmp_path / "out.h5ad")
    line = error_line(result)
    assert "No space left on device" in line and "out.rescued.csv and" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.rescued.csv", "out.rescued.npz"]
    kept = np.load(tmp_path / "out.rescued.npz", allow_pickle=False)
    assert kept["X_semst"].shape[0] == kept["semst"].shape[0] == 150
    assert set(kept["semst"]) == {"1", "2", "3"}
    monkeypatch.setattr(np, "savez_compressed", full)
    monkeypatch.setattr("pandas.DataFrame.to_csv", full)
    again = call("run", files[0], *FAST, "--out", tmp_path / "again.h5ad")
    assert "No space left" in error_line(again) and "rescued" not in error_line(again)


def test_what_cannot_be_written_is_known_before_the_work(files, tmp_path, monkeypatch):
    def unwritable(path, **options):
        adata = ad.read_h5ad(path)
        adata.uns["tool"] = {"function": print}
        return adata

    def work(*args, **options):
        raise AssertionError("nothing may be run")

    monkeypatch.setattr("semst.io.read", unwritable)
    monkeypatch.setattr("semst.tl.Estimator.fit", work)
    result = call("run", files[0], *FAST, "--out", tmp_path / "out.h5ad")
    assert "uns/tool/function holds what the file cannot" in error_line(result)


def test_home_is_meant_where_no_shell_has_said_so(files, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "out.h5ad").write_text("a former result")
    for out in ("--out=~/out.h5ad", "--out"):
        result = call("run", files[0], *FAST, out, *([] if "=" in out else ["~/out.h5ad"]))
        assert "exists already" in error_line(result)
    assert (tmp_path / "out.h5ad").read_text() == "a former result"

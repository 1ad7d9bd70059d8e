"""The runner: nothing is lost, nothing is done twice, one failure stays one failure."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import psutil
import pytest

import semst
from semst import cluster
from semst_benchmark import Store, _plan, _run, run_suite
from semst_benchmark._report import _section
from semst_benchmark._slices import how_to_get, known


def _clean_environment():
    """Without the folders of other versions of Python's library that R names once a test has started it."""
    return {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}


def test_every_run_is_done_and_scored_in_all_ways(finished):
    outcome, _ = finished
    assert outcome.rows["status"].tolist() == ["done"] * 8
    for clusterer, how in (("own", "none"), ("own", "own"), ("own", "vote"), ("kmeans", "vote50")):
        assert outcome.rows[f"{clusterer}.{how}.ari"].between(-1, 1).all()
    assert "kmeans.own.ari" not in outcome.rows
    for column in ("own.vote.chaos", "own.vote.pas", "stability", "seconds", "cpu_seconds", "peak_gb"):
        assert outcome.rows[column].notna().all()
    assert (outcome.rows["n_domains"] == 7).all()


def test_scores_are_those_of_the_kept_labels(finished):
    outcome, out = finished
    row = outcome.rows.iloc[0]
    arrays = Store(out).arrays(row["key"])
    adata = semst.datasets.simulated_cortex(n_spots=90, n_genes=60)
    truth = adata.obs["ground_truth"]
    labels = arrays["labels.own.vote"]
    assert semst.metrics.ari(truth, labels) == pytest.approx(row["own.vote.ari"])
    assert arrays["embedding"].dtype == np.float32
    assert len(arrays["embedding"]) == adata.n_obs


def test_a_row_says_when_its_run_ended(small, tmp_path, monkeypatch):
    now = ["started"]

    def fit(adata, *_, **__):
        now[0] = "ended"
        return _run.Fitted(np.random.default_rng(0).normal(size=(adata.n_obs, 3)))

    monkeypatch.setattr(_run, "fit", fit)
    monkeypatch.setattr(_run.time, "strftime", lambda *_: now[0])
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert outcome.rows["finished"].iloc[0] == "ended"


def test_nothing_is_done_twice_and_new_clusterers_need_no_training(small, tmp_path, monkeypatch):
    suite = replace(small(), datasets=small().datasets[:1], seeds=(0,), clusterers=("own",))
    run_suite(suite, None, tmp_path, jobs=0, progress=False)

    def no_training(*_, **__):
        raise AssertionError("a finished run was fitted again")

    monkeypatch.setattr(_run, "fit", no_training)
    again = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert (again.rows["status"] == "done").all()
    more = run_suite(replace(suite, clusterers=("own", "kmeans")), None, tmp_path, jobs=0, progress=False)
    assert more.rows["kmeans.vote.ari"].notna().all()


def test_a_failing_run_is_recorded_and_the_others_go_on(small, tmp_path, monkeypatch):
    arms = [{"name": "bad", "model": "semst", "settings": {"epochs": -1}}, {"model": "pca"}]
    suite = small(arms=arms, pairs=[], seeds=1, clusterers=["own"])
    outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert sorted(outcome.rows["status"]) == ["done", "done", "failed", "failed"]
    assert outcome.failed["error"].str.contains("epochs is -1").all()
    # failures are not tried again unless asked
    monkeypatch.setattr(_run, "fit", lambda *_, **__: pytest.fail("tried again"))
    run_suite(suite, None, tmp_path, jobs=0, progress=False)


def test_a_bug_in_a_model_is_a_row_with_its_traceback(small, tmp_path, monkeypatch):
    def bug(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(_run, "fit", bug)
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1)
    outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert outcome.failed["error"].tolist() == ["ZeroDivisionError: oh"] * 2
    assert "in bug" in outcome.failed["traceback"].iloc[0]
    assert "traceback" not in pd.read_csv(tmp_path / "runs.csv")  # it names places on this machine


def test_missing_weights_are_reported_and_looked_for_again(small, tmp_path, monkeypatch):
    def absent(*_, **__):
        raise semst.MissingDependencyError("the model is not on this machine")

    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    with monkeypatch.context() as patch:
        patch.setattr(_run, "fit", absent)
        outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert outcome.rows["status"].tolist() == ["missing"] * 2
    assert (run_suite(suite, None, tmp_path, jobs=0, progress=False).rows["status"] == "done").all()


def test_what_is_missing_for_one_arm_says_nothing_of_another(small, tmp_path, monkeypatch):
    def fit(adata, config, **_):
        if config["settings"]:
            raise semst.MissingDependencyError("not for these settings")
        return _run.Fitted(np.random.default_rng(0).normal(size=(adata.n_obs, 3)))

    monkeypatch.setattr(_run, "fit", fit)
    arms = [{"name": "a", "model": "semst", "settings": {"preset": "paper"}}, {"model": "semst"}]
    suite = small(arms=arms, pairs=[], seeds=1, clusterers=["own"])
    outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert outcome.rows.groupby("arm")["status"].unique().str[0].to_dict() == {
        "SemST": "done",
        "a": "missing",
    }


def test_a_clusterer_that_fails_costs_nothing_that_was_found(small, tmp_path, monkeypatch):
    suite = replace(small(), datasets=small().datasets[:1], seeds=(0,), clusterers=("own",), pairs=())
    before = run_suite(suite, None, tmp_path, jobs=0, progress=False)

    def fails(*args):
        raise ZeroDivisionError("oh")

    more = replace(suite, clusterers=("own", "leiden"))
    with monkeypatch.context() as patch:
        patch.setattr(_run, "find_domains", fails)
        after = run_suite(more, None, tmp_path, jobs=0, progress=False)
        patch.setattr(_run, "fit", lambda *_, **__: pytest.fail("tried again"))
        run_suite(more, None, tmp_path, jobs=0, progress=False)
    assert (after.rows["status"] == "done").all()
    assert after.rows["own.vote.ari"].tolist() == before.rows["own.vote.ari"].tolist()
    assert "ZeroDivisionError: oh" in after.rows["failed_clusterers"].iloc[0]
    assert "Clusterer leiden left out of 2 runs: ZeroDivisionError: oh" in _section(
        after, [], tmp_path / "x.md"
    )
    again = run_suite(more, None, tmp_path, jobs=0, retry_failed=True, progress=False)
    assert again.rows["leiden.vote.ari"].notna().all()


def test_a_clusterer_that_was_missing_is_taken_once_it_is_there(small, tmp_path, monkeypatch):
    suite = replace(small(), datasets=small().datasets[:1], seeds=(0,), pairs=())
    with monkeypatch.context() as patch:
        patch.setattr(_run, "find_domains", lambda *_: "no R")
        patch.setattr(_run, "is_here", lambda _: False)
        suite = replace(suite, arms=suite.arms[:1])
        outcome = run_suite(suite, None, tmp_path, jobs=0, progress=False)
        assert json.loads(outcome.rows["skipped_clusterers"].iloc[0]) == {"kmeans": "no R"}
    monkeypatch.setattr(_run, "fit", lambda *_, **__: pytest.fail("fitted again"))
    assert run_suite(suite, None, tmp_path, jobs=0, progress=False).rows["kmeans.vote.ari"].notna().all()


def test_a_result_is_not_replaced_by_a_failure(tmp_path):
    store = Store(tmp_path)
    store.write("ab-1", {"status": "done", "x": 1}, {"embedding": np.zeros((2, 2))})
    assert store.keep("ab-1", {"status": "failed"})["x"] == 1
    assert store.read("ab-1")["status"] == "done"
    (tmp_path / "runs" / "ab-1.npz").write_bytes(b"PK torn")
    with pytest.raises(semst.SemSTError, match="cannot be read"):
        store.arrays("ab-1")


def test_a_row_torn_by_hand_is_run_again(small, tmp_path):
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    first = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    path = tmp_path / "runs" / f"{first.rows['key'].iloc[0]}.json"
    path.write_text(path.read_text()[:40])
    again = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert (again.rows["status"] == "done").all()
    assert json.loads(path.read_text())["status"] == "done"


def test_keys_depend_on_what_decides_a_result_and_on_nothing_else(small, monkeypatch):
    suite = small()
    runs = _plan.plan(suite, None).runs
    assert len({run.key for run in runs}) == len(runs) == 8
    renamed = replace(suite, arms=tuple(replace(arm, name=arm.name + "!") for arm in suite.arms))
    assert [run.key for run in _plan.plan(renamed, None).runs] == [run.key for run in runs]
    monkeypatch.setattr(_plan, "code_of", lambda _: "other")
    monkeypatch.setattr(_plan, "code_version", lambda: "0+other")
    others = _plan.plan(suite, None).runs
    assert not {run.key for run in others} & {run.key for run in runs}
    assert [run.config_hash for run in others] == [run.config_hash for run in runs]


def test_rows_of_other_code_are_taken_over_only_when_asked(small, tmp_path, monkeypatch):
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    with monkeypatch.context() as patch:
        patch.setattr(_plan, "code_of", lambda _: "other")
        patch.setattr(_plan, "code_version", lambda: "0+other")
        run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert len(run_suite(suite, None, tmp_path, only_collect=True, progress=False).rows) == 0
    taken = run_suite(suite, None, tmp_path, any_version=True, only_collect=True, progress=False)
    assert len(taken.done) == 2


def test_the_collected_table_is_parquet_and_csv(finished):
    _, out = finished
    table = pd.read_parquet(out / "runs.parquet")
    assert len(table) == len(pd.read_csv(out / "runs.csv")) == 8


def test_missing_slices_come_with_how_to_get_them(small, tmp_path):
    suite = small(datasets=["dlpfc_151508", "no_such_slice"], paper_datasets=["mouse_brain_anterior"])
    outcome = run_suite(suite, tmp_path, tmp_path / "out", jobs=0, progress=False)
    assert len(outcome.rows) == 0
    assert "semst.datasets.fetch('dlpfc_151508')" in outcome.missing_slices["dlpfc_151508"]
    assert "does not know it" in outcome.missing_slices["no_such_slice"]
    assert "without an annotation" in outcome.missing_slices["mouse_brain_anterior"]
    assert "mouse_visual_cortex" in how_to_get("starmap_mvc_BY3_1k", None)
    assert known("MVC").name == "starmap_mvc_BY3_1k"


@pytest.mark.slow
def test_a_process_that_dies_at_its_start_costs_its_run_alone(tmp_path):
    script = tmp_path / "careless.py"
    script.write_text(
        "from semst_benchmark import parse_suite, run_suite\n"
        "suite = parse_suite({'title': 't', 'models': ['pca'], 'seeds': 1, 'clusterers': ['own'],\n"
        "    'datasets': [{'name': 'a', 'simulate': {'n_spots': 80, 'n_genes': 60}}]}, where='x')\n"
        f"print(run_suite(suite, None, {str(tmp_path / 'out')!r}, progress=False).failed['error'].iloc[0])\n"
    )
    found = subprocess.run([sys.executable, script], capture_output=True, text=True, env=_clean_environment())
    assert "under 'if __name__ == \"__main__\":'" in found.stdout, found.stderr


@pytest.mark.slow
def test_no_run_outlives_a_command_that_was_killed(tmp_path):
    script = tmp_path / "endless.py"
    script.write_text(
        "from semst_benchmark import parse_suite, run_suite\n"
        "suite = parse_suite({'title': 't', 'seeds': 1, 'clusterers': ['own'],\n"
        "    'arms': [{'model': 'semst', 'settings': {'epochs': 1000000}}],\n"
        "    'datasets': [{'name': 'a', 'simulate': {'n_spots': 80, 'n_genes': 60}}]}, where='x')\n"
        "if __name__ == '__main__':\n"
        f"    run_suite(suite, None, {str(tmp_path / 'out')!r}, jobs=1, progress=False)\n"
    )
    with subprocess.Popen([sys.executable, script], env=_clean_environment()) as parent:
        while not (workers := psutil.Process(parent.pid).children(recursive=True)):
            assert parent.poll() is None
            time.sleep(0.1)
        time.sleep(2)  # until the run has been given to the worker
        parent.kill()
    assert psutil.wait_procs(workers, timeout=60)[1] == []


@pytest.mark.slow
def test_processes_stop_what_takes_too_long_and_do_the_rest(small, tmp_path):
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    outcome = run_suite(suite, None, tmp_path, jobs=2, max_seconds=0.01, progress=False)
    assert outcome.rows["error"].str.contains("stopped after 0.01 seconds").all()
    outcome = run_suite(suite, None, tmp_path, jobs=2, retry_failed=True, progress=False)
    assert (outcome.rows["status"] == "done").all()
    threads = [json.loads(machine)["threads"] for machine in outcome.rows["machine"]]
    assert threads == [1, 1]


@pytest.mark.slow
def test_the_number_of_domains_is_chosen_for_the_record(small, tmp_path, monkeypatch):
    from semst_benchmark._tables import choice_table

    few = partial(cluster.choose_n_domains, n_subsamples=3, n_starts=3)  # what it chooses is not asked
    monkeypatch.setattr("semst_benchmark._run.choose_n_domains", few)
    suite = small(arms=[{"model": "pca"}], pairs=[], seeds=1, clusterers=["own"])
    run_suite(suite, None, tmp_path, jobs=0, progress=False)
    more = run_suite(replace(suite, choose_n_domains=True), None, tmp_path, jobs=0, progress=False)
    assert more.rows["chosen.stability"].between(2, 15).all()
    assert f"| one | PCA | 7 | {int(more.rows['chosen.stability'].iloc[0])} |" in choice_table(more)

"""Options of several commands: threads, and what the log shows."""

import logging
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from typer.testing import CliRunner

import semst
from semst._log import let_through, logger
from semst.cli import app
from semst.cli._threads import set_threads


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def cortex(tmp_path_factory):
    path = tmp_path_factory.mktemp("in") / "cortex.h5ad"
    semst.datasets.simulated_cortex(n_spots=200, n_genes=60, random_state=0).write_h5ad(path)
    return path


@pytest.fixture
def threads(monkeypatch):
    """Keep the numbers of threads of this process."""
    for name in [name for name in os.environ if name.endswith("_NUM_THREADS")]:
        monkeypatch.setenv(name, os.environ[name])
    before = dict(os.environ), torch.get_num_threads()
    with threadpool_limits():
        yield
    for name in set(os.environ) - set(before[0]):
        del os.environ[name]
    os.environ.update(before[0])
    torch.set_num_threads(before[1])


@pytest.mark.parametrize("number", [1, 2])
def test_torch_and_blas_and_what_comes_later_take_so_many_threads(threads, number):
    np.linalg.svd(np.ones((3, 3)))  # loads BLAS
    assert set_threads(number) == number
    assert torch.get_num_threads() == number
    assert all(one["num_threads"] <= number for one in threadpool_info())
    assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == str(number)


def test_no_number_leaves_everything_as_it_is(threads):
    before = torch.get_num_threads(), dict(os.environ)
    assert set_threads(None) is None
    assert (torch.get_num_threads(), dict(os.environ)) == before


@pytest.mark.parametrize("number", ["0", "-2", "many"])
@pytest.mark.parametrize("command", ["run", "predict", "embed", "explain", "split", "compare", "demo"])
def test_no_threads_are_refused_and_every_command_that_computes_has_them(command, number):
    result = call(command, "--threads", number)
    assert result.exit_code == 2 and "--threads" in result.stderr


def test_the_command_hands_threads_on_and_one_number_gives_one_result(cortex, tmp_path, threads):
    line = ["run", cortex, "--n-domains", 3, "--cluster", "mixture", "--quiet", "--overwrite"]
    for name in ("a", "b"):
        result = call(*line, "--threads", 2, "--out", tmp_path / f"{name}.h5ad")
        assert result.exit_code == 0, result.output
        assert torch.get_num_threads() == 2
    a, b = (semst.io.read(tmp_path / f"{name}.h5ad").obsm["X_semst"] for name in ("a", "b"))
    np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------- log


def run_once(cortex, tmp_path, *options):
    """Run in a process of its own, whose error stream is read."""
    line = [
        "run",
        cortex,
        "--n-domains",
        3,
        "--cluster",
        "kmeans",
        "--out",
        tmp_path / "o.h5ad",
        "--overwrite",
    ]
    code = (
        "from semst import _progress; _progress.BETWEEN = 0.0\n"
        "from semst._log import logger\n"
        "import semst.tl._estimator as e\n"
        "fit = e.Estimator.fit\n"
        "def spoken(self, adata):\n"
        "    for level in ('debug', 'info', 'warning', 'error'): getattr(logger, level)('told at ' + level)\n"
        "    return fit(self, adata)\n"
        "e.Estimator.fit = spoken\n"
        "from semst.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, [*line, *options])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("options", "told", "progress"),
    [
        ([], ["info", "warning", "error"], True),
        (["--log-level", "debug"], ["debug", "info", "warning", "error"], True),
        (["-q"], ["warning", "error"], False),
        (["--log-level", "warning"], ["warning", "error"], False),
        (["--log-level", "error"], ["error"], False),
    ],
)
def test_a_level_lets_graver_messages_through_and_hides_progress_with_info(
    cortex, tmp_path, options, told, progress
):
    said = run_once(cortex, tmp_path, *options)
    assert [line.rpartition(" ")[2] for line in said.splitlines() if "told at" in line] == told
    assert ("random regions" in said) == progress


def test_quiet_and_a_level_together_are_refused(cortex, tmp_path):
    result = call("run", cortex, "--n-domains", 3, "--out", tmp_path / "o.h5ad", "-q", "--log-level", "info")
    assert result.exit_code == 2
    assert "--quiet is short for --log-level warning, and both are given" in result.stderr


def test_an_unknown_level_is_refused_with_those_there_are(cortex, tmp_path):
    result = call("run", cortex, "--n-domains", 3, "--out", tmp_path / "o.h5ad", "--log-level", "loud")
    assert result.exit_code == 2 and "debug" in result.stderr and "error" in result.stderr


def test_warnings_reach_who_keeps_them_whatever_is_shown():
    kept = []
    keeper = logging.Handler(logging.WARNING)
    keeper.emit = lambda record: kept.append(record.getMessage())
    logger.addHandler(keeper)
    try:
        let_through(logging.ERROR)
        logger.warning("kept")
    finally:
        logger.removeHandler(keeper)
    assert kept == ["kept"]

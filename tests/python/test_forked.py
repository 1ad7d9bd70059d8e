"""Forks of a process that has computed: refused where they would wait for ever, used where they work."""

import os
import subprocess
import sys

import pytest

from semst import _forked

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

_SCRIPT = """
import logging, os, warnings
warnings.simplefilter("ignore")
import numpy as np
import semst, torch
from semst import _r
logging.disable(logging.CRITICAL)
torch.set_num_threads({threads})
adata = semst.datasets.simulated_cortex(n_spots=600, n_genes=80, random_state=0)
points = np.random.default_rng(0).random((60, 2))
options = dict(preset="network", epochs=1, cluster="kmeans", explain=False, progress=False)
fitted = semst.SemST(3, cluster="mixture", explain=False, progress=False).fit(adata)
{before}
child = os.fork()
if child == 0:
    for inside in {inside!r}:
        try:
            exec(inside)
            print("done", flush=True)
        except semst.SemSTError as error:
            print("refused:", error, flush=True)
        except BaseException as error:
            print("failed:", repr(error), flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
_RUN = "semst.tl.semst(adata, 3, **options)"
_THREADS = "torch.ones(2**22).sum()"  # not ours: of the user, or of another package


def said(before, *inside, threads=2):
    script = _SCRIPT.format(before=before, inside=inside, threads=threads)
    env = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    command = [sys.executable, "-c", script]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env).stdout
    return out.strip().splitlines()


def test_every_door_refuses_in_one_line_where_a_fork_would_hang():
    doors = [
        _RUN,
        "semst.tl.run(adata, 'graphst', 3, epochs=1, progress=False)",
        "semst.tl.predict(adata, fitted)",
        "fitted.embed(adata)",
        "semst.cluster.cluster(points, 2, method='kmeans')",
        "semst.cluster.choose_n_domains(points, range(2, 4), progress=False)",
        "semst.tl.semantic_vectors(adata, 'minilm')",
    ]
    lines = said(_THREADS, *doors, "_r.cluster(points, 2, method='kmeans')")
    assert len(lines) == len(doors) + 1
    for line in lines:
        assert line.startswith("refused: This process is a fork")
    for line in lines[:-1]:
        assert line.endswith('Start workers as new processes: multiprocessing.get_context("spawn").')
    assert lines[-1].endswith("BiocParallel::SnowParam() or future::plan(future::multisession).")


def test_a_fork_after_a_run_and_a_fork_of_a_fork_are_refused():
    again = "inner = os.fork()\nif inner:\n    os.waitpid(inner, 0)\nelse:\n    " + _RUN
    lines = said(_RUN, _RUN, again)
    assert sum(line.startswith("refused: This process is a fork") for line in lines) == 2
    assert not any(line.startswith("failed") for line in lines)


@pytest.mark.parametrize(("before", "threads"), [("", 2), (_RUN, 1)])
def test_a_fork_that_lacks_no_threads_computes(before, threads):
    before = before or "del fitted"
    assert said(before, _RUN, threads=threads) == ["done"]


def test_it_costs_nothing_in_a_process_that_is_no_fork(monkeypatch):
    monkeypatch.setattr(_forked, "_finishes", None)  # calling it would fail
    _forked.check_fork()

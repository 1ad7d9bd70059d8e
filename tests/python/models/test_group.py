"""Training in several processes: the same result, an error instead of a hang, and a run that can go on."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from models.conftest import fit, prepare, preset
from semst import SemSTError
from semst._sealed import unsealed
from semst.data import Slice
from semst.distributed import Group
from semst.models import SemST
from semst.train import History

CONFIG = preset(
    "network",
    n_neighs=4,
    n_expression_neighs=5,
    n_hidden=8,
    n_view=6,
    n_latent=4,
    min_spots=1,
    n_pcs=8,
    rings=(4,),
    epochs=12,
    batch_spots=20,
    tile_spots=50,
    step_tiles=3,
)


def _prepared(config=CONFIG, n_side=14, n_genes=20):
    rng = np.random.default_rng(0)
    xy = np.argwhere(np.ones((n_side, n_side))).astype(float)
    rate = np.where(xy[:, :1] < n_side / 2, np.linspace(0.5, 6, n_genes), np.linspace(6, 0.5, n_genes))
    counts = sp.csr_matrix(rng.poisson(rate).astype(np.float32))
    data = Slice(counts, pd.Index([f"G{i}" for i in range(n_genes)]), xy)
    return prepare(config, data, rng.normal(size=(len(xy), 7)))


def _fit(config=CONFIG, **options):
    return fit(SemST, _prepared(config), config, **options)


@pytest.fixture(scope="module")
def alone():
    return _fit()


@pytest.mark.slow
def test_two_processes_give_what_one_gives(alone):
    shared = _fit(devices=2)
    np.testing.assert_allclose(shared.embedding, alone.embedding, atol=1e-4)
    for name, values in alone.history.losses.items():
        np.testing.assert_allclose(shared.history.losses[name], values, rtol=1e-4, err_msg=name)


@pytest.mark.parametrize(
    ("tile_spots", "why"),
    [(196, r"fits one tile \(tile_spots is 196\)"), (0, r"is not cut \(tile_spots is 0\)")],
)
def test_one_tile_cannot_be_shared(tile_spots, why, monkeypatch):
    monkeypatch.setattr("semst.distributed.run_group", lambda *_, **__: pytest.fail("processes were started"))
    config = preset("network", **{**_settings(CONFIG), "tile_spots": tile_spots})
    with pytest.raises(SemSTError, match=rf"^devices is 2, but the slice of 196 spots {why}") as refused:
        _fit(config, devices=2)
    assert str(refused.value).endswith("Use devices=1, or a tile_spots below 196.")


def test_a_tile_less_than_the_spots_is_enough_to_share(monkeypatch):
    """What the error advises works."""
    started = []

    def group(function, network, *_, n_processes, **__):
        started.append(n_processes)
        return network.state_dict(), History()

    monkeypatch.setattr("semst.distributed.run_group", group)
    _fit(preset("network", **{**_settings(CONFIG), "tile_spots": 195}), devices=2)
    assert started == [2]


def test_more_processes_than_cores_are_said(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)

    def group(function, network, *_, **__):
        return network.state_dict(), History()

    monkeypatch.setattr("semst.distributed.run_group", group)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    _fit(devices=2)
    assert "wait for each other" not in caplog.text
    _fit(devices=3)
    assert "3 processes on 2 cores wait for each other; devices=2 is faster" in caplog.text


def test_the_first_process_from_outside_says_that_the_others_wait(caplog, monkeypatch):
    """torchrun also deals out texts, so it is not refused."""
    monkeypatch.setattr("semst._log.logger.propagate", True)
    inputs = _prepared(preset("network", **{**_settings(CONFIG), "tile_spots": 0})).inputs
    for rank in (1, 0):
        assert "the others wait" not in caplog.text
        inputs.on(torch.device("cpu"), Group(rank, 2))
    assert "of 2 processes this one trains and the others wait" in caplog.text


@pytest.mark.slow
def test_a_killed_worker_is_an_error_and_the_run_goes_on_from_its_checkpoint(tmp_path, monkeypatch, alone):
    config = preset("network", **{**_settings(CONFIG), "epochs": 100_000})

    def kill_one_of_them():
        until = time.monotonic() + 120
        while not (tmp_path / "train.ckpt").exists() and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(_last_child(), signal.SIGKILL)

    killer = threading.Thread(target=kill_one_of_them)
    killer.start()
    with pytest.raises(SemSTError, match=r"was killed \(signal 9\).*Run it again: it goes on from"):
        _fit(config, devices=2, checkpoint_dir=tmp_path)
    killer.join()

    epoch = torch.load(io.BytesIO(unsealed(tmp_path / "train.ckpt")), weights_only=True)["epoch"]
    more = preset("network", **{**_settings(CONFIG), "epochs": epoch + 3})
    resumed = _fit(more, checkpoint_dir=tmp_path)
    assert resumed.history.resumed_at == epoch
    np.testing.assert_allclose(resumed.embedding, _fit(more).embedding, atol=1e-3)


def _settings(config):
    return {key: value for key, value in config.as_dict().items() if key != "preset"}


def _last_child():
    """The process started last by this one."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=True,
    )
    return max(int(line.split()[0]) for line in listed.stdout.splitlines() if "distributed._main" in line)


def test_what_a_worker_has_to_say_is_passed_on(tmp_path):
    (tmp_path / "train.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(SemSTError, match="is not a readable checkpoint"):
        _fit(devices=2, checkpoint_dir=tmp_path)


@pytest.mark.slow
def test_torchrun_trains_together_and_the_first_process_writes(tmp_path):
    import semst

    adata = semst.datasets.simulated_cortex(n_spots=300, n_genes=60, random_state=0)
    semst.io.write(adata, tmp_path / "slice.h5ad")
    run = ["run", str(tmp_path / "slice.h5ad"), "--n-domains", "4", "--semantics", "none", "--epochs", "3"]
    run += ["--cluster", "kmeans", "--quiet", "--device", "cpu"]
    launchers = {
        "one": [str(Path(sys.executable).parent / "semst")],
        "two": [
            str(Path(sys.executable).parent / "torchrun"),
            "--standalone",
            "--nproc-per-node",
            "2",
            "--no-python",
        ],
    }
    launchers["two"] += launchers["one"]
    for name, launcher in launchers.items():
        command = [*launcher, *run, "--out", str(tmp_path / f"{name}.h5ad")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("labelled slice") == 1
    embeddings = [semst.io.read(tmp_path / f"{name}.h5ad").obsm["X_semst"] for name in launchers]
    np.testing.assert_allclose(*embeddings, atol=1e-4)

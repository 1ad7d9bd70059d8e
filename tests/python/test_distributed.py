"""The device to compute on, and a function called in several processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from semst import SemSTError
from semst.distributed import Group, join_group, make_fabric, resolve_device, run_group

# what the processes call; they import it from here, as the path of this one is theirs


def summed(matrix: sp.csr_matrix, fixed: np.ndarray, tensor: torch.Tensor) -> tuple:
    """Sum over the processes what each makes of its arguments."""
    group = join_group("cpu")
    layer = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(layer.weight, float(group.rank + 1))
    group.start_alike(layer)
    start = layer.weight.tolist()
    layer.weight.grad = torch.full_like(layer.weight, group.rank + 1.0) if group.rank else None
    group.add_gradients(layer)
    values = group.add_up({"both": 1.0} if group.is_first else {"both": 2.0, "second": 4.0})
    matrix.data *= 2  # of this process alone
    return group, start, layer.weight.grad, layer.bias.grad, values, matrix, fixed, group.add_tensor(tensor)


def failing(message: str) -> None:
    """Fail in the second process, while the first waits for it."""
    if join_group("cpu").is_first:
        torch.distributed.barrier()
    raise SemSTError(message)


def leaving() -> None:
    """End without a word."""
    os._exit(3)


def waiting(folder: Path) -> None:
    """Say who is there and wait."""
    (folder / os.environ["RANK"]).write_text(str(os.getpid()))
    time.sleep(120)


def test_the_processes_get_the_arguments_and_add_up_what_they_have():
    matrix = sp.random(6, 5, density=0.5, format="csr", random_state=0, dtype=np.float32)
    fixed = np.arange(3)
    fixed.flags.writeable = False
    group, start, weight, bias, values, theirs, same, tensor = run_group(
        summed, matrix, fixed, torch.arange(4.0), n_processes=2
    )
    assert group == Group(0, 2)
    assert start == [[1.0, 1.0]]
    assert weight.tolist() == [[2.0, 2.0]] and bias is None
    assert values == {"both": 3.0, "second": 4.0}
    np.testing.assert_array_equal(theirs.toarray(), 2 * matrix.toarray())
    np.testing.assert_array_equal(same, fixed)
    assert tensor.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_a_failure_is_told_and_nothing_is_left_behind(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    environment = dict(os.environ)
    with pytest.raises(SemSTError, match=r"^Process 1 of the group failed: SemSTError: no such luck$"):
        run_group(failing, "no such luck", n_processes=2)
    with pytest.raises(SemSTError, match=r"^Process [01] of the group ended with code 3;"):
        run_group(leaving, n_processes=2)
    assert list(tmp_path.iterdir()) == []
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert dict(os.environ) == environment
    assert capfd.readouterr() == ("", "")


def test_the_processes_end_with_the_one_that_started_them(tmp_path):
    code = f"import sys; sys.path[:] = {sys.path!r}; from pathlib import Path; import test_distributed as t; "
    code += f"t.run_group(t.waiting, Path({str(tmp_path)!r}), n_processes=2)"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        started = [tmp_path / "0", tmp_path / "1"]
        _until(lambda: all(path.exists() and path.read_text() for path in started), 60)
    finally:
        parent.kill()
        parent.wait()
    _until(lambda: not any(_runs(int(path.read_text())) for path in started), 10)
    assert not list(tmp_path.glob("semst-*"))


def _until(reached, seconds):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.1)


def _runs(pid):
    """Whether the process is there and not one that has ended and waits to be noticed."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_device_and_precision_are_checked():
    assert resolve_device("cpu") == torch.device("cpu")
    for unknown in ("tpu", "cuda:99", "cpu:x"):
        with pytest.raises(SemSTError, match=rf'^device="{unknown}" cannot be used here \(found: .*cpu\)'):
            resolve_device(unknown)
        with pytest.raises(SemSTError, match='Accepted: "auto", "cpu"'):
            make_fabric(unknown)
    with pytest.raises(SemSTError, match="bf16-mixed"):
        make_fabric("cpu", "8-bit")


def test_more_processes_than_cuda_devices_are_refused(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("WORLD_SIZE", "3")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(SemSTError, match="3 processes were started here, and there are 2 CUDA devices"):
        make_fabric("cuda")

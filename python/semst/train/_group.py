"""Several processes as one group: started here, or by ``torchrun``."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from socket import socket

import torch.distributed as dist

from semst._errors import SemSTError

# A dead process is noticed at once, by its closed connection; this is for one that hangs.
TIMEOUT = timedelta(minutes=30)
_LAST_WORDS = 10.0  # seconds the others have to end by themselves once one has failed


def in_group() -> bool:
    """Tell whether this process was started as one of several that train together.

    Returns
    -------
    True under ``torchrun`` with two processes or more, and in the processes of :func:`run_group`.
    """
    return (
        dist.is_available() and dist.is_torchelastic_launched() and int(os.environ.get("WORLD_SIZE", "1")) > 1
    )


def is_first() -> bool:
    """Tell whether this process is the one that writes results: the first of its group, or on its own."""
    return not in_group() or int(os.environ["RANK"]) == 0


def run_group(arguments: Sequence[str], n_processes: int, folder: Path, *, show: bool) -> None:
    """Run ``python <arguments>`` in several processes that train together, and wait for all of them.

    Parameters
    ----------
    arguments
        What follows the interpreter; the same for all. A process that fails should leave its reason in
        ``folder / "error-<rank>.txt"``.
    n_processes
        How many.
    folder
        Folder for messages.
    show
        Let the first process write to the error stream (progress, log).

    Raises
    ------
    SemSTError
        If one of them fails or is killed; the others are ended.
    """
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    threads = max(1, (os.cpu_count() or 1) // n_processes)
    common = {
        "OMP_NUM_THREADS": str(threads),
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(n_processes),
        "LOCAL_WORLD_SIZE": str(n_processes),
        "GROUP_RANK": "0",
        "TORCHELASTIC_RUN_ID": f"semst-{os.getpid()}",
    }
    processes = []
    try:
        for rank in range(n_processes):
            processes.append(
                subprocess.Popen(
                    [sys.executable, *arguments],
                    env={**common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=None if show and rank == 0 else subprocess.DEVNULL,
                )
            )
        while any(process.poll() is None for process in processes):
            if any(process.poll() for process in processes):
                break
            time.sleep(0.1)
        _wait(processes, _LAST_WORDS)
    finally:
        _end(processes)
    failed = [(rank, process.returncode) for rank, process in enumerate(processes) if process.returncode]
    if failed:
        raise SemSTError(_reason(failed, folder))


def _wait(processes: list[subprocess.Popen], seconds: float) -> None:
    """Give the processes some time to end by themselves."""
    until = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))


def _end(processes: list[subprocess.Popen]) -> None:
    """End what is still running."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    _wait(processes, 5.0)
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def _reason(failed: list[tuple[int, int]], folder: Path) -> str:
    """Say which process failed first and why: a killed one, or one that left a message of its own."""
    for rank, code in failed:
        if code in (-9, -11, -6):
            return (
                f"Process {rank} of the training was killed (signal {-code}), most often for want of memory; "
                "the others were ended."
            )
    for rank, _ in failed:
        message = folder / f"error-{rank}.txt"
        if message.is_file():
            return f"Process {rank} of the training failed: {message.read_text().strip()}"
    rank, code = failed[0]
    return f"Process {rank} of the training ended with code {code}; run with devices=1 to see why."

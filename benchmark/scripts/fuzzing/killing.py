"""Jobs that are killed (SIGKILL) at moments spread over their time, and what is found afterwards."""

import multiprocessing as mp
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from .jobs import Job, State

_FORK = mp.get_context("fork")  # of one that has imported everything and started no thread
_TRIES = 6


@dataclass(frozen=True)
class Kill:
    """A kill and what was wrong afterwards; ``wrong`` is empty where nothing was."""

    job: str
    number: int
    after: float
    in_time: bool
    wrong: str


def try_kills(job: Job, n: int, *, seed: int = 0) -> list[Kill]:
    """Kill a job n times, each in a folder in which it was done once before with another seed.

    After a kill everything that is there can be read, and is of before or of after; nothing finished is lost.
    Then the job is done again, to its end: it gives what a job gives that was never killed, and leaves no
    file that such a one does not.
    """
    with TemporaryDirectory() as room:
        before, after = Path(room, "before"), Path(room, "after")
        before.mkdir()
        if job.at_once == 1:  # several write to an output that is not there yet
            _whole(job.do, before, 1)
        shutil.copytree(before, after)
        seconds = _whole(job.do, after, 0)
        old, new, files = job.state(before), job.state(after), _files(after)
        rng = Random(f"{seed}/{job.name}")
        found = []
        for number in range(n):
            moment = (number + rng.random()) / n * seconds * 1.05
            folder = Path(room, "work")
            for _ in range(_TRIES):
                shutil.copytree(before, folder)
                in_time = _kill(job, folder, moment)
                if in_time:
                    break
                moment *= 0.7  # it was faster than at first
                shutil.rmtree(folder)
            else:
                shutil.copytree(before, folder)
            wrong = _wrong(job, folder, old, new, files)
            found.append(Kill(job.name, number, round(moment, 4), in_time, wrong))
            shutil.rmtree(folder)
        return found


def _wrong(job: Job, folder: Path, old: State, new: State, files: Counter) -> str:
    try:
        state = job.state(folder)
    except Exception as error:  # noqa: BLE001 - whatever it is, an output is broken
        return f"broken: {type(error).__name__}: {error}"
    for name in old:
        if name not in state:
            return f"lost: {name}"
    for name, value in state.items():
        if value not in (old.get(name), new.get(name)):
            return f"neither of before nor of after: {name}"
    if job.at_once > 1 and state:
        again = state  # it is there, and a second write is refused
    else:
        _whole(job.do, folder, 0)
        again = job.state(folder)
    if again != new:
        return f"done again, it differs: {sorted(name for name in new if again.get(name) != new[name])}"
    if job.at_once > 1:
        _quiet(job.do, folder, 0)  # refused, but it tidies up
    if more := sorted((_files(folder) - files).elements()):
        return f"left over: {', '.join(more[:5])}"
    return ""


def _kill(job: Job, folder: Path, moment: float) -> bool:
    """Do it and kill it at a moment; of several the first is killed, and the others are waited for."""
    workers = [_FORK.Process(target=_quiet, args=(job.do, folder, 0)) for _ in range(job.at_once)]
    for worker in workers:
        worker.start()
    time.sleep(moment)
    in_time = workers[0].exitcode is None
    workers[0].kill()
    for worker in workers:
        worker.join(120)
        if worker.is_alive():
            worker.kill()
            raise RuntimeError(f"{job.name}: hangs after a kill of another process")
    return in_time


def _whole(do: Callable[..., Any], folder: Path, seed: int) -> float:
    began = time.monotonic()
    worker = _FORK.Process(target=do, args=(folder, seed))
    worker.start()
    worker.join(300)
    if worker.exitcode != 0:
        worker.kill()
        raise RuntimeError(f"ended with exit code {worker.exitcode}")
    return time.monotonic() - began


def _quiet(do: Callable[..., Any], folder: Path, seed: int) -> None:
    """Do it; that one of two is refused is as it should be."""
    from semst import SemSTError

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        do(folder, seed)
    except SemSTError:
        return


def _files(folder: Path) -> Counter:
    """Names of what lies there, folders too."""
    return Counter(str(path.relative_to(folder)) for path in folder.rglob("*"))

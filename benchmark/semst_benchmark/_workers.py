"""Processes that do runs: one thread each when there are several, and none takes the others with it."""

import json
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from semst import SemSTError

from ._plan import Run
from ._store import FAILED, MISSING, Store

_MAIN = (
    ", perhaps while it started: a script that calls run_suite() has to do so under "
    "'if __name__ == \"__main__\":'"
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def do_all(
    runs: Sequence[Run],
    *,
    data_folder: Path | None,
    store: Store,
    jobs: int,
    fresh_process: bool,
    max_seconds: float | None,
    finished: Callable[[Run, dict[str, Any]], None],
) -> None:
    """Do all runs in worker processes.

    A worker writes its rows itself, so that whatever ends the command loses no finished run, and ends with
    the command, however that is stopped. A worker that dies (killed for memory, say) costs its own run alone,
    which is recorded as failed.

    Parameters
    ----------
    runs
        What to do.
    data_folder, store
        Where slices are and results go.
    jobs
        Processes; 0 does everything in this one.
    fresh_process
        A new process for every run, so that its peak memory is its own.
    max_seconds
        A run that takes longer is stopped and recorded as failed.
    finished
        Called with each run and its row.
    """
    if jobs < 0:
        raise SemSTError(f"jobs is {jobs}; give 1 or more.")
    absent: dict[str, str] = {}  # by configuration: weights that were looked for in vain

    def what(run: Run) -> str:
        return json.dumps(run.arm.config(), sort_keys=True, default=str)

    def note(run: Run, row: dict[str, Any]) -> None:
        if row["status"] == MISSING:
            absent[what(run)] = row["error"]
        finished(run, row)

    def next_run() -> Run | None:
        while waiting:
            run = waiting.popleft()
            why = absent.get(what(run))
            if why is None:
                return run
            finished(run, _without_result(run, store, MISSING, why))
        return None

    waiting = deque(runs)
    if jobs == 0:
        from ._run import do_run

        while (run := next_run()) is not None:
            note(run, do_run(run, data_folder, store))
        return
    context = multiprocessing.get_context("spawn")  # R and torch do not outlive a fork
    workers: list[_Worker] = []
    try:
        while waiting or workers:
            while len(workers) < jobs and (run := next_run()) is not None:
                with _threads(1 if jobs > 1 else None):
                    workers.append(_Worker(context, data_folder, store.folder))
                workers[-1].give(run)
            wait([worker.pipe for worker in workers], timeout=0.5)
            for worker in list(workers):
                row = worker.answer(store, max_seconds)
                if row is None:
                    continue
                assert worker.run is not None
                note(worker.run, row)
                alive = worker.process.is_alive() and not fresh_process
                if alive and (run := next_run()) is not None:
                    worker.give(run)
                else:
                    worker.stop()
                    workers.remove(worker)
    finally:
        for worker in workers:
            worker.stop(at_once=True)


class _Worker:
    """One process and the run that it is at."""

    def __init__(self, context: Any, data_folder: Path | None, out: Path) -> None:
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, data_folder, out), daemon=True)
        self.process.start()
        other.close()
        self.run: Run | None = None
        self.began = 0.0

    def give(self, run: Run) -> None:
        self.run, self.began = run, time.perf_counter()
        with suppress(OSError):  # a process that is gone is found out by answer()
            self.pipe.send(run)

    def answer(self, store: Store, max_seconds: float | None) -> dict[str, Any] | None:
        """The finished row, or that of a process that died or took too long; ``None`` while it works."""
        assert self.run is not None
        error, gone = None, False
        try:
            if self.pipe.poll():
                return self.pipe.recv()
        except (EOFError, OSError):
            gone = True
        if gone:
            self.process.join(5)
            code = self.process.exitcode
            why = ": killed, perhaps because memory ran out" if code == -9 else _MAIN if code == 1 else ""
            error = f"the process of this run ended with code {code}{why}"
        elif max_seconds is not None and time.perf_counter() - self.began > max_seconds:
            self.stop(at_once=True)
            error = f"stopped after {max_seconds:g} seconds"
        if error is None:
            return None
        return _without_result(self.run, store, FAILED, error)

    def stop(self, *, at_once: bool = False) -> None:
        if not at_once and self.process.is_alive():
            with suppress(OSError):
                self.pipe.send(None)
            self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.pipe.close()


def _without_result(run: Run, store: Store, status: str, error: str) -> dict[str, Any]:
    """Write the row of a run that gave nothing, unless it once gave something."""
    row = {
        "status": status,
        "error": error,
        "config": run.arm.config(),
        "dataset": run.data.name,
        "seed": run.seed,
    }
    return store.keep(run.key, row)


def _serve(pipe: Connection, data_folder: Path | None, out: Path) -> None:
    """Do what comes through the pipe; R wants the main thread, and this is one."""
    import logging

    from ._log import let_through
    from ._run import do_run

    threading.Thread(target=_end_with_parent, daemon=True).start()
    let_through(logging.ERROR)
    store = Store(out)
    while True:
        try:
            run = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        if run is None:
            return
        try:
            pipe.send(do_run(run, data_folder, store))
        except (KeyboardInterrupt, BrokenPipeError):
            return


def _end_with_parent() -> None:
    """Leave no run behind that nobody waits for: a killed parent cannot stop its workers itself."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Environment in which a started process uses so many threads; ``None`` leaves it alone."""
    before = {name: os.environ.get(name) for name in _THREADS}
    if number is not None:
        os.environ.update(dict.fromkeys(_THREADS, str(number)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

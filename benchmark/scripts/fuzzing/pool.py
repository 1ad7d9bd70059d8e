"""A process that does one thing after the other, within limits, and is replaced when it dies."""

import logging
import multiprocessing as mp
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 20.0
BYTES = 4 << 30  # of address space above what the process starts with


@dataclass(frozen=True)
class Outcome:
    """What became of a call.

    Attributes
    ----------
    kind
        ``"done"``, ``"refused"`` (a SemSTError), ``"traceback"`` (another exception), ``"crash"`` (the
        process is gone) or ``"hang"``.
    said
        What it gave back, or the message.
    told
        Warnings in the log.
    seconds
        How long it took.
    """

    kind: str
    said: Any
    told: tuple[str, ...] = ()
    seconds: float = 0.0


class Worker:
    """Does calls of one function in a process of its own.

    Parameters
    ----------
    work
        A function of a module, called with what is given to :meth:`do`.
    """

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work
        self._process: Any = None
        self._end: Connection | None = None

    def do(self, *given: Any) -> Outcome:
        """Call the function, and wait for what becomes of it."""
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._end is not None
        began = time.monotonic()
        self._end.send(given)
        try:
            if not self._end.poll(SECONDS):
                self.close()
                return Outcome("hang", f"not done in {SECONDS:g} s", seconds=SECONDS)
            kind, said, told = self._end.recv()
        except (EOFError, ConnectionResetError):
            self._process.join(5)
            code = self._process.exitcode
            self.close()
            name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
            return Outcome("crash", name, seconds=time.monotonic() - began)
        return Outcome(kind, said, told, time.monotonic() - began)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._end is not None:
            self._end.close()
        self._process = self._end = None

    def _start(self) -> None:
        context = mp.get_context("spawn")
        self._end, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._work, other), daemon=True)
        self._process.start()
        other.close()
        if not self._end.poll(120):
            raise RuntimeError("a worker did not start")
        self._end.recv()


class _Told(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _serve(work: Callable[..., Any], end: Connection) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    from semst import SemSTError
    from semst._log import logger

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    told = _Told()
    logger.handlers = [told]
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end.send("ready")
    while True:
        try:
            given = end.recv()
        except EOFError:
            return
        told.lines.clear()
        try:
            answer = "done", work(*given)
        except SemSTError as error:
            answer = "refused", str(error)
        except BaseException as error:  # noqa: BLE001 - this is what is looked for
            answer = "traceback", _where(error)
        end.send((*answer, tuple(told.lines)))


def _where(error: BaseException) -> str:
    """Kind and message of an error, and the last place of the package that it went through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "semst" in file:
            place = f"{os.path.basename(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__} at {place}: {first[:200]}"

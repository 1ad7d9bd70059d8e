"""Forked processes that would wait for ever: copies of one whose threads had started already.

A fork copies the thread that calls it and no other, and OpenMP (torch, scikit-learn) goes on to deal work to
the threads of before and waits for them. Fewer threads are no way out: to let the others go, it waits too.
"""

import faulthandler
import os
import select
import signal
import sys
import warnings
from contextlib import suppress
from functools import lru_cache

from . import _words
from ._errors import SemSTError

# Python's hooks see no fork that C makes, as R's parallel::mcparallel does; the number of the process does.
_IMPORTED_IN = os.getpid()
_PATIENCE = 5.0  # seconds for what takes milliseconds


def check_fork() -> None:
    """Refuse to compute in a forked process that would never finish.

    Costs a look at the number of the process, and in a fork, once, the time in which a copy of it tries:
    about 50 ms, or 5 s where it waits in vain.

    Raises
    ------
    SemSTError
        If threads of the process that this one is a copy of are missing; what to use instead is named.

    Examples
    --------
    >>> check_fork()
    """
    here = os.getpid()
    if here != _IMPORTED_IN and not _finishes(here):
        raise SemSTError(
            "This process is a fork of one that had already computed with several threads, which it lacks, "
            f"and would wait for them for ever. Start workers as new processes: {_words.new_workers()}."
        )


@lru_cache(maxsize=1)  # of this process; a fork of it has another number
def _finishes(process: int) -> bool:
    """Let a copy of this process compute with threads, and say whether it comes to an end."""
    import torch

    if _numba_gives_up() or (torch.cuda.is_available() and torch.cuda._is_in_bad_fork()):
        return False
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which a fork has
        copy = os.fork()
    if copy == 0:
        try:
            faulthandler.disable()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            torch.ones(2**20).sum()  # long enough to be shared among threads
            os.write(writing, b"1")
        finally:
            os._exit(0)
    os.close(writing)
    ended = bool(select.select([reading], [], [], _PATIENCE)[0]) and os.read(reading, 1) == b"1"
    os.close(reading)
    if not ended:
        os.kill(copy, signal.SIGKILL)
    with suppress(ChildProcessError):  # R takes care of all that end
        os.waitpid(copy, 0)
    return ended


def _numba_gives_up() -> bool:
    """Whether Numba has started OpenMP, after which it ends the process in a fork."""
    numba = sys.modules.get("numba")
    if numba is None:
        return False
    with suppress(ValueError):  # not started
        return str(numba.threading_layer()) == "omp"
    return False

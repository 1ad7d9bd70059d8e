"""Threads that wait without spinning, inside an R that has set up its own OpenMP first."""

import sys
import threading
from functools import cache
from pathlib import Path


@cache
def rest_while_waiting() -> bool:
    """Keep OpenMP threads from spinning while they wait for each other, where R has loaded OpenMP already.

    R is linked to libgomp, and torch uses the copy that is there. It read ``OMP_WAIT_POLICY`` when R started,
    so :mod:`semst` comes too late to set it. On a machine with other work to do, spinning then makes training
    ten times slower (measured in docs/developers/r-package.md). libgomp spins a thousandth as long
    as usual while it manages more threads than there are cores; a second team of threads, asleep for good,
    sees to that.

    Returns
    -------
    Whether the second team was made. It is not made outside Linux, with one thread, or where the user has set
    ``OMP_WAIT_POLICY`` or ``GOMP_SPINCOUNT``.

    Examples
    --------
    >>> rest_while_waiting() in (True, False)
    True
    """
    import torch

    if sys.platform != "linux" or torch.get_num_threads() < 2 or _decided():
        return False
    started = threading.Event()

    def second_team() -> None:
        torch.ones(2**20).sum()  # long enough to be shared among threads, which makes the team
        started.set()
        threading.Event().wait()  # the team lives as long as the thread that made it

    threading.Thread(target=second_team, name="semst-second-team", daemon=True).start()
    return started.wait(timeout=10)


def _decided() -> bool:
    """Look at the environment as it was when the process started; ``os.environ`` has changed since."""
    try:
        environment = Path("/proc/self/environ").read_bytes()
    except OSError:
        return True
    return any(
        item.startswith((b"OMP_WAIT_POLICY=", b"GOMP_SPINCOUNT=")) for item in environment.split(b"\0")
    )

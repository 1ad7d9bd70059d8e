"""Locks that a process holds as long as it lives, however it ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Make a file and hold its lock, which the system lets go when the process ends.

    It appears under its name when it is locked. Where the file system has no locks, nothing is held.
    """
    making = file.with_name(f"{file.name}.making")
    with making.open("w") as handle:
        if fcntl is not None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.replace(making, file)
        yield


def is_free(file: Path) -> bool:
    """Whether a lock is there that no process holds; where that cannot be said, it is taken as held.

    Examples
    --------
    >>> is_free(Path("no such file"))
    False
    """
    if fcntl is None:
        return False
    try:
        with file.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False

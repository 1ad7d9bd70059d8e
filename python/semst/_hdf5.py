"""HDF5 files that would end or hang the process, or fill the memory: found before they are read."""

import faulthandler
import os
import select
import signal
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import h5py

from ._damaged import DAMAGED
from ._errors import SemSTError

_MOST_TIMES = 2000  # deflate packs to a thousandth at best
_LEAST_BYTES = 1 << 30  # which any file may unpack to
_LEAST_SECONDS, _BYTES_A_SECOND = (
    10,
    20e6,
)  # for names, attributes and texts: time, and what a slow disk reads
_MOST_SAID = 1000


def check_hdf5(file: Path) -> None:
    """Make sure that an HDF5 file can be gone through, and promises no more than it can hold.

    Where its trees and heaps are damaged, the library may run in a circle or into foreign memory. So a child
    process goes first, on Linux: elsewhere a process cannot be copied safely, and what is promised is checked
    all the same.

    Raises
    ------
    SemSTError
        If the child has died or hangs, or a data set is far larger than the file. Whatever raises an error
        is left to who reads.
    """
    said = _in_child(file) if sys.platform == "linux" else _walk(file)
    if said:
        raise SemSTError(f"{file} is damaged, or was made to do harm: {said}. Copy it again.")


def _walk(file: Path) -> str:
    """Go through names, attributes and texts; what is wrong with a data set, or ""."""
    size = file.stat().st_size
    found = []

    def visit(name: str, part: h5py.Group | h5py.Dataset) -> None:
        with suppress(*DAMAGED):
            list(part.attrs.items())
        if not isinstance(part, h5py.Dataset):
            return
        with suppress(*DAMAGED):
            n_bytes = (part.size or 0) * part.dtype.itemsize
            if n_bytes > max(_MOST_TIMES * size, _LEAST_BYTES):
                found.append(f"{name} should hold {n_bytes:,} bytes, and the file has {size:,}")
            elif part.dtype.kind == "O":
                part[()]
            part.id.get_storage_size()  # goes through the tree of its pieces

    with suppress(*DAMAGED), h5py.File(file) as h5:
        h5.visititems(visit)
    return "; ".join(found[:1])


def _in_child(file: Path) -> str:
    """What a copy of this process says of a file, or what has become of the copy."""
    seconds = _LEAST_SECONDS + file.stat().st_size / _BYTES_A_SECOND
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, none of which the child needs
        try:
            child = os.fork()
        except OSError:  # no memory for a second process, or none is allowed: nothing is known of the file
            os.close(reading)
            os.close(writing)
            return _walk(file)
    if child == 0:
        try:
            faulthandler.disable()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.write(writing, _walk(file).encode()[:_MOST_SAID])
        finally:
            os._exit(0)
    os.close(writing)
    in_time = bool(select.select([reading], [], [], seconds)[0])
    if not in_time:
        os.kill(child, signal.SIGKILL)
    said = os.read(reading, _MOST_SAID).decode(errors="replace")
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    if not in_time:
        return f"HDF5 has not come through its names and attributes in {seconds:.0f} s"
    if os.WIFSIGNALED(status):
        return f"HDF5 breaks down on it (signal {os.WTERMSIG(status)})"
    return said

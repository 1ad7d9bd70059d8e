"""Files that are packed a second time (.h5ad.gz, .h5.gz), unpacked beside the input, never over it."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line

from ._content import is_gzip

_MOST_TIMES = 200  # tables of counts pack to a fiftieth; what unpacks to far more was made to fill disks
_LEAST_BYTES = 1 << 30  # which may come out of the smallest file
_STEP = 16 << 20


@contextmanager
def unpacked(file: Path) -> Iterator[Path]:
    """Path of the content: the file itself, or a copy that is gone afterwards where it is gzip.

    Raises ``SemSTError`` where it is torn, or there is no room for what it holds.
    """
    if not is_gzip(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="semst-") as room:
        copy = Path(room) / (file.name[:-3] if file.name.lower().endswith(".gz") else file.name)
        most = most_bytes(Path(room), file)
        try:
            with gzip.open(file) as source, copy.open("wb") as target:
                pour(source, target, most, file)
        except DAMAGED as error:
            if isinstance(error, SemSTError):
                raise
            raise SemSTError(
                f"{file} cannot be unpacked ({first_line(error)}). It may be incomplete: copy it again."
            ) from error
        yield copy


def most_bytes(room: Path, file: Path) -> int:
    """How much may come out of a file: 200 times its size or 1 GiB, and half of the free space there."""
    return min(max(_MOST_TIMES * file.stat().st_size, _LEAST_BYTES), shutil.disk_usage(room).free // 2)


def pour(source: IO[bytes] | gzip.GzipFile, target: IO[bytes], most: int, file: Path) -> int:
    """Copy at most so many bytes; what is more ends in a ``SemSTError`` that names the ``file``."""
    n_bytes = 0
    while block := source.read(_STEP):
        n_bytes += len(block)
        if n_bytes > most:
            raise SemSTError(
                f"{file} unpacks to more than {most >> 20} MiB, which is too much. If that is right, "
                "unpack it by hand, and give what comes out."
            )
        target.write(block)
    return n_bytes

"""Files with a checksum: a bit that has changed, or another program's file, is noticed before use."""

import hashlib
from pathlib import Path

_MAGIC = b"semst sealed 1\n"


class BrokenSealError(ValueError):
    """A file that is not what was written."""


def sealed(content: bytes | memoryview) -> bytes:
    """Put a checksum in front of what is to be written.

    Examples
    --------
    >>> sealed(b"abc").splitlines()[1][:10]
    b'ba7816bf8f'
    """
    return _MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + bytes(content)


def unsealed(path: Path) -> bytes:
    """Read a file that was written sealed.

    Raises
    ------
    BrokenSealError
        If it was not, or has changed since.
    OSError
        If it cannot be read.
    """
    whole = path.read_bytes()
    if not whole.startswith(_MAGIC):
        raise BrokenSealError("it is of another kind, or its beginning is gone")
    checksum, _, content = whole[len(_MAGIC) :].partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != checksum:
        raise BrokenSealError("its checksum is another: it is damaged or was changed")
    return content

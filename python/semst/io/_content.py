"""What a file holds, packed or not, and what is wrong with one that holds nothing of use."""

import gzip
from pathlib import Path

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line

_GZIP = b"\x1f\x8b"
_POINTER = b"version https://git-lfs.github.com/spec/"
_MOST_BYTES = 2 << 30  # no table of a slice is larger; what unpacks to more was made to do harm


def read_bytes(file: Path, *, most: int = _MOST_BYTES) -> bytes:
    """Content of a file, unpacked where it is gzip (by what it holds, not by its name).

    Raises ``SemSTError`` where it is empty, a pointer of Git LFS, torn, or unpacks to more than ``most``
    bytes.
    """
    check_content(file)
    try:
        with gzip.open(file) if is_gzip(file) else file.open("rb") as handle:
            content = handle.read(most + 1)
    except DAMAGED as error:
        raise SemSTError(f"{file} cannot be read ({first_line(error)}). Copy it again.") from error
    if len(content) > most:
        raise SemSTError(f"{file} holds more than {most >> 20} MiB, which is too much for what it is.")
    if not content:
        raise SemSTError(f"{file} is empty once it is unpacked. Copy it again.")
    return content


def check_content(file: Path) -> None:
    """Make sure that a file is no empty one and no pointer of Git LFS; ``SemSTError`` says which."""
    try:
        with file.open("rb") as handle:
            start = handle.read(len(_POINTER))
    except OSError as error:
        raise SemSTError(f"{file} cannot be read ({first_line(error)}).") from error
    if not start:
        raise SemSTError(f"{file} is empty. Copy it again.")
    if start == _POINTER:
        raise SemSTError(
            f"{file} is a pointer of Git LFS, not the file itself. Fetch it in its repository: git lfs pull."
        )


def is_gzip(file: Path) -> bool:
    """Whether a file begins as gzip does."""
    with file.open("rb") as handle:
        return handle.read(len(_GZIP)) == _GZIP


def read_text(file: Path) -> str:
    """Text of a file, as programs of every kind encode it: UTF-8 with and without mark, or UTF-16 with."""
    content = read_bytes(file)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SemSTError(
            f"{file} is no text in UTF-8 ({error.reason} at byte {error.start}). Save it again as UTF-8."
        ) from error
    if not text.strip():
        raise SemSTError(f"{file} holds no text. Copy it again.")
    return text

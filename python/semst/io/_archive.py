"""Archives (.zip, .tar, .tar.gz), unpacked into a folder that is gone afterwards."""

import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line

from ._content import check_content
from ._packed import most_bytes, pour

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def is_archive(file: Path) -> bool:
    """Whether the ending is that of an archive, or a file called .zarr is a .zip, as zarr can write it."""
    name = file.name.lower()
    return name.endswith(ARCHIVES) or (name.endswith(".zarr") and zipfile.is_zipfile(file))


@contextmanager
def opened(archive: Path) -> Iterator[Path]:
    """Folder with what an archive holds, archives in it unpacked, too; named as the archive.

    Only files and folders come out: links and devices stay where they are, and a name that leads out of the
    archive ends in a ``SemSTError``, as do torn archives, and those for which there is no room.
    """
    check_content(archive)
    with tempfile.TemporaryDirectory(prefix="semst-") as room:
        folder = Path(room) / _stem(archive)
        left = most_bytes(Path(room), archive)
        try:
            left -= _unpack(archive, folder, left, archive)
            for inner in [p for p in sorted(folder.iterdir()) if p.is_file() and is_archive(p)]:
                left -= _unpack(inner, folder / _stem(inner), left, archive)
                inner.unlink()
            yield _without_shell(folder)
        except SemSTError as error:
            # the user knows the archive, not the folder that it was unpacked into
            raise type(error)(str(error).replace(str(folder), str(archive))) from error


def _unpack(archive: Path, folder: Path, most: int, whole: Path) -> int:
    """Write the files of an archive below a folder; how many bytes they are."""
    folder.mkdir(exist_ok=True)
    n_bytes = 0
    try:
        for name, source in _members(archive):
            target = _inside(folder, name, whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as out:
                n_bytes += pour(source, out, most - n_bytes, whole)
    except SemSTError:
        raise
    except DAMAGED as error:
        raise SemSTError(
            f"{archive} cannot be unpacked ({first_line(error)}). It may be incomplete: copy it again."
        ) from error
    return n_bytes


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and contents of the files in an archive."""
    if archive.name.lower().endswith((".zip", ".zarr")):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                if not entry.is_dir() and (entry.external_attr >> 28) != 0xA:  # no symbolic links
                    yield entry.filename, packed.open(entry)
        return
    with tarfile.open(archive) as bundle:
        for member in bundle:
            if member.isreg() and (content := bundle.extractfile(member)) is not None:
                yield member.name, content


def _inside(folder: Path, name: str, archive: Path) -> Path:
    parts = PurePosixPath(name).parts
    if ".." in parts or name.startswith("/") or "\\" in name or PureWindowsPath(name).drive or "\x00" in name:
        raise SemSTError(
            f"{archive} holds a file whose name leads out of it ({name!r}): nothing of it is read. Take an "
            "archive from a source you trust."
        )
    return folder.joinpath(*parts)


def _stem(archive: Path) -> str:
    name = archive.name
    ending = next((one for one in ARCHIVES if name.lower().endswith(one)), "")
    return name[: len(name) - len(ending)] or "archive"


def _without_shell(folder: Path) -> Path:
    """Folder that an archive wraps its content in, if it does."""
    inside = [p for p in folder.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and not any(folder.glob(".z*")) else folder

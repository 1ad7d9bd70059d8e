"""Write files and folders so that a kill or a full disk never leaves half a result under the final name."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import _words
from ._errors import SemSTError
from ._locks import is_free, locked

_LOCK = ".lock"  # in the temporary folder: held as long as its process lives
_MADE_LONG_AGO = 60.0  # seconds, for what takes microseconds


@contextmanager
def atomic_path(path: str | os.PathLike, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block has ended well.

    It has the same suffix, does not exist yet, and may be written as a file or a folder. With ``overwrite``
    an existing ``path`` is replaced, and stays untouched until the new one is complete: on Linux and macOS a
    reader finds the old one or the new one at any moment, elsewhere a folder is away for the time of two
    renames. Without it, something that appears at ``path`` in the meantime stays, and this write is an error.
    What killed processes have left of writes of the same ``path`` is removed, before and after.

    Raises
    ------
    SemSTError
        If ``path`` exists, before the block or after it, and may not be replaced.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_path(target) as part:
    ...     _ = part.write_text("done")
    >>> target.read_text()
    'done'
    """
    final = Path(path)
    _clear_leftovers(final)
    refuse_existing(final, overwrite=overwrite)
    final.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=_prefix(final), dir=final.parent))
    try:
        with locked(work / _LOCK):
            part = work / final.name
            yield part
            if not part.exists():
                raise FileNotFoundError(f"nothing was written to {part}")
            if part.is_file():
                with part.open("rb+") as handle:
                    os.fsync(handle.fileno())
            if overwrite:
                _replace(part, final, work / "replaced")
            else:
                _move(part, final)
    except BaseException:
        _remove(work)
        raise
    with suppress(OSError):
        _discard(work)
    _clear_leftovers(final)  # of another process that wrote the same and was killed in the meantime


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Make sure that nothing is at ``path`` that may not be replaced."""
    if path.exists() and not overwrite:
        raise SemSTError(
            f"{path} exists already. Choose another name, or allow replacing it: "
            f"{_words.given('overwrite', True)}."
        )


def _prefix(final: Path) -> str:
    return f".{final.name}."


def _clear_leftovers(final: Path) -> None:
    """Remove temporary folders of the same name whose processes are gone."""
    for folder in final.parent.glob(f"{_glob_escaped(_prefix(final))}????????"):
        with suppress(OSError):
            if is_free(folder / _LOCK):
                _discard(folder)
            elif not (folder / _LOCK).exists() and time.time() - folder.stat().st_mtime > _MADE_LONG_AGO:
                folder.rmdir()  # killed before it made the lock; one with content is somebody else's


def _discard(work: Path) -> None:
    """Remove a temporary folder, its lock last: by that it is known, if a kill comes in between."""
    for path in work.iterdir():
        if path.name != _LOCK:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(work, ignore_errors=True)


def _glob_escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _move(part: Path, final: Path) -> None:
    """Give a file or folder its final name, unless something has it by now."""
    try:
        if part.is_dir():
            os.rename(part, final)  # refuses a folder that is not empty, and a file
        else:
            _link(part, final)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        raise SemSTError(
            f"{final} has appeared while this was written: another process writes there, too. It is left as "
            f"it is. Choose another name, or allow replacing it: {_words.given('overwrite', True)}."
        ) from error


def _link(part: Path, final: Path) -> None:
    """Rename a file that must not replace another: a second name is refused where there is one."""
    try:
        os.link(part, final)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise
        # a file system without hard links: the moment between looking and renaming cannot be closed
        if final.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final)) from error
        os.replace(part, final)


def _replace(part: Path, final: Path, aside: Path) -> None:
    """Put ``part`` in the place of what is at ``final``, if anything is."""
    if not (final.is_dir() or (final.exists() and part.is_dir())):
        os.replace(part, final)  # which cannot replace a folder, or a file by a folder
    elif not _exchanged(part, final):
        os.replace(final, aside)
        try:
            os.replace(part, final)
        except BaseException:
            os.replace(aside, final)
            raise


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can."""
    here = -100  # AT_FDCWD
    names = os.fsencode(one), os.fsencode(other)
    with suppress(AttributeError, OSError):  # systems without these calls
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return libc.renamex_np(*names, ctypes.c_uint(2)) == 0  # RENAME_SWAP
        return libc.renameat2(here, names[0], here, names[1], ctypes.c_uint(2)) == 0  # RENAME_EXCHANGE
    return False


def _remove(folder: Path) -> None:
    """Remove a folder to which threads of a failed write (zarr's) may still be adding their last files."""
    for wait in (0, 0.05, 0.2):
        time.sleep(wait)
        shutil.rmtree(folder, ignore_errors=True)

"""Write files and folders so that a kill or a full disk never leaves half a result under the final name."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._errors import SemSTError


@contextmanager
def atomic_path(path: str | os.PathLike, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and move it there once the block has ended well.

    It has the same suffix, does not exist yet, and may be written as a file or a folder. With ``overwrite``
    an existing ``path`` is replaced, and stays untouched until the new one is complete.

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
    refuse_existing(final, overwrite=overwrite)
    final.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        part = work / final.name
        yield part
        if part.is_file():
            with part.open("rb+") as handle:
                os.fsync(handle.fileno())
        if final.is_dir():  # os.replace cannot replace a folder: set the old one aside first
            _replace_folder(part, final, work / "replaced")
        else:
            os.replace(part, final)
    except BaseException:
        _remove(work)
        raise
    shutil.rmtree(work, ignore_errors=True)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Make sure that nothing is at ``path`` that may not be replaced."""
    if path.exists() and not overwrite:
        raise SemSTError(
            f"{path} exists already. Choose another name, or allow replacing it "
            "(overwrite=True; --overwrite on the command line)."
        )


def _replace_folder(part: Path, final: Path, aside: Path) -> None:
    """Put ``part`` in the place of the folder ``final``, which comes back if that fails."""
    if not part.exists():
        raise FileNotFoundError(f"nothing was written to {part}")
    os.replace(final, aside)
    try:
        os.replace(part, final)
    except BaseException:
        os.replace(aside, final)
        raise


def _remove(folder: Path) -> None:
    """Remove a folder to which threads of a failed write (zarr's) may still be adding their last files."""
    for wait in (0, 0.05, 0.2):
        time.sleep(wait)
        shutil.rmtree(folder, ignore_errors=True)

"""Checks of output paths, made before hours of work start."""

import os
from collections.abc import Iterable
from pathlib import Path

from semst._errors import SemSTError

from ._options import SLICES


def check_output(
    path: Path, *, source: Path | None, suffixes: Iterable[str], overwrite: bool, what: str
) -> None:
    """Make sure that an output can be written and destroys nothing that it must not.

    Parameters
    ----------
    path
        The output.
    source
        The input, which is never changed: not even ``overwrite`` allows to replace it.
    suffixes
        Endings that can be written, e.g. ``[".h5ad"]``.
    overwrite
        Whether a file of that name may be replaced.
    what
        Name of the option, for the message.

    Raises
    ------
    SemSTError
        If the output is the input or one lies in the other, has another ending, exists, or its folder cannot
        be written to.
    """
    endings = list(suffixes)
    if path.suffix.lower() not in endings:
        raise SemSTError(f'{what} {path} has the ending "{path.suffix}". Accepted: {", ".join(endings)}.')
    if source is not None:
        _check_apart(path, source, what=what)
    if path.is_dir() and path.suffix != ".zarr":
        raise SemSTError(f"{what} {path} is a folder, and a file is to be written. Choose another name.")
    _check_free(path, overwrite=overwrite, what=what)


def check_slice(out: Path, *, source: Path, overwrite: bool) -> None:
    """Make sure that a labelled slice can be written.

    Parameters
    ----------
    out
        ``--out``. A SpatialData store may be input and output in one: results are added to its table.
    source
        The input.
    overwrite
        Whether what is there may be replaced; of a store that is the input, its table.

    Raises
    ------
    SemSTError
        As :func:`check_output`.
    """
    same = out.suffix.lower() == ".zarr" and out.is_dir() and source.exists() and out.samefile(source)
    if same and _is_spatialdata(source):
        if not overwrite:
            raise SemSTError(
                f"--out {out} is the input itself. Choose another name for a copy, or let the results be "
                "added to the table in that store: --overwrite."
            )
        return
    check_output(out, source=source, suffixes=SLICES, overwrite=overwrite, what="--out")


def _is_spatialdata(store: Path) -> bool:
    from semst.io import is_spatialdata_store

    return is_spatialdata_store(store)


def check_folder(path: Path, *, sources: Iterable[Path], overwrite: bool, what: str) -> None:
    """Make sure that a folder of its own can be made there.

    Parameters
    ----------
    path
        The folder.
    sources
        The inputs, none of which it may be, hold, or lie in.
    overwrite
        Whether a folder of that name may be replaced.
    what
        Name of the option, for the message.

    Raises
    ------
    SemSTError
        If it is a file, exists, meets an input, or cannot be made.
    """
    for source in sources:
        _check_apart(path, source, what=what)
    if path.exists() and not path.is_dir():
        raise SemSTError(f"{what} {path} is a file, and a folder is to be written. Choose another name.")
    _check_free(path, overwrite=overwrite, what=what)


def check_different(outputs: dict[str, Path | None]) -> None:
    """Make sure that no two outputs have the same name."""
    seen: dict[Path, str] = {}
    for what, path in outputs.items():
        if path is None:
            continue
        place = path.resolve()
        if place in seen:
            raise SemSTError(
                f"{what} and {seen[place]} are the same file, {path}. Give them different names."
            )
        seen[place] = what


def _check_free(path: Path, *, overwrite: bool, what: str) -> None:
    """Make sure that nothing is lost there, and that its folder can be written to."""
    if path.exists() and not overwrite:
        raise SemSTError(
            f"{what} {path} exists already. Choose another name, or allow replacing it: --overwrite."
        )
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise SemSTError(f"{what} {path} cannot be written: {folder} is a file, not a folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SemSTError(f"{what} {path} cannot be written: no right to write in {folder}.")


def _check_apart(path: Path, source: Path, *, what: str) -> None:
    output, given = path.resolve(), source.resolve()
    if output == given or (path.exists() and source.exists() and path.samefile(source)):
        raise SemSTError(
            f"{what} {path} is the input itself, which semst never changes, with --overwrite neither. Choose "
            "another name."
        )
    if output in given.parents:
        raise SemSTError(f"The input {source} lies inside of {what} {path}. Choose another place.")
    if given.suffix == ".zarr" and given in output.parents:
        raise SemSTError(f"{what} {path} lies inside of the input {source}. Choose another place.")

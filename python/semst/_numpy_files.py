"""Arrays from .npy and .npz files, which may be damaged or made to do harm."""

import os
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from ._damaged import DAMAGED
from ._errors import first_line


class DamagedError(ValueError):
    """A file that holds no arrays that can be read, with the reason in a line."""


def load_npy(path: Path) -> np.ndarray:
    """Read the array of an ``.npy`` file.

    Raises
    ------
    DamagedError
        If it cannot be read, is of objects, or promises more than the file holds.
    """
    try:
        with path.open("rb") as file:
            _check_promise(file, os.fstat(file.fileno()).st_size)
        array = np.load(path, allow_pickle=False)
    except DAMAGED as error:
        raise DamagedError(first_line(error) or type(error).__name__) from error
    if not isinstance(array, np.ndarray):
        raise DamagedError("it is an .npz file, which holds several arrays")
    _check_letters(array)
    return array


def load_npz(path: Path, only: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file, or those that are asked for.

    Raises
    ------
    DamagedError
        If one cannot be read, is of objects, or promises more than the file holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = None if only is None else [f"{name}.npy" for name in only]
            for entry in archive.infolist() if names is None else map(archive.getinfo, names):
                with archive.open(entry) as file:
                    _check_promise(file, entry.file_size)
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in (arrays.files if only is None else only)}
    except DAMAGED as error:
        raise DamagedError(first_line(error) or type(error).__name__) from error
    for array in found.values():
        _check_letters(array)
    return found


def _check_letters(array: np.ndarray) -> None:
    """Make sure that text is made of letters: Python breaks down on a number that is none."""
    if array.dtype.kind == "U" and array.size:
        numbers = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).view(np.uint32)
        if numbers.max(initial=0) > sys.maxunicode:
            raise DamagedError("it holds text with letters that do not exist")


def _check_promise(file: IO[bytes], n_bytes: int) -> None:
    """Make sure that an array is as large as what there is of it: a larger one would be allocated first."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    size = dtype.itemsize
    for length in shape:  # in Python's integers, which do not run over
        size *= int(length)
    there = n_bytes - file.tell()
    if size > there and not dtype.hasobject:
        raise ValueError(f"an array of shape {shape} is promised, and {n_bytes:,} bytes are there")
    if size < there and not dtype.hasobject:
        raise ValueError(f"{there - size:,} bytes follow the array of shape {shape}, which no program writes")

"""The first line of a text table, looked at before a library reads the rest."""

import gzip
from pathlib import Path

from semst._damaged import DAMAGED
from semst._errors import SemSTError, first_line

_GZIP = b"\x1f\x8b"
_MOST_BYTES = 64 << 20  # names of a million genes
_MOST_ALIKE = 200


def check_header(file: Path, separator: str) -> None:
    """Make sure that the columns of a table have names of their own.

    pandas tells columns of the same name, or of none, apart by going through all those before: a line of
    100,000 separators would keep it for minutes.

    Raises
    ------
    SemSTError
        If more than 200 columns are named like another one, or not at all.
    """
    try:
        with file.open("rb") as handle:
            packed = handle.read(len(_GZIP)) == _GZIP
        with gzip.open(file) if packed else file.open("rb") as handle:
            names = handle.readline(_MOST_BYTES).rstrip(b"\r\n").split(separator.encode())
    except DAMAGED as error:
        raise SemSTError(f"{file} cannot be read ({first_line(error)}). Copy it again.") from error
    n_alike = len(names) - len({*names} - {b"", b'""'})
    if n_alike > _MOST_ALIKE:
        raise SemSTError(
            f"{file} is no table with a header: in its first line {n_alike} of {len(names)} columns have no "
            "name, or that of another one. Give the table as it was written."
        )

"""One remote file into the cache, held against its checksum."""

import logging
from pathlib import Path

from semst._atomic import atomic_path
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional

from ._sources import RemoteFile


def download(remote: RemoteFile, target: Path, *, progress: bool) -> Path:
    """Fetch a file unless it is there, and check it.

    Where no checksum is known beforehand, that of the first file seen is noted beside it (``<name>.sha256``)
    and holds from then on: this shows later changes and torn copies, not whether the first file was right.
    A file that cannot be fetched or stored is an ``OSError``.
    """
    pooch = optional("pooch", extra="datasets", what="A public slice")
    note = target.with_name(f"{target.name}.sha256")
    known = remote.sha256 or (note.read_text().split()[0] if note.is_file() else None)
    pooch_logger = pooch.get_logger()
    level = pooch_logger.level
    pooch_logger.setLevel(logging.WARNING)  # its advice on checksums is for developers
    try:
        pooch.retrieve(
            remote.url,
            known_hash=known and f"sha256:{known}",
            fname=target.name,
            path=target.parent,
            progressbar=progress,
        )
    except ValueError as error:
        origin = "listed with semst" if remote.sha256 else f"noted at the first download in {note}"
        raise SemSTError(
            f"{remote.url} is not what it should be: its checksum differs from the one {origin} ({known}). "
            "The download may have been disturbed: try again. If the publisher has changed it on purpose"
            + (f", delete {note} to accept it." if remote.sha256 is None else ", a newer semst may know it.")
        ) from error
    finally:
        pooch_logger.setLevel(level)
    if known is None:
        checksum = pooch.file_hash(str(target), alg="sha256")
        with atomic_path(note) as part:
            part.write_text(f"{checksum}  {target.name}\n")
        logger.info("%s: no checksum is published; noted %s... for the next time", target.name, checksum[:12])
    return target

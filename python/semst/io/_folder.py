"""The one thing that a folder holds and that can be read."""

from pathlib import Path

from semst._errors import SemSTError
from semst._log import logger

from ._anndata import zarr_kind
from ._archive import is_archive
from ._counts_10x import visible
from ._platforms import platform_of
from ._visium_folder import is_visium

_ENDINGS = (".h5ad", ".h5ad.gz", ".rds", ".zarr")
_DEPTH = 3  # a folder in a folder in a folder


def content_of(folder: Path) -> Path | None:
    """Find what can be read in a folder; ``None``: nothing.

    Raises
    ------
    SemSTError
        If there is more than one such thing.
    """
    found = _readable(folder, _DEPTH)
    if len(found) > 1:
        raise SemSTError(
            f"The folder {folder} holds {len(found)} things that can be read: "
            f"{', '.join(str(p.relative_to(folder)) for p in found[:8])}{', ...' if len(found) > 8 else ''}. "
            f"Give one of them, e.g. {found[0]}."
        )
    if not found:
        return None
    logger.info("%s holds %s: that is read", folder, found[0].relative_to(folder))
    return found[0]


def _readable(folder: Path, depth: int) -> list[Path]:
    found: list[Path] = []
    for place in visible(folder):
        if place.is_file():
            if place.name.lower().endswith(_ENDINGS) or is_archive(place):
                found.append(place)
        elif zarr_kind(place) or place.suffix.lower() == ".zarr" or platform_of(place) or is_visium(place):
            found.append(place)
        elif depth > 1 and not place.is_symlink():
            found += _readable(place, depth - 1)
    return found

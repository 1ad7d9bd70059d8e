"""A damaged copy of an input, the same for the same seed, with the recipe in words."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .bytes_damage import ANY_FILE, Damage
from .edits import edit_h5, edit_json, edit_npy, edit_text

_ZIPS = (".zip", ".npz", ".pt", ".pth")
_BY_ENDING: dict[str, Damage] = {
    ".h5ad": edit_h5,
    ".h5": edit_h5,
    ".npy": edit_npy,
    ".json": edit_json,
    ".geojson": edit_json,
    ".zattrs": edit_json,
    ".zgroup": edit_json,
    ".zarray": edit_json,
    ".zmetadata": edit_json,
    ".csv": edit_text,
    ".tsv": edit_text,
    ".txt": edit_text,
    ".mtx": edit_text,
    ".gmt": edit_text,
    ".yaml": edit_text,
}


def damage(folder: Path, targets: Sequence[str], rng: Random) -> str:
    """Damage one of the files below a folder that match a pattern; says which and how."""
    files = sorted({file for pattern in targets for file in folder.rglob(pattern) if file.is_file()})
    file = rng.choice(files)
    name = file.relative_to(folder).as_posix()
    chance = rng.random()
    if len(files) > 1 and chance < 0.12:
        file.unlink()
        return f"{name}: deleted"
    if len(files) > 1 and chance < 0.2:
        other = rng.choice(files)
        content, others = file.read_bytes(), other.read_bytes()
        file.write_bytes(others)
        other.write_bytes(content)
        return f"{name}: swapped with {other.relative_to(folder).as_posix()}"
    content, how = damaged(file.read_bytes(), file.name, rng)
    file.write_bytes(content)
    return f"{name}: {how}"


def damaged(content: bytes, name: str, rng: Random) -> tuple[bytes, str]:
    """Damage the bytes of a file of that name: as a whole, or what is packed in it."""
    ending = Path(name).suffix.lower() or name.lower()
    if ending == ".gz" and rng.random() < 0.5:
        try:
            inner, how = damaged(gzip.decompress(content), name[:-3], rng)
        except (OSError, EOFError):
            return content, "as it is"
        return gzip.compress(inner, mtime=0), f"inside, {how}"
    if ending in _ZIPS and rng.random() < 0.6:
        return _in_zip(content, rng)
    own = _BY_ENDING.get(ending)
    way = own if own is not None and rng.random() < 0.5 else rng.choice(ANY_FILE)
    return way(content, rng), way.__name__


def _in_zip(content: bytes, rng: Random) -> tuple[bytes, str]:
    """Damage, rename, drop or double a file in an archive, whose checksums fit what it now holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = [(entry.filename, packed.read(entry)) for entry in packed.infolist()]
    at = rng.randrange(len(entries))
    name, inner = entries[at]
    kind = rng.randrange(8)
    if kind == 0:
        entries[at] = (rng.choice(("../out", "/etc/x", "C:\\x", "a\x00b", name + "/x", "")), inner)
        how = "renamed"
    elif kind == 1:
        del entries[at]
        how = "left out"
    elif kind == 2:
        entries.append((name, inner[: len(inner) // 2]))
        how = "there twice"
    else:
        inner, how = damaged(inner, name, rng)
        entries[at] = (name, inner)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for one, data in entries:
            packed.writestr(zipfile.ZipInfo(one), data)
    return out.getvalue(), f"inside, {name}: {how}"

"""Where the parts of a Visium slice lie: as Space Ranger leaves them, as GEO renames them, or all in one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

from ._anndata import existing
from ._counts_10x import MtxFiles, inside, is_10x_h5, matrices_in, mtx_files, visible

_MATRIX = "filtered_feature_bc_matrix"
_COUNTS = re.compile(
    r"(?P<prefix>.*?)(?P<kind>filtered|raw)_(feature|gene)_(bc|cell)_matri(x|ces)(?P<after>.*?)(?P<h5>\.h5(\.gz)?)?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"((filtered|raw)[_.-]?)?((feature|gene)_(bc|cell)[_.-]?)?$", re.IGNORECASE)
_POSITIONS = re.compile(
    r"(?P<prefix>.*?)tissue[_-]?positions(?P<after>.*?)\.(?P<ending>parquet|csv|tsv|txt)(\.gz)?",
    re.IGNORECASE,
)
_OUTLINES = re.compile(r"(?P<prefix>(?!.*annotated).*?)cell_segmentations\.geojson(\.gz)?", re.IGNORECASE)
_USUAL_POSITIONS = (
    "tissue_positions.parquet",
    "tissue_positions.csv",
    "tissue_positions_list.csv",
    "tissue_positions_list.txt",
)
_NO_COUNTS = re.compile(r".*(molecule_info|feature_slice|probe|cell_feature_matrix)", re.IGNORECASE)
_PARTS = re.compile(r".*(scalefactors_json\.json|tissue_(hires|lowres)_image\.\w+)(\.gz)?", re.IGNORECASE)
_ARCHIVE = re.compile(r".*\.(tar|tar\.gz|tgz|zip)", re.IGNORECASE)


@dataclass(frozen=True)
class VisiumFiles:
    """The parts of one slice.

    Attributes
    ----------
    folder
        Where the counts lie, by which users know the slice.
    counts
        Counts.
    positions
        Positions of the spots, or outlines of the cells.
    prefixes
        What stands before the names of its files.
    places
        Folders that optional parts are looked for in.
    """

    folder: Path
    counts: Path | MtxFiles
    positions: Path
    prefixes: tuple[str, ...]
    places: tuple[Path, ...]

    def optional(self, pattern: str) -> Path | None:
        """Find a part that may be missing, by a regular expression of its name without what is in front."""
        found = _matching(self.places, re.compile(rf"(?P<prefix>.*?){pattern}", re.IGNORECASE))
        chosen = [path for one in self.prefixes for path in _of_slice(found, one)]
        return chosen[0] if chosen else None


def is_visium(folder: Path) -> bool:
    """Whether a folder looks like the output of Space Ranger, or a part of it."""
    return folder.name == "binned_outputs" or any(
        (place / "spatial").is_dir()
        or (place / "binned_outputs").is_dir()
        or (place / "segmented_outputs").is_dir()
        or _matching([place], _POSITIONS)
        or any(_COUNTS.fullmatch(p.name) for p in visible(place))
        or matrices_in(place)
        for place in (folder, folder / "outs")
        if place.is_dir()
    )


def is_counts_file(file: Path) -> bool:
    """Whether a file seems to be the matrix of a Visium slice."""
    name = file.name.lower()
    return name.endswith((".h5", ".h5.gz", "matrix.mtx", "matrix.mtx.gz"))


def is_part(file: Path) -> bool:
    """Whether a file seems to be one of positions, scale factors or images of a Visium slice."""
    return _POSITIONS.fullmatch(file.name) is not None or _PARTS.fullmatch(file.name) is not None


def has_positions(counts: Path) -> bool:
    """Whether positions lie where they belong to a file with counts."""
    return bool(_position_files(counts.parent) or _position_files(counts.parent.parent))


def find_files(path: Path, count_file: str | None) -> VisiumFiles:
    """Find the parts of a slice from any of them.

    Parameters
    ----------
    path
        The folder ``outs/``, the one above it, one inside it, or the file with the counts.
    count_file
        File or folder with counts, seen from the folder.

    Raises
    ------
    SemSTError
        If counts or positions are missing, or those of several slices are there.
    """
    if path.is_file():
        if not is_counts_file(path) or not has_positions(path):
            raise SemSTError(f"{path} is a file. Give the folder outs/ that Space Ranger has written.")
        folder, counts, prefix = path.parent, _open_counts(path), _prefix_of(path)
        if not _position_files(folder) and _position_files(folder.parent):
            folder = folder.parent  # a matrix.mtx in a folder of its own
        return _with_positions(folder, counts, prefix)
    folder = _outs(path)
    if count_file is not None:
        given = existing(folder / count_file)
        return _with_positions(folder, _open_counts(given), _prefix_of(given))
    given, prefix = _choose_counts(folder)
    return _with_positions(folder, _open_counts(given), prefix)


def _outs(folder: Path) -> Path:
    """Folder that the parts lie in; of Visium HD that of its bins."""
    places = [place for place in (folder, folder / "outs", *_above(folder)) if place.is_dir()]
    for place in places:
        if _position_files(place) and _counts(place):
            return place
        if bins := _bins(place):
            return _one_bin(place, bins)
    return next((p for p in places if _counts(p) or (p / "spatial").is_dir()), folder)


def _above(folder: Path) -> tuple[Path, ...]:
    """Folders that a slice lies in of which this one is a part."""
    if folder.name.lower().endswith("spatial") or folder.name == "binned_outputs":
        return (folder.parent,)
    if _COUNTS.fullmatch(folder.name) or matrices_in(folder):
        return folder.parent, folder.parent.parent
    return ()


def _bins(folder: Path) -> list[Path]:
    """Folders of Visium HD: those of squares of one size, and that of cells."""
    squares = folder / "binned_outputs"
    found = [p for p in visible(squares) if p.is_dir()] if squares.is_dir() else []
    return [*found, *(p for p in [folder / "segmented_outputs"] if p.is_dir())]


def _one_bin(folder: Path, bins: list[Path]) -> Path:
    whole = [place for place in bins if _counts(place)]
    if len(whole) == 1:
        return whole[0]
    best = next((place for place in bins if place.name == "square_008um"), bins[0])
    raise SemSTError(
        f"{folder} comes from Visium HD. Choose one size of bins, or its cells, and give that folder, e.g. "
        f"{best}. There are: {', '.join(p.name for p in bins)}."
    )


def _counts(folder: Path) -> list[tuple[Path, str, bool]]:
    """Files and folders that may hold counts, what stands before their names, and whether of all spots."""
    found = []
    for place in visible(folder):
        match = _COUNTS.fullmatch(place.name)
        if match and (place.is_dir() or match["h5"]):
            found.append((place, match["prefix"], match["kind"].lower() == "raw"))
    found.sort(key=lambda one: (not one[0].is_file(), one[0].name))
    for matrix in matrices_in(folder):
        found.append((matrix, _prefix_of(matrix), "raw" in matrix.name.lower()))
    if not found:
        others = [p for p in visible(folder) if p.suffix.lower() == ".h5" and not _NO_COUNTS.match(p.name)]
        found = [(p, _prefix_of(p), False) for p in others if is_10x_h5(p)]
    return found


def _choose_counts(folder: Path) -> tuple[Path, str]:
    found = _counts(folder)
    if not found:
        raise SemSTError(
            f"No counts in {folder}: neither {_MATRIX}.h5 nor the folder {_MATRIX}/ is there. It holds: "
            f"{inside(folder)}. Give the folder outs/ of Space Ranger"
            f"{_words.in_python(', or name the file with count_file=...', '.')}{_unpack_hint(folder)}"
        )
    best = [one for one in found if not one[2]] or found  # filtered before raw
    slices: dict[str, Path] = {}
    for place, prefix, _ in best:
        slices.setdefault(_bare(prefix), place)
    if "" in slices:
        return slices[""], ""
    if len(slices) > 1:
        placed = {_bare(prefix) for _, prefix in _position_files(folder)}
        slices = {prefix: place for prefix, place in slices.items() if prefix in placed} or slices
    if len(slices) > 1:
        first = next(iter(slices.values()))
        raise SemSTError(
            f"{folder} holds the counts of {len(slices)} slices: {', '.join(slices)}. Read one at a time by "
            f"the name of its counts, e.g. {first}."
        )
    return next((place, prefix) for prefix, place in slices.items())


def _open_counts(place: Path) -> Path | MtxFiles:
    """Files of the counts; a folder holds a matrix.mtx, or one of older programs a folder per genome."""
    if place.is_file():
        return mtx_files(place) if ".mtx" in place.name.lower() else place
    found = matrices_in(place) or [
        one for inside in visible(place) if inside.is_dir() for one in matrices_in(inside)
    ]
    if len(found) != 1:
        raise SemSTError(
            f"{place} cannot be read as counts of 10x Genomics: it holds {len(found) or 'no'} matrix.mtx "
            f"(packed as .gz or not). There are: {inside(place)}. Copy it again."
        )
    return mtx_files(found[0])


def _with_positions(folder: Path, counts: Path | MtxFiles, prefix: str) -> VisiumFiles:
    found = _position_files(folder)
    if not found:
        raise SemSTError(
            f"No positions in {folder / 'spatial'}: none of {', '.join(_USUAL_POSITIONS)} is there. Copy the "
            "whole folder outs/ of Space Ranger, its subfolder spatial/ included."
            f"{_unpack_hint(folder)}"
        )
    of_slice = _of_slice(found, prefix)
    chosen = [one for one in found if one[0] in of_slice]
    if not chosen:  # GSM1_A_counts.h5 and GSM1_A_S1_tissue_positions.csv
        chosen = [one for one in found if _bare(one[1]).split("_")[0] == _bare(prefix).split("_")[0]]
    if not chosen and len({_bare(one) for _, one in found}) == 1:
        chosen = found
        if prefix:
            logger.warning("%s is named otherwise than %s: taken as of the same slice", found[0][0], counts)
    if len({_bare(one) for _, one in chosen}) != 1:
        there = ", ".join(path.name for path, _ in found)
        raise SemSTError(
            f"{folder} holds the positions of several slices ({there}), and none is named as {counts} is. "
            "Put the files of each slice into a folder of its own."
        )
    return VisiumFiles(folder, counts, chosen[0][0], (prefix, chosen[0][1]), _places(folder))


def _position_files(folder: Path) -> list[tuple[Path, str]]:
    """Positions of spots, those of the newest Space Ranger first, and what stands before their names."""
    found = _matching(_places(folder), _POSITIONS) if folder.is_dir() else []

    def age(one: tuple[Path, str]) -> tuple[bool, bool, bool, str]:
        name = one[0].name.lower()
        return ".parquet" not in name, ".csv" not in name, "list" in name, name

    return sorted(found, key=age) or (_matching([folder], _OUTLINES) if folder.is_dir() else [])


def _places(folder: Path) -> tuple[Path, ...]:
    """Folders in which positions and images may lie."""
    inside = [p for p in visible(folder) if p.is_dir() and p.name.lower().endswith("spatial")]
    deeper = [p / "spatial" for p in inside if (p / "spatial").is_dir()]  # GSM1_spatial.tar.gz, unpacked
    return (*sorted(inside, key=lambda p: p.name != "spatial"), *deeper, folder)


def _matching(places: Iterable[Path], pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    found = []
    for place in places:
        outer = place.parent if place.name == "spatial" else place
        of_folder = outer.name[: -len("spatial")] if outer.name.lower().endswith("spatial") else ""
        for file in visible(place):
            if (match := pattern.fullmatch(file.name)) and file.is_file():
                found.append((file, match["prefix"] or of_folder))
    return found


def _of_slice(found: list[tuple[Path, str]], prefix: str) -> list[Path]:
    """Those with the same words in front, else those with none."""
    for wanted in (_bare(prefix), ""):
        if same := [path for path, one in found if _bare(one) == wanted]:
            return same
    return []


def _prefix_of(place: Path) -> str:
    match = _COUNTS.fullmatch(place.name)
    if match:
        return match["prefix"]
    stem = re.split(r"matrix\.mtx|\.h5", place.name, flags=re.IGNORECASE)[0]
    return _WORDS.sub("", stem)


def _bare(prefix: str) -> str:
    return re.sub(r"([_.-]?spatial)?[_. -]*$", "", prefix, flags=re.IGNORECASE).lstrip("_.- ")


def _unpack_hint(folder: Path) -> str:
    packed = [p.name for p in visible(folder) if _ARCHIVE.fullmatch(p.name)]
    return f" Or unpack what is packed there: tar -xf {folder / packed[0]} -C {folder}" if packed else ""

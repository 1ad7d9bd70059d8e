"""Several slices on the command line: their names, and where each is written."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from semst import _keys
from semst._errors import SemSTError
from semst.data import SliceKeys, join_slices

from ._options import SLICES
from ._paths import check_slice


def slice_names(sources: Iterable[Path]) -> list[str]:
    """Name slices by their files, with as much of the path as tells them apart.

    Raises
    ------
    SemSTError
        If a file is given twice.

    Examples
    --------
    >>> slice_names([Path("a/outs"), Path("b/outs")]), slice_names([Path("x.h5ad"), Path("y.rds")])
    (['a_outs', 'b_outs'], ['x', 'y'])
    """
    places = [path.resolve() for path in sources]
    if len(set(places)) < len(places):
        raise SemSTError("An input is given twice. Give every slice once.")
    whole = [[*place.parent.parts[1:], place.stem] for place in places]
    for n_parts in range(1, max(map(len, whole)) + 1):
        names = ["_".join(parts[-n_parts:]) for parts in whole]
        if len(set(names)) == len(names):
            return names
    last = [place.stem for place in places]  # the same path but for the ending
    return [f"{name}_{number + 1}" for number, name in enumerate(last)]


def outputs(sources: list[Path], out: Path, *, overwrite: bool) -> dict[str, Path]:
    """Say where every slice is written, by name, and make sure that it can be.

    One slice goes to the file ``out``; of several, each into the folder ``out``, under its name.
    """
    names = slice_names(sources)
    if len(sources) == 1:
        places = {names[0]: out}
    else:
        if out.suffix.lower() in SLICES:
            raise SemSTError(
                f"--out {out} is one file, and {len(sources)} slices are given. Give a folder: each slice is "
                "written into it under its own name."
            )
        if out.exists() and not out.is_dir():
            raise SemSTError(f"--out {out} is a file; for several slices a folder is needed.")
        places = {name: out / f"{name}.h5ad" for name in names}
    for place in places.values():
        for source in sources:
            check_slice(place, source=source, overwrite=overwrite)
    return places


def together(slices: Mapping[str, Any], keys: SliceKeys, key: str) -> tuple[Any, SliceKeys]:
    """Put labelled slices into one object for pictures and pages; one slice stays as it is."""
    if len(slices) == 1:
        return next(iter(slices.values())), keys
    joint, where = join_slices(slices, keys)
    of_run = next(iter(slices.values())).uns
    for name in (key, _keys.explained(key)):
        if name in of_run:
            joint.uns[name] = of_run[name]
    return joint, where

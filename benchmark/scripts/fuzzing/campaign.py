"""Every reader on damaged input: what becomes of each mutant, counted, and the bad ones kept."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from .damage import damage
from .door import Door
from .more_slices import MORE_SLICES
from .pool import Worker
from .records import RECORDS
from .slices import SLICES
from .tables import TABLES

DOORS = {door.name: door for door in (*SLICES, *MORE_SLICES, *TABLES, *RECORDS)}

SAME, REFUSED, TOLD, SILENT, TRACEBACK, CRASH, HANG = KINDS = (
    "same",
    "refused",
    "told",
    "silent",
    "traceback",
    "crash",
    "hang",
)
BAD = (TRACEBACK, CRASH, HANG)  # what no input may lead to


@dataclass(frozen=True)
class Mutant:
    """A damaged input and what became of it."""

    door: str
    number: int
    recipe: str
    outcome: str
    said: str


def read(name: str, folder: str) -> dict[str, str]:
    """Read what lies in a folder through a door; runs in the worker."""
    return DOORS[name].read(Path(folder))


def try_door(
    door: Door, numbers: Iterable[int], *, seed: int, worker: Worker, keep: Path | None = None
) -> list[Mutant]:
    """Read mutants of a door's input.

    Parameters
    ----------
    door
        The reader.
    numbers
        Which mutants; the same number of the same seed is the same mutant.
    seed
        Of the campaign.
    worker
        Does the reading.
    keep
        Folder for the mutants that led to something bad, or were read as something else without a word.

    Returns
    -------
    The mutants.
    """
    found = []
    with TemporaryDirectory() as room:
        whole = Path(room) / "whole"
        whole.mkdir()
        door.make(whole)
        first = worker.do(door.name, str(whole))
        if first.kind != "done":
            raise RuntimeError(f"{door.name}: sound input is not read: {first}")
        for number in numbers:
            mutant = Path(room) / "mutant"
            shutil.copytree(whole, mutant)
            recipe = damage(mutant, door.targets, Random(f"{seed}/{door.name}/{number}"))
            kept = Path(room) / "kept"
            shutil.copytree(mutant, kept)  # some readers tidy up
            result = worker.do(door.name, str(mutant))
            outcome, said = result.kind, result.said
            if result.kind == "done":
                other = sorted(
                    name
                    for name in {*first.said, *result.said}
                    if first.said.get(name) != result.said.get(name)
                )
                outcome = SAME if not other else TOLD if result.told else SILENT
                said = f"other {', '.join(other[:6])}" if other else ""
            elif result.kind == REFUSED and ("\n" in said or not said):
                outcome, said = TRACEBACK, f"a message of {said.count(chr(10)) + 1} lines: {said[:200]}"
            one = Mutant(door.name, number, recipe, outcome, str(said))
            found.append(one)
            if keep is not None and outcome in (*BAD, SILENT):
                _keep(kept, one, keep)
            shutil.rmtree(kept)
            shutil.rmtree(mutant, ignore_errors=True)
    return found


def _keep(folder: Path, mutant: Mutant, keep: Path) -> None:
    name = "".join(letter if letter.isalnum() else "_" for letter in mutant.door)
    place = keep / mutant.outcome / f"{name}-{mutant.number}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place / "input")
    (place / "recipe.json").write_text(json.dumps(asdict(mutant), indent=1))


def counted(mutants: Iterable[Mutant], kinds: Iterable[str]) -> list[dict[str, Any]]:
    """A row a door: how many mutants, or calls, came to which end."""
    by_door: dict[str, Counter] = {}
    for one in mutants:
        by_door.setdefault(one.door, Counter())[one.outcome] += 1
    return [
        {"door": door, "tried": sum(ends.values()), **{kind: ends[kind] for kind in kinds}}
        for door, ends in by_door.items()
    ]

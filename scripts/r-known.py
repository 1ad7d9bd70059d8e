#!/usr/bin/env python3
"""Write R/known.R: what R has to know of Python before it starts it, from Python's own declarations."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from semst import models, semantics
from semst._r._sources import SOURCES
from semst._settings import names
from semst._validate import ENSEMBL, SYMBOL_COLUMNS
from semst.train import Compute

FILE = Path(__file__).resolve().parents[1] / "R" / "known.R"


def vector(values: Iterable[str], indent: str = "") -> str:
    """An R vector of strings, as many a line as fit."""
    lines, line = [], f"{indent}   "
    for value in values:
        if len(line) + len(value) + 4 > 79:
            lines.append(line)
            line = f"{indent}   "
        line += f' "{value}",'
    return "c(\n" + "\n".join([*lines, line]).rstrip(",") + f"\n{indent})"


def listed(name: str, entries: dict[str, list[str]]) -> str:
    """An R list of such vectors."""
    parts = [
        f"    {key} = {vector(values, '    ') if values else 'character()'}"
        for key, values in entries.items()
    ]
    return f"{name} <- list(\n" + ",\n".join(parts) + "\n)"


def as_text() -> str:
    """Put together the file."""
    shared = [one for one in names(Compute) if one != "progress"]  # R has it as `verbose`
    of_models = {f"`{name}`": names(models.get(name).Config) for name in models.available()}
    of_sources = {kind: [one.name for one in fields(getattr(semantics, kind))] for kind in SOURCES}
    of_vectors = names(models.ModelConfig)
    return f"""# Written by scripts/r-known.py from Python's declarations; change those.

# settings of a run, whatever the model, and of each model
.settingsShared <- {vector(shared)}
{listed(".settingsOfModels", of_models)}

# settings of the semantic sources, and of the step that makes vectors of one
{listed(".settingsOfSources", of_sources)}
.settingsOfVectors <- {vector(of_vectors)}

# names of columns with gene symbols, in lower case and without what is neither letter nor
# digit, the first that fits; and the form of Ensembl IDs
.symbolColumns <- {vector(SYMBOL_COLUMNS)}
.ensembl <- "{ENSEMBL.pattern.replace(chr(92), chr(92) * 2)}"
"""


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")

#!/usr/bin/env python3
"""Draw which room of the package imports which: python scripts/import_picture.py.

Read from the code as it stands, imports inside functions included. tests/python/test_architecture.py holds
the code to FLOORS with the functions of this file, docs/developers/architecture.md shows what it draws.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "python" / "semst"
PICTURE = ROOT / "docs" / "developers" / "architecture.svg"

# From the ground up. A room imports only from the floors below it.
COMMON = "common"  # the private modules beside the rooms: semst._keys, semst._errors, semst._validate, ...
DOOR = "semst"  # semst/__init__.py, which re-exports and is imported by no room
WIDE = {COMMON, DOOR}  # are drawn as bars, without their arrows
WIDTH = 10.0
FLOORS = (
    (COMMON,),
    ("distributed", "nn", "pp", "gr", "metrics", "compare"),
    ("train", "semantics", "data", "cluster"),
    ("models", "explain"),
    ("tl", "io"),
    ("pl", "datasets"),
    ("cli", "_r"),
    (DOOR,),
)


class Import(NamedTuple):
    """One imported name: where it stands, as a dotted path, and what it takes."""

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}: {self.target}"


def own_imports(source: str, module: str, *, package: bool, root: str = "semst") -> Iterator[Import]:
    """What of `root` a module imports, wherever in it that stands."""
    parts = module.split(".")
    home = parts if package else parts[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = home[: len(home) - node.level + 1] if node.level else []
            base = [*start, *([node.module] if node.module else [])]
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        yield from (Import(module, name, node.lineno) for name in names if name.split(".")[0] == root)


def modules(folder: Path = PACKAGE) -> Iterator[tuple[str, Path]]:
    """Dotted name and file of every module in a package."""
    for file in sorted(folder.rglob("*.py")):
        parts = [folder.name, *file.relative_to(folder).with_suffix("").parts]
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def all_imports(folder: Path = PACKAGE) -> list[Import]:
    """Every import of the package's own in it."""
    return [
        one
        for name, file in modules(folder)
        for one in own_imports(file.read_text(encoding="utf-8"), name, package=file.name == "__init__.py")
    ]


def room(dotted: str) -> str:
    """The room that a module, or a name in it, belongs to."""
    parts = dotted.split(".")
    if len(parts) == 1:
        return DOOR
    name = parts[1]
    if any(name in names for names in FLOORS):
        return name
    if name.startswith("_"):
        return COMMON
    is_module = (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()
    return name if is_module else DOOR  # what the front door re-exports


def floor(name: str) -> int:
    """On which floor a room lies, counted from the ground."""
    for number, names in enumerate(FLOORS):
        if name in names:
            return number
    raise KeyError(f"{name} stands on no floor; add it to FLOORS in scripts/import_picture.py")


def between_rooms(imports: Iterable[Import]) -> Counter[tuple[str, str]]:
    """How often one room imports from another."""
    pairs = ((room(one.module), room(one.target)) for one in imports)
    return Counter((start, end) for start, end in pairs if start != end)


def said(edges: Iterable[tuple[str, str]]) -> str:
    """The arrows in words; stands in the picture, so that a test can tell an old one."""
    return " ".join(f"{start}->{end}" for start, end in sorted(edges) if not WIDE.intersection((start, end)))


def _direct(edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those that no chain of others stands for."""

    def reached(start: str, without: tuple[str, str]) -> set[str]:
        found: set[str] = set()
        todo = [end for begin, end in edges if begin == start and (begin, end) != without]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += [end for begin, end in edges if begin == name]
        return found

    return {edge for edge in edges if edge[1] not in reached(edge[0], edge)}


def _places() -> dict[str, tuple[float, float]]:
    """Middle of every box; floors of two are set off in turn, so that few arrows pass behind a box."""
    places = {}
    for number, names in enumerate(FLOORS):
        for index, name in enumerate(names):
            aside = 0.06 * (-1) ** number if len(names) == 2 else 0.0
            places[name] = (WIDTH * ((index + 0.5) / len(names) + aside), 1.35 * number)
    return places


def main() -> None:
    """Write the picture."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "semst"  # the same imports give the same file
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

    edges = between_rooms(all_imports())
    drawn = sorted(edge for edge in edges if not WIDE.intersection(edge))
    direct = _direct(drawn)
    places = _places()
    figure, axes = plt.subplots(figsize=(9, 8.2))
    for start, end in drawn:
        plain = (start, end) in direct
        (x0, y0), (x1, y1) = places[start], places[end]
        arrow = FancyArrowPatch(
            (x0, y0 - 0.27),
            (x1, y1 + 0.27),
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
            linewidth=1.2 if plain else 0.6,
            color="#33557a" if plain else "#c9d3de",
            zorder=2 if plain else 1,
        )
        axes.add_patch(arrow)
    for name, (x, y) in places.items():
        wide = WIDTH - 0.3 if name in WIDE else 1.42
        color = "#eef1f4" if name in WIDE else "#ffffff"
        box = FancyBboxPatch(
            (x - wide / 2, y - 0.22),
            wide,
            0.44,
            boxstyle="round,pad=0.05",
            facecolor=color,
            edgecolor="#33557a",
            zorder=3,
        )
        axes.add_patch(box)
        label = {
            COMMON: "common: semst._keys, _errors, _validate, _settings, …; every room may import them",
            DOOR: "semst: re-exports the rooms",
        }.get(name, name)
        axes.text(x, y, label, ha="center", va="center", fontsize=10, zorder=4)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(-0.5, max(y for _, y in places.values()) + 0.5)
    axes.set_axis_off()
    figure.savefig(PICTURE, bbox_inches="tight", metadata={"Date": None, "Description": said(edges)})
    print(f"{PICTURE.relative_to(ROOT)}: {len(drawn)} arrows between {len(places) - 2} rooms")


if __name__ == "__main__":
    main()

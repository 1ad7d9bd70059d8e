"""Floors and rooms: nothing imports upward, and no room reaches into another's private modules."""

import ast
import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("import_picture", ROOT / "scripts" / "import_picture.py")
picture = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(picture)

# Imports that break a rule, "module: target", with the reason. Empty is how it should stay.
UPWARD: dict[str, str] = {}
PRIVATE: dict[str, str] = {}
# rooms that take arrays and tensors and have never heard of AnnData
WITHOUT_ANNDATA = ("nn", "train", "pp", "metrics", "cluster", "compare", "models", "explain")


def upward(imports):
    """Imports of a room on the same floor or above it."""
    for one in imports:
        start, end = picture.room(one.module), picture.room(one.target)
        if start != end and picture.floor(end) >= picture.floor(start):
            yield one


def private(imports):
    """Imports of another room's private modules or names; the common modules have no public ones."""
    for one in imports:
        end = picture.room(one.target)
        inner = one.target.split(".")[2:]
        if picture.room(one.module) != end and end != picture.COMMON and any(_hidden(part) for part in inner):
            yield one


def _hidden(name):
    return name.startswith("_") and not name.startswith("__")


def told(imports):
    return {f"{one.module}: {one.target}": str(one) for one in imports}


@pytest.fixture(scope="module")
def imports():
    return picture.all_imports()


def test_nothing_imports_upward(imports):
    found = told(upward(imports))
    assert not [text for name, text in found.items() if name not in UPWARD]
    assert not set(UPWARD) - set(found), "no longer needed"


def test_no_room_reaches_into_another_ones_private_modules(imports):
    found = told(private(imports))
    assert not [text for name, text in found.items() if name not in PRIVATE]
    assert not set(PRIVATE) - set(found), "no longer needed"


def test_the_benchmark_uses_what_is_public():
    folder = ROOT / "benchmark" / "semst_benchmark"
    taken = [
        one
        for name, file in picture.modules(folder)
        for one in picture.own_imports(
            file.read_text(encoding="utf-8"), name, package=file.name == "__init__.py", root="semst"
        )
    ]
    assert taken
    assert not [str(one) for one in taken if any(_hidden(part) for part in one.target.split(".")[1:])]


@pytest.mark.parametrize(
    ("source", "module", "upwards", "hidden"),
    [
        ("from semst import tl", "semst.pp._genes", True, False),
        ("def f():\n    import semst.pl", "semst.tl._run", True, False),
        ("from ..train import fit", "semst.cluster._em", True, False),  # the same floor
        ("from semst import SemST", "semst.tl._run", True, False),  # by the front door
        ("from semst.gr._knn import pairs", "semst.models._graphs", False, True),
        ("from semst.gr import _knn", "semst.models._graphs", False, True),
        ("from ...nn import _zinb", "semst.models.backbones.sedr", False, True),
        ("import semst.nn._zinb", "semst.models._fit", False, True),
        ("from semst import nn, pp", "semst.models._fit", False, False),
        ("from . import _graphs", "semst.models._fit", False, False),
        ("from semst._settings import setting", "semst.models._fit", False, False),
        ("from semst import __version__, _words", "semst.pp._genes", False, False),
    ],
)
def test_what_breaks_a_rule_is_seen(source, module, upwards, hidden):
    found = list(picture.own_imports(source, module, package=False))
    assert found and bool(list(upward(found))) == upwards
    assert bool(list(private(found))) == hidden


def test_every_room_stands_on_a_floor():
    for name, _ in picture.modules():
        picture.floor(picture.room(name))
    rooms = {picture.room(name) for name, _ in picture.modules()}
    assert rooms == {name for floor in picture.FLOORS for name in floor}
    assert picture.room("semst.SemST") == picture.DOOR
    with pytest.raises(KeyError, match="attic stands on no floor"):
        picture.floor("attic")


@pytest.mark.parametrize("name", WITHOUT_ANNDATA)
def test_rooms_of_arrays_know_no_anndata(name):
    for file in (picture.PACKAGE / name).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            taken = []
            if isinstance(node, ast.Import):
                taken = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                taken = [node.module]
            assert not [one for one in taken if one.split(".")[0] == "anndata"], file


def test_the_picture_and_the_page_are_those_of_the_code(imports):
    drawn = ET.parse(picture.PICTURE).getroot().find(".//{http://purl.org/dc/elements/1.1/}description").text
    assert drawn == picture.said(picture.between_rooms(imports)), "run: python scripts/import_picture.py"
    page = (ROOT / "docs" / "developers" / "architecture.md").read_text(encoding="utf-8")
    for number, names in enumerate(picture.FLOORS[1:-1], start=1):
        row = f"| {number} | " + ", ".join(f"`{name}`" for name in names) + " |"
        assert row in page, f"the table of floors lacks: {row}"

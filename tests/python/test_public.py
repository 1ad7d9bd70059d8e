"""Public names: each has its words, each stands on a page of the API, and docs name no others."""

import inspect
import re
import types
from importlib import import_module
from pathlib import Path

import pytest

import semst

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [name for name in semst.__all__ if isinstance(getattr(semst, name), types.ModuleType)]
PUBLIC = [(room, name) for room in ROOMS for name in getattr(import_module(f"semst.{room}"), "__all__", [])]


def _object(room, name):
    return getattr(import_module(f"semst.{room}"), name)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_page_of_the_api(room):
    page = ROOT / "docs" / "api" / f"{room}.md"
    assert f"automodule:: semst.{room}\n" in page.read_text()


@pytest.mark.parametrize(("room", "name"), [pytest.param(*one, id=".".join(one)) for one in PUBLIC])
def test_every_public_name_is_documented(room, name):
    thing = _object(room, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return  # a constant or a type; its room's page shows it
    words = thing.__doc__ or ""
    assert words.strip(), "no docstring"
    assert "Examples\n" in words or not inspect.isfunction(thing), "no example"
    taken = inspect.signature(thing).parameters.values() if inspect.isfunction(thing) else ()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    missing = [one.name for one in taken if one.kind in kinds and not re.search(rf"\b{one.name}\b", words)]
    assert not missing, f"no word on {', '.join(missing)}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("**/*.md")) + [ROOT / "README.md"])
def test_docs_name_what_is_public(page):
    named = set(re.findall(r"\bsemst\.(\w+)\.([A-Za-z]\w+)", page.read_text())) & {
        (room, name) for room in ROOMS for name in dir(import_module(f"semst.{room}"))
    }
    assert not [f"semst.{room}.{name}" for room, name in named - set(PUBLIC)]

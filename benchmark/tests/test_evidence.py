"""What stands in the docs as measured is measured by one command, and put there by another."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "benchmark" / "scripts"
SPEC = importlib.util.spec_from_file_location("fill_pages", SCRIPTS / "fill_pages.py")
fill_pages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fill_pages)


def test_what_was_measured_takes_the_place_of_what_was_there():
    page = "a\n\n<!-- measured: one -->\n\nold\n\n<!-- end -->\n\n"
    page += "<!-- measured: two -->\n\nstays\n\n<!-- end -->\n"
    new, missing = fill_pages.filled(page, {"one": "| 1 |"})
    assert new == page.replace("old", "| 1 |") and missing == ["two"]
    assert fill_pages.shown("|---|") == "|---|"
    assert fill_pages.shown("2 s") == "```text\n2 s\n```"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("**/*.md")), ids=lambda page: page.stem)
def test_every_measured_block_has_its_command_and_is_filled(page):
    text = page.read_text(encoding="utf-8")
    names = re.findall(r"<!-- measured: ([\w-]+) -->", text)
    blocks = fill_pages._BLOCK.findall(text)
    assert [name for _, name, *_ in blocks] == names, "a block without its end"
    runs = set(re.findall(r"^  run ([\w-]+) ", (SCRIPTS / "evidence.sh").read_text(), re.MULTILINE))
    assert set(names) <= runs | {"version"}
    assert all(len(inner) > 20 for _, _, inner, _ in blocks), "nothing was measured"

"""What the R package holds of Python's declarations is as Python declares it."""

import importlib.util
import re
import types
from pathlib import Path

import pytest

import semst
from semst import models

ROOT = Path(__file__).resolve().parents[2]


def _script(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_names_of_settings_in_r_are_those_of_python():
    known = _script("r-known")
    assert known.FILE.read_text(encoding="utf-8") == known.as_text(), "run: scripts/r-known.py"
    for model in models.available():
        assert f"`{model}` = c(" in known.as_text()


def test_the_table_of_verbs_is_that_of_the_code_and_whole():
    parity = _script("r-parity")
    assert parity.faults() == []
    assert parity.PAGE.read_text(encoding="utf-8") == parity.page(), "run: scripts/r-parity.py"
    rooms = {name for name in semst.__all__ if isinstance(getattr(semst, name), types.ModuleType)}
    assert set(parity.VERBS) | set(parity.ROOMS) == rooms
    assert not set(parity.VERBS) & set(parity.ROOMS)


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("VERBS", {"tl": {}}, "semst.tl.run has neither verb nor reason"),
        ("VERBS", {"datasets": {"gone": "publicSlice()"}}, "semst.datasets has no gone"),
        ("VERBS", {"datasets": {"fetch": "fetchSlice()"}}, "R exports no fetchSlice()"),
        ("R_ONLY", {}, "semstPython() of R is in no row"),
        ("WHY_NOT", {"datasets": {"fetch": "far away"}}, "fetch of semst.datasets has both"),
    ],
)
def test_a_gap_in_the_table_is_told(monkeypatch, table, change, told):
    parity = _script("r-parity")
    before = getattr(parity, table)
    monkeypatch.setattr(parity, table, {**before, **change} if change else {})
    assert told in parity.faults()


def test_every_reason_is_a_sentence():
    parity = _script("r-parity")
    reasons = [why for room in parity.WHY_NOT.values() for why in room.values()]
    assert all(
        len(re.findall(r"\w+", why)) >= 3 for why in [*reasons, *parity.ROOMS.values()] if "(" not in why
    )

"""A short seed of the campaign of damaged files and wrong calls; the long one is ``make fuzz``."""

import sys
import warnings
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzzing.calls import MAKERS, do, try_calls
from fuzzing.campaign import BAD, DOORS, SAME, read, try_door
from fuzzing.damage import damage
from fuzzing.misbehave import misbehave
from fuzzing.pool import Worker

MUTANTS = 8
STEPS = {"settings": 40, "shell": 60, "tl": 30, "pl": 40, "io": 20, "arguments of a run": 20, "data": 7}


@pytest.fixture(scope="module")
def reader():
    worker = Worker(read)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def caller():
    worker = Worker(do)
    yield worker
    worker.close()


@pytest.mark.parametrize("name", DOORS)
def test_no_damaged_file_ends_in_a_traceback(name, reader):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = try_door(DOORS[name], range(MUTANTS), seed=0, worker=reader)
    assert [one for one in found if one.outcome in BAD] == []
    # what is damaged in the cache is embedded anew
    assert name == "vector cache" or any(one.outcome != SAME for one in found)


@pytest.mark.parametrize("name", MAKERS)
def test_no_wrong_call_ends_in_a_traceback(name, caller):
    found = try_calls(name, caller, step=STEPS[name])
    assert [one for one in found if one.outcome in BAD] == []
    assert any(one.outcome == "refused" for one in found)


def test_the_same_seed_makes_the_same_mutant(tmp_path):
    made = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        DOORS["gene sets .gmt"].make(folder)
        recipe = damage(folder, ("*",), Random("0/x/3"))
        made.append((recipe, {p.name: p.read_bytes() for p in folder.iterdir()}))
    assert made[0] == made[1]


def test_what_dies_hangs_or_eats_memory_is_seen_for_what_it_is(monkeypatch):
    monkeypatch.setattr("fuzzing.pool.SECONDS", 4.0)
    worker = Worker(misbehave)
    kinds = [worker.do(how).kind for how in ("refuse", "mistake", "eat", "crash", "hang", "refuse")]
    worker.close()
    assert kinds == ["refused", "traceback", "traceback", "crash", "hang", "refused"]

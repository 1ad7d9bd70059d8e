"""Whole processes side by side: what is started, what is measured, and the table."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import side_by_side


def _program(code):
    return side_by_side.Program("some", [sys.executable, "-c", code])


def test_settings_of_ours_come_from_one_text():
    program = side_by_side.ours("preset=paper,explain=false,epochs=3", Path("slice.h5ad"), 7, "depth")
    assert program.name == "semst, preset=paper,explain=false,epochs=3"
    assert program.command[-3:-1] == ["slice.h5ad", "7"]
    assert json.loads(program.command[-1]) == {
        "depth_key": "depth",
        "preset": "paper",
        "explain": False,
        "epochs": 3,
    }
    plain = side_by_side.ours("", Path("slice.h5ad"), 7, None)
    assert (plain.name, plain.command[-1]) == ("semst, default", "{}")


def test_seconds_and_memory_are_those_of_the_process_and_unlabelled_spots_do_not_count():
    code = """
import sys, time
held = bytearray(300 * 2**20)
until = time.process_time() + 0.6
while time.process_time() < until:
    pass
open(sys.argv[-1], "w").write("b\\nb\\na\\na\\nb")
"""
    found = side_by_side.measure(_program(code), pd.Series(["1", "1", "2", "2", None]))
    assert 0.6 <= found["CPU s"] < 5 and found["wall s"] >= 0.6
    assert found["peak GB"] > 0.29
    assert found["ARI"] == 1.0


def test_every_process_has_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    code = "import os, sys; print('threads:', os.environ['OMP_NUM_THREADS']); sys.exit(1)"
    with pytest.raises(SystemExit, match="threads: 1$"):
        side_by_side.measure(_program(code), pd.Series(["a"]))


def test_a_program_that_fails_says_what_it_said():
    with pytest.raises(SystemExit, match=r"some ended with 3:\n.*no such slice"):
        side_by_side.measure(_program("import sys; print('no such slice'); sys.exit(3)"), pd.Series(["a"]))


def test_ratios_are_taken_within_a_round():
    rounds = [
        {"semst, default": _row(30.0), "cellcharter": _row(10.0)},
        {"semst, default": _row(80.0), "cellcharter": _row(20.0)},
        {"semst, default": _row(20.0), "cellcharter": _row(10.0)},
    ]
    lines = side_by_side.table(rounds).splitlines()
    assert lines[0] == "| | CPU s | wall s | peak GB | ARI | CPU s / cellcharter's |"
    assert lines[2] == "| semst, default | 30.0 (20.0–80.0) | 1.0 | 2.00 | 0.500 | 3.00 (2.00–4.00) |"
    assert lines[3] == "| cellcharter | 10.0 (10.0–20.0) | 1.0 | 2.00 | 0.500 | 1.00 |"


def test_without_the_yardstick_there_is_no_ratio():
    lines = side_by_side.table([{"semst, default": _row(30.0)}]).splitlines()
    assert lines[0] == "| | CPU s | wall s | peak GB | ARI |"
    assert lines[2] == "| semst, default | 30.0 | 1.0 | 2.00 | 0.500 |"
    assert len({line.count("|") for line in lines}) == 1


def test_what_cannot_be_installed_is_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(side_by_side, "ENVIRONMENTS", tmp_path)

    def refuse(command, **_):
        raise side_by_side.subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(side_by_side.subprocess, "run", refuse)
    assert list(side_by_side.others(Path("slice.h5ad"), 7)) == []
    assert "cellcharter is left out: it could not be installed" in capsys.readouterr().err


def _row(seconds):
    return {"CPU s": seconds, "wall s": 1.0, "peak GB": 2.0, "ARI": 0.5}

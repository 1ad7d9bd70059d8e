"""Progress: lines where no terminal is, at the right times; a bar where one is."""

import io
import subprocess
import sys

import pytest

from semst import _progress
from semst._progress import Lines, shown_on, track


class Clock:
    """Seconds that pass by a step with every look."""

    def __init__(self, step):
        self.step, self.at = step, -step

    def __call__(self):
        self.at += self.step
        return self.at


def lines(n, step, **options):
    stream = io.StringIO()
    found = list(Lines(range(n), desc="training", stream=stream, now=Clock(step), **options))
    assert found == list(range(n))
    return stream.getvalue().splitlines()


def test_a_line_at_every_tenth_where_tenths_are_more_than_ten_seconds_apart():
    said = lines(50, 4.0)
    assert [line.split()[2] for line in said] == [
        "6",
        "12",
        "20",
        "30",
        "40",
        "50",
        "60",
        "70",
        "80",
        "90",
        "100",
    ]
    assert said[0] == "semst: training: 6 % (3 of 50, 4.00 s each, 03:08 left)"
    assert said[-1] == "semst: training: 100 % (50 of 50, 4.00 s each, 00:00 left)"


def test_no_two_lines_within_ten_seconds():
    said = lines(100, 0.5)  # tenths are 5 s apart
    assert [line.split()[2] for line in said] == ["20", "40", "60", "80", "100"]
    assert "2.0 a second, 00:40 left" in said[0]


def test_nothing_is_said_of_what_is_done_in_ten_seconds():
    assert lines(90, 0.1) == []


def test_a_line_a_minute_where_a_tenth_takes_longer():
    assert [line.split("(")[1].split()[0] for line in lines(1000, 30.0)[:4]] == ["1", "3", "5", "7"]


def test_without_a_total_there_is_neither_share_nor_time_left():
    stream = io.StringIO()
    list(Lines(iter(range(5)), desc="reading", stream=stream, now=Clock(61.0)))
    assert stream.getvalue().splitlines()[0] == "semst: reading: (1 done, 61.00 s each)"


def test_figures_are_shown_beside_it():
    stream = io.StringIO()
    bar = Lines(range(2), desc="training", stream=stream, now=Clock(11.0))
    for _ in bar:
        bar.set_postfix(loss="0.5000")
    assert stream.getvalue().endswith("left, loss=0.5000)\n")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "drawn"), [(Terminal, True), (io.StringIO, False)])
def test_a_terminal_has_its_bar_and_a_file_no_redraws(stream, drawn, monkeypatch):
    monkeypatch.setattr(_progress, "BETWEEN", 0.0)
    with shown_on(stream()) as _, shown_on(where := stream()):
        assert sum(track([1, 2, 3], desc="adding")) == 6
    assert ("\r" in where.getvalue()) == drawn
    assert ("semst: adding: 100 % (3 of 3" in where.getvalue()) != drawn


def test_a_process_without_a_terminal_writes_lines_to_the_error_stream():
    code = (
        "from semst import _progress; _progress.BETWEEN = 0.0\n"
        "for _ in _progress.track(range(20), desc='training', unit='epoch'): pass\n"
        "for _ in _progress.track(range(20), desc='hidden', show=False): pass"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "" and "\r" not in done.stderr and "hidden" not in done.stderr
    assert len(done.stderr.splitlines()) == 11  # the first item, and every tenth

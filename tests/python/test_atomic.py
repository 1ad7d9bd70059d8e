"""Files and folders that appear whole or not at all, whoever dies, and whoever else writes there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from semst import SemSTError, _atomic
from semst._atomic import atomic_path
from semst._locks import is_free, locked

KINDS = ("file", "folder")


def put(place: Path, text: str, kind: str = "file") -> None:
    if kind == "folder":
        place.mkdir()
        place = place / "data"
    place.write_text(text)


def content(place: Path) -> str:
    return (place / "data" if place.is_dir() else place).read_text()


def left(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("former", [None, *KINDS])
@pytest.mark.parametrize("exchange", [True, False])
def test_what_is_there_is_replaced_by_what_is_whole(tmp_path, kind, former, exchange, monkeypatch):
    if not exchange:  # systems that cannot swap two names
        monkeypatch.setattr(_atomic, "_exchanged", lambda one, other: False)
    final = tmp_path / "out"
    if former:
        put(final, "former", former)
    with atomic_path(final, overwrite=True) as part:
        put(part, "new", kind)
        assert not former or content(final) == "former"
    assert content(final) == "new" and left(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("links", [True, False])
def test_what_appears_in_the_meantime_stays(tmp_path, kind, other, links, monkeypatch):
    if not links:

        def without(*args, **kwargs):
            raise PermissionError(1, "no hard links on this file system")

        monkeypatch.setattr(os, "link", without)
    final = tmp_path / "out"
    with (
        pytest.raises(SemSTError, match=r"out has appeared while this was written.* Choose another name"),
        atomic_path(final) as part,
    ):
        put(part, "mine", kind)
        put(final, "other", other)
    assert content(final) == "other" and left(tmp_path) == ["out"]


def test_two_processes_at_once_and_one_result(tmp_path):
    code = """
import sys
from semst._atomic import atomic_path
try:
    with atomic_path(sys.argv[1]) as part:
        part.write_text(sys.argv[2])
        print("ready", flush=True)
        sys.stdin.readline()
except ValueError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "out.txt"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    said = [run.communicate("go\n", timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 1] and "SemSTError" in said[1]
    assert (tmp_path / "out.txt").read_text() == "one" and left(tmp_path) == ["out.txt"]


KILLED = """
import os, pathlib, signal, sys
from semst import _atomic
target, kind, step = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
count = 0
def counted(name, whole):
    def call(*args, **kwargs):
        global count
        result = whole(*args, **kwargs)
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call
for name in ("replace", "rename", "link", "fsync"):
    setattr(os, name, counted(name, getattr(os, name)))
_atomic._exchanged = counted("exchange", _atomic._exchanged)
with _atomic.atomic_path(target, overwrite=True) as part:
    if kind == "folder":
        part.mkdir()
        part = part / "data"
    part.write_text("new")
print("ended")
"""


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="this system cannot swap two folders")
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_moment_of_a_kill_something_whole_is_there_and_nothing_is_left_later(tmp_path, kind):
    final = tmp_path / "out"
    put(final, "former", kind)
    for step in range(1, 9):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(final), kind, str(step)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert content(final) in ("former", "new")
        if done.stdout == "ended\n":
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert step > 2  # it was killed at every step of its way
    with atomic_path(tmp_path / "out", overwrite=True) as part:
        put(part, "last", kind)
    assert content(final) == "last" and left(tmp_path) == ["out"]


def test_what_a_living_process_writes_is_no_leftover(tmp_path):
    with atomic_path(tmp_path / "out", overwrite=True) as part:
        put(part, "slow")
        with atomic_path(tmp_path / "out", overwrite=True) as other:
            put(other, "fast")
        assert content(part) == "slow"
    assert content(tmp_path / "out") == "slow" and left(tmp_path) == ["out"]


def test_folders_of_others_are_no_leftovers(tmp_path):
    (tmp_path / ".out.12345678").mkdir()  # without a lock: not ours, or of a system without locks
    (tmp_path / ".out.[ab].1234567").mkdir()
    with atomic_path(tmp_path / "out") as part:
        put(part, "new")
    assert left(tmp_path) == [".out.12345678", ".out.[ab].1234567", "out"]


def test_names_with_letters_that_mean_something_to_the_shell(tmp_path):
    for name in ("a[1]*?.txt", ".hidden", "ü x"):
        with atomic_path(tmp_path / name) as part:
            put(part, name)
        assert content(tmp_path / name) == name


def test_a_lock_is_free_when_its_holder_is_gone(tmp_path):
    file = tmp_path / "lock"
    with locked(file):
        assert file.exists() and not is_free(file)
    assert is_free(file) or sys.platform == "win32"
    assert not is_free(tmp_path / "none")


def test_nothing_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing was written"), atomic_path(tmp_path / "out"):
        pass
    assert left(tmp_path) == []


def test_what_a_killed_one_of_two_has_left_goes_with_the_other_or_with_the_next(tmp_path):
    dead = tmp_path / ".out.abcdefgh"
    with atomic_path(tmp_path / "out") as part:
        dead.mkdir()
        (dead / ".lock").touch()
        part.write_text("one")
    assert left(tmp_path) == ["out"]
    dead.mkdir()
    (dead / ".lock").touch()
    with pytest.raises(SemSTError, match="exists already"), atomic_path(tmp_path / "out"):
        pass
    assert left(tmp_path) == ["out"]


def test_an_empty_folder_from_before_the_lock_goes_later_and_no_other(tmp_path):
    for name in ("abcdefgh", "12345678"):
        (tmp_path / f".out.{name}").mkdir()
    (tmp_path / ".out.12345678" / "thesis").touch()
    for folder in tmp_path.iterdir():
        os.utime(folder, (0, 0))
    (tmp_path / ".out.11111111").mkdir()
    with atomic_path(tmp_path / "out") as part:
        part.write_text("one")
    assert left(tmp_path) == [".out.11111111", ".out.12345678", "out"]

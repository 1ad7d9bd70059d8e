"""Commands of other distributions: listed in both cases, loaded when run, and how to get a missing one."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest
import typer
from typer.testing import CliRunner

from semst.cli import _late, app


def toy(times: int = 1) -> None:
    """Say hello."""
    typer.echo("hello " * times)


@pytest.fixture
def installed(monkeypatch):
    """Set the entry points of the group."""

    def set_to(**values):
        found = EntryPoints(EntryPoint(name, value, _late.GROUP) for name, value in values.items())
        monkeypatch.setattr(_late, "entry_points", lambda group: found)

    return set_to


def test_a_command_of_another_distribution_runs_with_its_options_and_has_its_help(installed):
    installed(toy=f"{__name__}:toy")
    assert CliRunner().invoke(app, ["toy", "--times", "2"]).output == "hello hello \n"
    assert "Say hello" in CliRunner().invoke(app, ["toy", "--help"]).output


def test_what_is_not_installed_is_listed_and_says_in_a_line_how_to_get_it(installed):
    installed()
    assert "benchmark" in CliRunner().invoke(app, ["--help"]).output
    for arguments in (["benchmark"], ["benchmark", "--help"], ["benchmark", "table1", "--jobs", "2"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert "The command benchmark is not installed. To get it: pip install ./benchmark" in result.output
        assert len(result.output.splitlines()) == 1


def test_what_nobody_has_is_no_command(installed):
    installed()
    result = CliRunner().invoke(app, ["tabel"])
    assert result.exit_code == 2
    assert "No such command" in result.output


def test_listing_commands_imports_none_of_them(installed):
    installed(benchmark="no_such_module:command")
    assert "Run the paper's tables" in CliRunner().invoke(app, ["--help"]).output
    lines = ["import sys", "from semst.cli import app", "app(['--help'], standalone_mode=False)"]
    code = "\n".join([*lines, "print('torch' in sys.modules)"])
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "False"

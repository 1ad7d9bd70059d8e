"""`semst benchmark` from the outside."""

import pytest
import yaml
from typer.testing import CliRunner

from semst.cli import app


@pytest.fixture
def suite_file(content, tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(content()))
    return path


def _run(*arguments):
    return CliRunner().invoke(app, ["benchmark", *map(str, arguments)])


def test_without_a_suite_the_built_in_ones_are_listed():
    result = _run()
    assert result.exit_code == 0
    assert "table1" in result.output
    assert "figure4" in result.output


def test_tables_pictures_and_page_of_what_is_there(finished, suite_file, tmp_path):
    _, out = finished
    page = tmp_path / "page.md"
    result = _run(suite_file, "--out", out, "--only-collect", "--quiet", "--report", page)
    assert result.exit_code == 0, result.output
    assert "8 done, 0 failed" in result.output
    assert (out / "small" / "small.csv").is_file()
    assert "Protocol" in page.read_text()


def test_the_page_is_written_before_a_reader_can_close_the_pipe(finished, suite_file, tmp_path, monkeypatch):
    _, out = finished
    page = tmp_path / "page.md"

    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr("semst_benchmark._command._tell", closed)
    assert _run(suite_file, "--out", out, "--only-collect", "-q", "--report", page).exit_code != 0
    assert "Protocol" in page.read_text()


def test_part_of_a_suite(finished, suite_file):
    _, out = finished
    result = _run(suite_file, "--out", out, "--only-collect", "-q", "--models", "PCA", "--seeds", "1")
    assert "2 done, 0 failed" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tabel1"], "no suite 'tabel1'"),
        (["table1", "--data", "/no/such/folder"], "is no folder"),
        (["table1", "--report", "page.html"], "written as Markdown"),
        (["table1", "--models", "gpt"], "--models: gpt: not in this suite"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(arguments, message):
    result = _run(*arguments)
    assert result.exit_code == 2
    assert message in result.output

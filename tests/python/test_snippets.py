"""What README and docs tell people to type: it runs, or at least it names what there is."""

import ast
import contextlib
import contextvars
import inspect
import io
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from click.exceptions import ClickException
from click.exceptions import Exit as ClickExit

import semst
from semst.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
_BLOCK = re.compile(r"^```(?:\{code-cell\} )?(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(*languages: str) -> list:
    """Every block of code, with the page and the line it stands at."""
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in _BLOCK.finditer(text):
            if match[1] in languages:
                place = f"{page.relative_to(ROOT)}:{text[: match.start()].count(chr(10)) + 1}"
                code = re.sub(r"\A(:[\w-]+:.*\n)+", "", match[2])
                found.append(pytest.param(code, id=place))
    return found


def test_the_first_block_of_the_readme_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = _blocks("python")[0].values[0]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "report.html").is_file()


def _resolved(node: ast.expr, names: dict[str, object]) -> object:
    """What ``semst.a.b`` is; ``None`` for anything else. An attribute that is not there is an error."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        parent = _resolved(node.value, names)
        return getattr(parent, node.attr) if inspect.ismodule(parent) or inspect.isclass(parent) else None
    return None


@pytest.mark.parametrize("code", _blocks("python", "ipython3"))
def test_python_names_functions_and_arguments_that_there_are(code):
    tree = ast.parse(code)
    names: dict[str, object] = {"semst": semst}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semst"):
            module = __import__(node.module, fromlist=[alias.name for alias in node.names])
            names |= {alias.asname or alias.name: getattr(module, alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            _resolved(node, names)
        if not isinstance(node, ast.Call) or not callable(called := _resolved(node.func, names)):
            continue
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            continue
        given = {keyword.arg: None for keyword in node.keywords if keyword.arg}
        inspect.signature(called).bind_partial(*[None] * len(node.args), **given)


def _commands() -> list:
    """Every line of the shell that calls ``semst``, continued lines joined."""
    found = []
    for block in _blocks("sh", "bash", "console"):
        text = block.values[0].replace("\\\n", " ")
        for line in text.splitlines():
            line = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
            if line.startswith("semst ") and not any(sign in line for sign in ("<", "$(", "|", "…", "...")):
                found.append(pytest.param(line, id=f"{block.id} {line[:50]}"))
    return found


@pytest.mark.parametrize("line", _commands())
def test_the_shell_names_commands_and_options_that_there_are(line):
    """Parsed by the command itself, up to where it would begin to work."""
    words = shlex.split(line, comments=True)[1:]
    words = words[: words.index("&&")] if "&&" in words else words
    if words[0] == "benchmark" or words[0].startswith("-"):  # another distribution's; of the shell
        return
    contextvars.copy_context().run(_parse, words)  # in which messages speak the shell's words


def _parse(words: list[str]) -> None:
    group = typer.main.get_command(app)
    with typer.Context(group, info_name="semst") as context:
        command = group.get_command(context, words[0])  # type: ignore[attr-defined]
        assert command is not None, f"there is no semst {words[0]}"
        try:
            command.make_context(words[0], words[1:], parent=context).close()
        except ClickExit:
            pass
        except ClickException as error:
            if "does not exist" not in error.format_message():  # files of the reader
                pytest.fail(error.format_message())


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_is_read_by_r_and_names_functions_that_there_are(tmp_path):
    exported = set(re.findall(r"^export\((\w+)\)", (ROOT / "NAMESPACE").read_text(), re.MULTILINE))
    verbs = re.compile(
        r"\b((?:run|calculate|plot|predict|explain|match|export|cluster|refine|domain)\w*(?:SemST|Domains?|Markers|Explanation|Proportions|Contacts|Metrics|History|Choice)\w*)\("
    )
    blocks = _blocks("r", "R")
    for number, block in enumerate(blocks):
        (tmp_path / f"{number:03}.R").write_text(block.values[0])
        unknown = set(verbs.findall(block.values[0])) - exported
        assert not unknown, f"{block.id}: {', '.join(sorted(unknown))}"
    read = "for (file in list.files(commandArgs(TRUE), full.names = TRUE)) invisible(parse(file))"
    done = subprocess.run(["Rscript", "--vanilla", "-e", read, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

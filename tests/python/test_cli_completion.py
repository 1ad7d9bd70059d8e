"""Completion by the shell: commands, options, closed lists; soon, and of the commands as they are."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from semst import cluster, models, semantics
from semst.cli import app
from semst.cli._completion import FILE, as_text
from semst.cli._late import own_commands


def complete(line, shell="bash"):
    """Ask as the shell does; the words that it is told, and what was imported meanwhile."""
    code = (
        "import sys; from semst.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    asked = {"_SEMST_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    asked |= {"_TYPER_COMPLETE_ARGS": line}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **asked}
    )
    return done.stdout.split(), set(done.stderr.split())


def test_what_is_completed_is_what_the_commands_take():
    assert FILE.read_text(encoding="utf-8") == as_text(own_commands()), "run: make completions"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("semst ru", ["run"]),
        ("semst run --clu", ["--cluster"]),
        ("semst run --model ", list(models.MODELS)),
        ("semst run in.h5ad --cluster ", list(cluster.CLUSTERERS)),
        ("semst run in.h5ad --semantics ", list(semantics.SOURCES)),
        ("semst run in.h5ad --precision ", ["32-true", "bf16-mixed"]),
        ("semst run in.h5ad --set ring", ["rings="]),
        ("semst split in.h5ad --device ", ["auto", "cpu", "cuda", "mps"]),
        ("semst export in.h5ad --to l", ["loupe"]),
        ("semst settings gra", ["graphst"]),
        ("semst run in.h5ad --log-level w", ["warning"]),
        ("semst run in.h5ad --out ", []),  # files, by the shell itself
    ],
)
def test_commands_options_and_closed_lists_are_completed_without_torch(line, expected):
    words, imported = complete(line)
    assert words == expected
    assert "typer" in imported and not imported & {"torch", "scanpy", "anndata", "numpy"}


def test_the_help_of_an_option_goes_to_the_shells_that_show_it():
    words, _ = complete("semst run --threa", shell="zsh")
    assert '"--threads":"Threads that compute.' in " ".join(words)


def test_a_script_for_the_shell_can_be_had(monkeypatch):
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    result = CliRunner().invoke(app, ["--help"])
    assert "--install-completion" in result.output and "--show-completion" in result.output
    code = "from semst.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--show-completion", "bash"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "_SEMST_COMPLETE=complete_bash" in done.stdout

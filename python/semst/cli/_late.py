"""The commands: listed without an import, loaded when they are run."""

import os
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand

from semst import _words
from semst._errors import MissingDependencyError

from ._completion import stand_in
from ._telling import called
from ._words import words_of

HELP = {"help_option_names": ["-h", "--help"]}
COMPLETING = "_SEMST_COMPLETE"  # is set where a shell asks what may come next, and wants it soon
GROUP = "semst.commands"  # of entry points: name of the command to a function with typer's annotations

# One line adds a command: what it does, and where its function is or, for one that comes in a distribution of
# its own, how to get it.
COMMANDS = {
    "run": (
        "Find the spatial domains of a slice, or jointly of several, and write each to a new file.",
        "semst.cli._run:run",
    ),
    "predict": (
        "Give a new slice the domains of a saved model, and write it to a new file.",
        "semst.cli._predict:predict",
    ),
    "embed": ("Write a semantic vector for every spot.", "semst.cli._embed:embed"),
    "explain": (
        "Say what marks each domain of a slice, genes and terms, and write both to a new file.",
        "semst.cli._explain:explain",
    ),
    "cut": (
        "Merge the nearest domains of a slice until a number is left, and write both to a new file.",
        "semst.cli._cut:cut",
    ),
    "split": (
        "Find sub-domains of a domain on its spots alone, and write them to a new file.",
        "semst.cli._split:split",
    ),
    "compare": (
        "Hold the domains of samples of two conditions against each other.",
        "semst.cli._compare:compare",
    ),
    "plot": (
        "Draw the domains of a slice on the tissue.",
        "semst.cli._plot:plot",
    ),
    "export": (
        "Write the domains of a slice for Loupe Browser, Xenium Explorer, QuPath, or as a table.",
        "semst.cli._export:export",
    ),
    "score": ("Score the domains of a slice against its annotation.", "semst.cli._score:score"),
    "name": (
        "Propose names for explained domains with a language model on this machine.",
        "semst.cli._name:name",
    ),
    "report": (
        "Write one page (HTML) with all that is known of the domains of a slice.",
        "semst.cli._report:report",
    ),
    "settings": ("List the settings of a model.", "semst.cli._list_settings:settings"),
    "demo": (
        "Simulate a cortex slice, find its layers, and write slice and picture.",
        "semst.cli._demo:demo",
    ),
    "info": ("Show versions, extras, R and mclust, devices and models.", "semst.cli._info:info"),
    "benchmark": (
        "Run the paper's tables and figures, or a suite of your own, and resume what was cut off.",
        "pip install ./benchmark, in a copy of SemST's repository",
    ),
}


class LateCommand(TyperCommand):
    """A command whose code is looked for when it is run, or its help asked for.

    Parameters
    ----------
    name
        The command.
    entry
        Where its function is; ``None`` where it is not installed.
    """

    def __init__(self, name: str, entry: EntryPoint | None) -> None:
        distribution = None if entry is None else entry.dist
        summary = "" if distribution is None else distribution.metadata["Summary"]
        super().__init__(name, help=COMMANDS[name][0] if name in COMMANDS else summary)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Take the place of the command itself, which reads the arguments.

        Raises
        ------
        MissingDependencyError
            If it is not installed; the message says how to get it.
        """
        if self._entry is None:
            how = COMMANDS[str(self.name)][1]
            raise MissingDependencyError(f"The command {self.name} is not installed. To get it: {how}.")
        standing_in = stand_in(str(self.name)) if COMPLETING in os.environ else None
        function = standing_in or self._entry.load()
        command = as_command(str(self.name), function)
        args = [_at_home(arg) for arg in args]
        called(self.name)
        _words.speak(words_of(command, function))
        return command.make_context(info_name, args, parent, **extra)


def as_command(name: str, function: Any) -> Any:
    """Make a command of a function with typer's annotations."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, context_settings=HELP)(function)
    return typer.main.get_command(app)


def own_commands() -> dict[str, Any]:
    """Load all commands of this distribution."""
    places = {name: EntryPoint(name, place, GROUP) for name, (_, place) in COMMANDS.items() if ":" in place}
    return {name: as_command(name, entry.load()) for name, entry in places.items()}


def _at_home(arg: str) -> str:
    """Say what ``~`` stands for where no shell has: in ``--out=~/x``, or called from another program.

    Examples
    --------
    >>> _at_home("--out=x~y"), _at_home("~") == os.path.expanduser("~")
    ('--out=x~y', True)
    """
    option, equals, value = arg.partition("=") if arg.startswith("--") else ("", "", arg)
    if value == "~" or value.startswith(("~/", "~\\")):
        return f"{option}{equals}{os.path.expanduser(value)}"
    return arg


def late_commands() -> dict[str, LateCommand]:
    """Our own commands by name, then those of other distributions, and those of ours that are not installed.

    Examples
    --------
    >>> list(late_commands())[0], "benchmark" in late_commands()
    ('run', True)
    """
    entries: dict[str, EntryPoint | None] = {
        name: EntryPoint(name, place, GROUP) if ":" in place else None
        for name, (_, place) in COMMANDS.items()
    }
    entries.update({entry.name: entry for entry in entry_points(group=GROUP)})
    return {name: LateCommand(name, entry) for name, entry in entries.items()}

"""Commands of other distributions: listed without an import, loaded when they are run."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand

from semst._errors import MissingDependencyError

GROUP = "semst.commands"  # of entry points: name of the command to a function with typer's annotations

# commands of this project that come in a distribution of their own: what they do, and how to get them
_OURS = {
    "benchmark": (
        "Run the paper's tables and figures, or a suite of your own, and resume what was cut off.",
        "pip install ./benchmark, in a copy of SemST's repository",
    )
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
        super().__init__(name, help=_OURS[name][0] if name in _OURS else summary)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Take the place of the command itself, which reads the arguments.

        Raises
        ------
        MissingDependencyError
            If it is not installed; the message says how to get it.
        """
        if self._entry is None:
            how = _OURS[str(self.name)][1]
            raise MissingDependencyError(f"The command {self.name} is not installed. To get it: {how}.")
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command(self.name)(self._entry.load())
        return typer.main.get_command(app).make_context(info_name, args, parent, **extra)


def late_commands() -> dict[str, LateCommand]:
    """Commands of other distributions by name, and those of ours that are not installed.

    Examples
    --------
    >>> "benchmark" in late_commands()
    True
    """
    entries: dict[str, EntryPoint | None] = dict.fromkeys(_OURS)
    entries.update({entry.name: entry for entry in entry_points(group=GROUP)})
    return {name: LateCommand(name, entry) for name, entry in entries.items()}

"""Messages in the words of the shell: options of the command that runs, and commands instead of calls."""

import shlex
from collections.abc import Iterable
from typing import Any

from semst._words import Dialect

_CALLED = {
    "random_state": "seed",
    "key": "labels",
    "crop_coord": "crop",
    "img": "no_image",
}  # parameters of Python that have another name here
_COMMANDS = {"semst": "run", "tree": "cut"}  # steps that are done by a command of another name


class Shell(Dialect):
    """The words of a command.

    Parameters
    ----------
    options
        Names of its options, as Python has them, to what is typed; ``None`` before a command is known.
    settings
        Names of what ``--set`` takes there.

    Examples
    --------
    >>> shell = Shell({"n_domains": "--n-domains", "no_refine": "--no-refine"}, settings=["rings"])
    >>> shell.given("n_domains", 7), shell.given("refine", False), shell.given("rings", (6, 18))
    ('--n-domains 7', '--no-refine', '--set rings=6,18')
    >>> shell.name("rings"), shell.name("weights"), shell.slot("obs", "layer")
    ('--set rings', 'weights', 'obs["layer"]')
    """

    def __init__(self, options: dict[str, str] | None = None, settings: Iterable[str] = ()) -> None:
        self._options = options
        self._settings = frozenset(settings)

    def name(self, parameter: str) -> str:
        """Name the option of a parameter; the plain name where the command has none."""
        if self._options is None:
            return f"--{parameter.replace('_', '-')}"
        for called in (parameter, _CALLED.get(parameter), f"no_{parameter}"):
            if called in self._options:
                return self._options[called]
        return f"--set {parameter}" if parameter in self._settings else parameter

    def given(self, parameter: str, value: Any = ...) -> str:
        """Show an option with its value."""
        named = self.name(parameter)
        if not named.startswith("-"):
            return named if value is ... else f"{named} {_text(value)}"
        if named.startswith("--set "):
            return f"{named}={'...' if value is ... else _text(value)}"
        if value is ... or isinstance(value, bool):
            return named
        return f"{named} {shlex.quote(_text(value))}"

    def slot(self, kind: str, key: str | None = None) -> str:
        """Name a slot as the help does."""
        return kind if key is None else f'{kind}["{key}"]'

    def step(self, verb: str, **arguments: Any) -> str:
        """Show the command of a step."""
        options = [f"--{name.replace('_', '-')} {shlex.quote(_text(v))}" for name, v in arguments.items()]
        return " ".join(["semst", _COMMANDS.get(verb, verb), *options])

    def source(self, kind: str, **settings: Any) -> str:
        """Say nothing: settings of sources cannot be given here."""
        return ""

    def one_slice(self) -> str:
        """Say nothing: a file is read as it is."""
        return ""

    def in_python(self, code: str, otherwise: str) -> str:
        """Say it in words."""
        return otherwise


def words_of(command: Any, function: Any) -> Shell:
    """Find the words of a command in its options, and in the settings that its function was given.

    Parameters
    ----------
    command
        As typer has it.
    function
        What it calls; :func:`~semst.cli._settings.with_settings` notes the settings.
    """
    options = {}
    for one in command.params:
        long = [typed for typed in one.opts if typed.startswith("--")]
        options[one.name] = long[0] if long else one.metavar or str(one.name).upper()
    return Shell(options, getattr(function, "settings", ()) if "settings" in options else ())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)

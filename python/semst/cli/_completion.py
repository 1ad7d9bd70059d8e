"""Completion by the shell without the imports of the commands: what they take stands in a file.

It is made from the commands by ``make completions``.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

FILE = Path(__file__).with_name("completions.json")


@cache
def known() -> dict[str, list[dict[str, Any]]]:
    """Return options and arguments by command, as :func:`described` gives them."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def described(command: Any) -> list[dict[str, Any]]:
    """List what a command takes: what is typed, whether a value follows, and the values of a closed list."""
    context = command.make_context(command.name, [], resilient_parsing=True)
    return [
        {
            "name": one.name,
            "typed": one.opts if one.param_type_name == "option" else [],
            "flag": bool(getattr(one, "is_flag", False)),
            "many": one.nargs == -1 or bool(getattr(one, "multiple", False)),
            "help": getattr(one, "help", None) or "",
            "values": [item.value for item in one.shell_complete(context, "") if item.value],
        }
        for one in command.get_params(context)
        if one.name != "help"
    ]


def as_text(commands: Mapping[str, Any]) -> str:
    """Put what commands take into the text of the file, a line an option."""
    parts = []
    for name, command in commands.items():
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in described(command))
        parts.append(f' "{name}": [\n{rows}\n ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def stand_in(name: str) -> Callable[..., None] | None:
    """Make a function that takes what a command takes, and does nothing.

    Parameters
    ----------
    name
        The command.

    Returns
    -------
    For typer, as the function of the command itself; ``None`` where its options are not known.

    Examples
    --------
    >>> "model" in inspect.signature(stand_in("run")).parameters
    True
    """
    rows = known().get(name)
    if rows is None:
        return None

    def command(**given: Any) -> None:
        """Do nothing."""

    parameters = [_parameter(row) for row in rows]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _parameter(row: dict[str, Any]) -> inspect.Parameter:
    values = row["values"]
    how: dict[str, Any] = {"help": row["help"]}
    if values:
        how["autocompletion"] = lambda: values
    kind: Any = bool if row["flag"] else list[str] | None if row["many"] else str | None
    taken = typer.Option(*row["typed"], **how) if row["typed"] else typer.Argument(**how)
    return inspect.Parameter(
        row["name"],
        inspect.Parameter.KEYWORD_ONLY,
        default=False if row["flag"] else None,
        annotation=Annotated[kind, taken],
    )

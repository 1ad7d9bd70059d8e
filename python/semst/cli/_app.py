"""The command group: how errors and Ctrl-C look in a terminal."""

import logging
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from semst import __version__
from semst._errors import SemSTError
from semst._log import let_through
from semst._words import speaking

from ._late import HELP, late_commands
from ._options import Level
from ._telling import telling
from ._words import Shell


class _Group(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """Name our own commands, then those of other distributions."""
        return list(late_commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command, which is not loaded yet."""
        return late_commands().get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what the user can mend is one line and exit code 2, anything else a traceback."""
        try:
            with speaking(Shell()), telling():
                return super().invoke(ctx)
        except SemSTError as error:
            typer.echo(f"semst: error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(2) from error
        except KeyboardInterrupt as stop:
            typer.echo("semst: stopped. No half-written output is left.", err=True)
            raise typer.Exit(130) from stop


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"semst {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a bug's traceback should be the plain one that issues can quote
    context_settings=HELP,
)


@app.callback()
def _group(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Spatial domains in spatial transcriptomics, with the meaning of genes built in."""


def set_quiet(quiet: bool, log_level: Level | None = None) -> bool:
    """Let through to the log what the user wants to see, and say whether there is to be no progress.

    Raises
    ------
    SemSTError
        If both ways are used; the short one stands for one of the levels.
    """
    if quiet and log_level is not None:
        raise SemSTError("--quiet is short for --log-level warning, and both are given. Give one of them.")
    level = log_level or (Level.warning if quiet else Level.info)
    let_through(getattr(logging, level.upper()))
    return level in (Level.warning, Level.error)


def main() -> None:
    """Run the ``semst`` command."""
    app(prog_name="semst")

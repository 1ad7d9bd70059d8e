"""What a command tells: lines for people, or one JSON document for programs."""

import json
import logging
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import Any

import typer

from semst import __version__
from semst._errors import SemSTError, first_line
from semst._log import logger


class _Telling(logging.Handler):
    """What one call of a command tells; as a handler of the log it keeps the warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.command: str | None = None
        self.as_json = False
        self.facts: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.started = time.perf_counter()
        self.stack = ExitStack()

    def emit(self, record: logging.LogRecord) -> None:
        self.warnings.append(record.getMessage())

    def document(self, **found: Any) -> str:
        """Put together the document."""
        seconds = round(time.perf_counter() - self.started, 3)
        around = {
            "version": __version__,
            "command": self.command,
            "seconds": seconds,
            "warnings": self.warnings,
        }
        return json.dumps(jsonable({**around, **found}), indent=2, allow_nan=False, ensure_ascii=False)


_current: ContextVar[_Telling | None] = ContextVar("what the running command tells", default=None)


@contextmanager
def telling() -> Iterator[None]:
    """Collect what the command within tells, and print the document at its end where one is asked for.

    Where the command fails it is ``{"error": {"kind": ..., "message": ...}}`` with what is around it, and the
    error goes on its way.
    """
    mine = _Telling()
    token = _current.set(mine)
    logger.addHandler(mine)
    out, failure = sys.stdout, None
    try:
        with mine.stack:
            yield
    except Exception as error:
        if type(error).__module__.startswith(("click", "typer")):
            mine.as_json = False  # help, or a line that could not be read: nothing has been done
        failure = {"kind": type(error).__name__, "message": _in_a_line(error)}
        raise
    except KeyboardInterrupt:
        failure = {"kind": "KeyboardInterrupt", "message": "stopped"}
        raise
    finally:
        logger.removeHandler(mine)
        _current.reset(token)
        if mine.as_json:
            found = mine.facts if failure is None else {"error": failure}
            print(mine.document(**found), file=out, flush=True)


def as_json(wanted: bool) -> bool:
    """Print a document instead of lines, from here on: what else is printed goes to the error stream."""
    mine = _current.get()
    if wanted and mine is not None and not mine.as_json:
        mine.as_json = True
        mine.stack.enter_context(redirect_stdout(sys.stderr))
    return wanted


def called(command: str | None) -> None:
    """Note the name of the command."""
    mine = _current.get()
    if mine is not None:
        mine.command = command


def line(text: str = "") -> None:
    """Print a line for people."""
    mine = _current.get()
    if mine is None or not mine.as_json:
        typer.echo(text)


def facts(**found: Any) -> None:
    """Note what goes into the document."""
    mine = _current.get()
    if mine is not None:
        mine.facts.update(found)


def leave_to_first() -> None:
    """Tell nothing: of several processes one does."""
    mine = _current.get()
    if mine is not None:
        mine.as_json = False


def jsonable(value: Any) -> Any:
    """Reduce a value to what JSON knows; numbers that it does not know, such as NaN, become null.

    Tables become a list of rows, series and mappings objects, paths text.

    Examples
    --------
    >>> import numpy as np, pandas as pd, pathlib
    >>> jsonable({"a": np.float32(0.5), "b": float("nan"), 3: (np.int64(1), pathlib.Path("x"))})
    {'a': 0.5, 'b': None, '3': [1, 'x']}
    >>> jsonable(pd.DataFrame({"p": [0.5]}, index=pd.Index(["1"], name="domain")))
    [{'domain': '1', 'p': 0.5}]
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if hasattr(value, "columns"):  # a table
        named = value.index.name is not None or value.index.nlevels > 1
        return jsonable((value.reset_index() if named else value).to_dict("records"))
    if hasattr(value, "to_dict"):  # a series
        return jsonable(value.to_dict())
    if hasattr(value, "tolist"):  # NumPy
        return jsonable(value.tolist())
    return None if type(value).__name__ in ("NAType", "NaTType") else str(value)


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split()) if isinstance(error, SemSTError) else first_line(error)

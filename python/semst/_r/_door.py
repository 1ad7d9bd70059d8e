"""Between the R session that calls and the rest: log lines, progress and mclust go through that session."""

import functools
import io
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from semst import _progress
from semst._forked import check_fork
from semst._log import logger
from semst._words import speaking
from semst.cluster import called_from

from ._threads import rest_while_waiting
from ._words import R


def door(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Give a function three more arguments, all of them functions of R or ``None``.

    Parameters
    ----------
    function
        Takes and returns plain values.

    Returns
    -------
    The function with ``say(line, is_warning)`` for log lines, ``draw(text)`` for progress and ``r``, the
    functions of :data:`semst.cluster.R_CODE` by name.

    Examples
    --------
    >>> @door
    ... def twice(number):
    ...     logger.warning("twice %d", number)
    ...     return {"found": 2 * number}
    >>> twice(4, say=lambda line, is_warning: print(line, is_warning))
    twice 4 True
    {'found': 8}
    """

    @functools.wraps(function)
    def call(*args: Any, say: Any = None, draw: Any = None, r: Any = None, **options: Any) -> dict[str, Any]:
        with speaking(R()):
            check_fork()
        if r is not None:
            rest_while_waiting()
        with (
            speaking(R()),
            _spoken_by(say),
            _drawn_by(draw),
            called_from(None if r is None else _Caller(r)),
        ):
            return function(*args, **options)

    del call.__wrapped__  # by whose signature R would refuse the three
    return call


class _Caller:
    """The R functions of the calling session, dressed as rpy2 would show them."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function = self._functions[name]

        def call(*args: Any) -> _Answer:
            return _Answer(function(*[arg.values if isinstance(arg, _Answer) else arg for arg in args]))

        return call


class _Answer:
    """A named R list."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    @property
    def names(self) -> list[str]:
        return list(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values.values())

    def rx2(self, name: str) -> Any:
        value = self.values[name]
        if isinstance(value, Mapping):
            return _Answer(value)
        return value if isinstance(value, np.ndarray) else [value]


class _Spoken(logging.Handler):
    def __init__(self, say: Callable[[str, bool], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "of_anndata", False):  # names of slots that no object of R has
            return
        self._say(record.getMessage(), record.levelno >= logging.WARNING)


@contextmanager
def _spoken_by(say: Callable[[str, bool], None] | None) -> Iterator[None]:
    """Hand log lines to R instead of the error stream, so that they are R messages and R warnings."""
    if say is None:
        yield
        return
    usual, logger.handlers = logger.handlers, [_Spoken(say)]
    try:
        yield
    finally:
        logger.handlers = usual


class _Console(io.TextIOBase):
    """A stream that R's console shows. R runs on the main thread only; what others write is left out."""

    def __init__(self, draw: Callable[[str], None]) -> None:
        self._draw = draw

    def isatty(self) -> bool:
        """A bar is drawn over itself there, as in a terminal."""
        return True

    def write(self, text: str) -> int:
        if text and threading.current_thread() is threading.main_thread():
            self._draw(text)
        return len(text)


@contextmanager
def _drawn_by(draw: Callable[[str], None] | None) -> Iterator[None]:
    """Show progress in R's console: not every R shows what Python writes to the error stream."""
    if draw is None:
        yield
        return
    with _progress.shown_on(_Console(draw)):
        yield

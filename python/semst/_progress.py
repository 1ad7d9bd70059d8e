"""Progress, with rate and time left: a bar where it can be drawn over itself, elsewhere lines."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from tqdm import tqdm as plain_tqdm
from tqdm.auto import tqdm

T = TypeVar("T")
_stream: ContextVar[Any] = ContextVar("where progress is shown; None for the error stream", default=None)

BETWEEN = 10.0  # seconds between two lines at least
AT_LATEST = 60.0  # seconds after which there is a line although no further tenth is done


@contextmanager
def shown_on(stream: Any) -> Iterator[None]:
    """Within this block, show progress on ``stream`` (``write``, ``flush``, ``isatty``) instead.

    Examples
    --------
    >>> import io
    >>> with shown_on(io.StringIO()) as nothing:
    ...     sum(track([1, 2], desc="adding"))
    3
    """
    token = _stream.set(stream)
    try:
        yield
    finally:
        _stream.reset(token)


def track(
    items: Iterable[T], *, total: int | None = None, desc: str, show: bool = True, unit: str = "it"
) -> "tqdm | Lines[T]":
    """Iterate over ``items`` and show rate and time left; ``set_postfix`` shows figures beside it.

    ``total`` says how many there are, where ``items`` has no length. Where no terminal is behind the stream,
    but a file of a batch system, there are lines instead of a bar, which is drawn over itself.
    """
    stream = _stream.get() or sys.stderr
    if show and not _is_drawn_over(stream):
        return Lines(items, total=total, desc=desc, stream=stream)
    return tqdm(
        items,
        total=total,
        desc=desc,
        disable=not show,
        unit=unit,
        mininterval=0.5,
        leave=False,
        file=_stream.get(),
    )


def _is_drawn_over(stream: Any) -> bool:
    """Whether what is written can be replaced later: in a terminal, or by the widget of a notebook."""
    in_notebook = stream is sys.stderr and "notebook" in {base.__module__ for base in tqdm.__mro__}
    return in_notebook or bool(getattr(stream, "isatty", lambda: False)())


class Lines(Generic[T]):
    """Progress in lines: after 10 s, then at further tenths 10 s apart, or a minute after the last.

    Parameters
    ----------
    items
        What is iterated over.
    total
        How many there are, where ``items`` has no length.
    desc
        What is being done.
    stream
        Where lines are written.
    now
        Clock, in seconds.

    Examples
    --------
    >>> ticks = iter(range(0, 1000, 6))
    >>> for _ in Lines(range(4), desc="training", stream=sys.stdout, now=lambda: next(ticks)):
    ...     pass
    semst: training: 50 % (2 of 4, 6.00 s each, 00:12 left)
    semst: training: 100 % (4 of 4, 6.00 s each, 00:00 left)
    """

    def __init__(
        self,
        items: Iterable[T],
        *,
        total: int | None = None,
        desc: str,
        stream: Any,
        now: Any = time.monotonic,
    ) -> None:
        self._items, self._desc, self._stream, self._now = items, desc, stream, now
        self._total = len(items) if total is None and isinstance(items, Sized) else total
        self._figures: dict[str, Any] = {}

    def __iter__(self) -> Iterator[T]:
        """Give the items, and write a line where one is due."""
        started = said = self._now()
        tenth = -1  # the first line comes as soon as it may: by then the time left can be told
        for done, item in enumerate(self._items, start=1):
            yield item
            now = self._now()
            reached = 10 * done // self._total if self._total else 0
            if now - said >= (BETWEEN if reached > tenth else AT_LATEST):
                self._write(done, now - started)
                said, tenth = now, reached

    def set_postfix(self, **figures: Any) -> None:
        """Show figures in the lines to come."""
        self._figures = figures

    def _write(self, done: int, seconds: float) -> None:
        each = seconds / done
        parts = [f"{done:,} of {self._total:,}" if self._total else f"{done:,} done"]
        parts.append(f"{each:.2f} s each" if each >= 1 else f"{1 / each:.1f} a second")
        if self._total:
            parts.append(f"{plain_tqdm.format_interval((self._total - done) * each)} left")
        parts += [f"{name}={value}" for name, value in self._figures.items()]
        share = f"{100 * done // self._total} % " if self._total else ""
        self._stream.write(f"semst: {self._desc}: {share}({', '.join(parts)})\n")
        self._stream.flush()

"""Progress with rate and time left, the same everywhere (terminal, notebook, R console)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from tqdm.auto import tqdm

T = TypeVar("T")
_stream: ContextVar[Any] = ContextVar("where progress is shown; None for the error stream", default=None)


@contextmanager
def shown_on(stream: Any) -> Iterator[None]:
    """Within this block, show progress on ``stream`` (``write`` and ``flush``) instead of the error stream.

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
) -> tqdm:
    """Iterate over ``items`` and show rate and time left; ``set_postfix`` of the bar shows figures beside it.

    ``total`` says how many there are, where ``items`` has no length.
    """
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

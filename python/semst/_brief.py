"""Short representations: what an object holds, not all of its values."""

from collections.abc import Mapping, Sized
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")
_WIDTH = 100  # of a line
_LONGEST = 60  # text of a value


def brief(kind: type[T]) -> type[T]:
    """Let the objects of a data class say in some lines what they hold.

    Parameters
    ----------
    kind
        Data class; the class decorator stands above ``@dataclass``.

    Returns
    -------
    The class.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @brief
    ... @dataclass
    ... class Found:
    ...     labels: np.ndarray
    ...     table: pd.DataFrame
    ...     note: str = ""
    >>> Found(np.zeros(300, dtype=np.int32), pd.DataFrame({"p": [0.1, 0.2]}))
    Found(labels=int32 (300,), table=2 rows x 1 columns, note='')
    """

    def __repr__(self: Any) -> str:
        return called_with(type(self).__name__, {one.name: getattr(self, one.name) for one in fields(self)})

    kind.__repr__ = __repr__  # type: ignore[method-assign]
    return kind


def called_with(name: str, values: Mapping[str, Any], *more: str) -> str:
    """Show a name with values and ``more`` words after them, in lines of a width that a terminal has."""
    lines, start = [], f"{name}("
    parts = [*(f"{key}={shown(value)}" for key, value in values.items()), *more]
    for number, part in enumerate(parts, start=1):
        piece = part + (", " if number < len(parts) else ")")
        if len(start) + len(piece) > _WIDTH and start.strip() and number > 1:
            lines.append(start.rstrip())
            start = "    "
        start += piece
    return "\n".join([*lines, start if parts else f"{start})"])


def shown(value: Any) -> str:
    """Show a value by its kind and size, and as it is where it is short.

    Examples
    --------
    >>> shown(pd.Categorical(["a", "b", "a"])), shown({"a": 1, "b": 2}), shown(range(3)), shown("x" * 90)[-5:]
    ('3 labels of 2 kinds', '{a, b}', 'range(0, 3)', "xx..'")
    """
    if isinstance(value, pd.Categorical):
        return f"{len(value)} labels of {len(value.categories)} kinds"
    if isinstance(value, pd.DataFrame):
        return f"{value.shape[0]} rows x {value.shape[1]} columns"
    if isinstance(value, pd.Series | pd.Index):
        return f"{len(value)} values"
    if hasattr(value, "dtype") and hasattr(value, "shape") and np.ndim(value):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, Mapping):
        names = ", ".join(map(str, value))
        return f"{{{names}}}" if len(names) <= _LONGEST else f"{len(value)} entries"
    text = repr(value)
    if len(text) <= _LONGEST:
        return text
    if isinstance(value, str):
        return f"{text[: _LONGEST - 3]}..{text[-1]}"
    return f"{len(value)} items" if isinstance(value, Sized) else f"{type(value).__name__}(...)"

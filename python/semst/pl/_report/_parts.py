"""What a page is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Picture:
    """A picture inside the page.

    Attributes
    ----------
    source
        A data URI.
    alt
        What it shows, in words.
    width, height
        In CSS pixels where there is room.
    least
        Width in CSS pixels below which its text could not be read: a narrow window scrolls it.
    """

    source: str
    alt: str
    width: int
    height: int
    least: int


@dataclass(frozen=True)
class Table:
    """Rows of text under heads; ``numbers`` are the columns that are set to the right."""

    caption: str
    heads: list[str]
    rows: list[list[str]]
    numbers: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading."""

    slug: str
    heading: str
    words: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    domains: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.pictures or self.tables or self.domains or self.lines)


def shown(value: Any) -> str:
    """A value in as many digits as a reader needs.

    Examples
    --------
    >>> shown(12345), shown(0.123456), shown(1.5e-9), shown(float("nan")), shown([1, 2])
    ('12,345', '0.1235', '1.5e-09', '–', '1, 2')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if np.isnan(value):
            return "–"
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, np.ndarray | list | tuple):
        return ", ".join(shown(item) for item in np.ravel(np.asarray(value, dtype=object)))
    return "–" if value is None else str(value)


def pairs(caption: str, values: Mapping[str, Any], *, heads: tuple[str, str], folded: bool = False) -> Table:
    """A table of names and values, in their order."""
    rows = [[str(name), shown(value)] for name, value in flat(values)]
    return Table(caption, list(heads), rows, folded=folded)


def flat(values: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    """Names and values of a dictionary and of those in it, joined by dots.

    Examples
    --------
    >>> list(flat({"a": 1, "b": {"c": 2}}))
    [('a', 1), ('b.c', 2)]
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def frame(caption: str, table: pd.DataFrame, *, folded: bool = False) -> Table:
    """A data frame, numbers to the right."""
    heads = [str(name).replace("_", " ") for name in table.columns]
    numbers = frozenset(i for i, kind in enumerate(table.dtypes) if pd.api.types.is_numeric_dtype(kind))
    rows = [[_short(value) for value in row] for row in table.itertuples(index=False, name=None)]
    return Table(caption, heads, rows, numbers, folded)


def _short(value: Any) -> str:
    """Three digits: a long table is looked through, and the exact value is in the data."""
    return f"{value:.3g}" if isinstance(value, float) and 0 < abs(value) < 1000 else shown(value)

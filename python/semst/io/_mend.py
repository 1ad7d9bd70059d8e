"""What the formats cannot hold, put into what they can, where nothing is lost by it."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from semst import _keys


def mended_frame(frame: pd.DataFrame, slot: str, notes: list[str]) -> pd.DataFrame:
    """Give a table names and columns that can be written.

    Parameters
    ----------
    frame
        Left as it is.
    slot
        How the user knows it, e.g. ``"obs"``.
    notes
        A line is added for everything that is written otherwise than it was.

    Returns
    -------
    The table; a new one.

    Examples
    --------
    >>> notes = []
    >>> mended_frame(pd.DataFrame({"_index": [1, 2], "mix": ["a", 1]}), "obs", notes).columns.tolist()
    ['index_1', 'mix']
    >>> for note in notes:
    ...     print(note)
    obs: '_index' is written as 'index_1'
    obs/mix: values of several types are written as text
    """
    mended = frame.copy()
    mended.columns = pd.Index(_names(frame.columns, slot, notes), dtype=object)
    for place, name in enumerate(mended.columns):
        mended[name] = _column(frame.iloc[:, place], f"{slot}/{name}", notes)
    if mended.index.name is not None and not isinstance(mended.index.name, str):
        mended.index.name = str(mended.index.name)
    if mended.index.name in mended.columns:
        own = mended[mended.index.name].astype(str).to_numpy()
        if not np.array_equal(own, mended.index.astype(str).to_numpy()):
            notes.append(f"{slot}: the index is written without its name, {mended.index.name!r}, a column's")
            mended.index.name = None
    return mended


def mended_value(value: Any, slot: str, notes: list[str]) -> Any:
    """Give what lies in ``uns`` a form that can be written, where there is one; else it comes back as it is.

    Parameters
    ----------
    value
        Left as it is; nested dictionaries and lists are gone through.
    slot, notes
        See :func:`mended_frame`.

    Returns
    -------
    The value, or what stands for it.

    Examples
    --------
    >>> notes = []
    >>> mended_value({1: (2, 3), "when": pd.Timestamp("2026-01-02")}, "uns", notes)
    {'1': [2, 3], 'when': '2026-01-02T00:00:00'}
    >>> len(notes)
    3
    """
    if isinstance(value, Mapping):
        names = _names(list(value), slot, notes)
        return {
            name: mended_value(one, f"{slot}/{name}", notes)
            for name, one in zip(names, value.values(), strict=True)
        }
    if isinstance(value, str | bytes):
        return _said(
            [value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value], slot, notes
        )[0]
    if isinstance(value, pd.DataFrame):
        return mended_frame(value, slot, notes)
    if isinstance(value, pd.Series):
        notes.append(f"{slot}: a series is written as a table of one column")
        return mended_frame(value.to_frame(str(value.name or "values")), slot, notes)
    if isinstance(value, list | tuple | set | frozenset):
        return _list(value, slot, notes)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return _texts(value, slot, notes)
    if isinstance(value, np.ndarray) and value.dtype.kind in "mM":
        notes.append(f"{slot}: times are written as text")
        return value.astype(str)
    if isinstance(value, np.datetime64 | np.timedelta64 | timedelta | pd.Period):
        notes.append(f"{slot}: a time is written as text")
        return str(value)
    if isinstance(value, date | time):  # with datetime and Timestamp
        notes.append(f"{slot}: a time is written as text")
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    return value


def _names(given: Any, slot: str, notes: list[str]) -> list[str]:
    """Names as text, without a slash, each once, none of them reserved."""
    taken = {name for name in given if isinstance(name, str) and name != _keys.RESERVED and "/" not in name}
    names: list[str] = []
    seen: set[str] = set()
    numbers = 0
    for name in given:
        text = ("index_1" if name == _keys.RESERVED else _text(name)).replace("/", "|")
        wanted, number = text, 1
        while text in seen or (text in taken and text != name):
            text, number = f"{wanted}-{number}", number + 1
        if isinstance(name, str) and text != name:
            notes.append(f"{slot}: {name!r} is written as {text!r}")
        numbers += not isinstance(name, str)
        names.append(text)
        seen.add(text)
    if numbers:
        notes.append(f"{slot}: {numbers} names that are no text are written as text")
    return names


def _column(column: pd.Series, slot: str, notes: list[str]) -> Any:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _categories(column, slot, notes)
    if isinstance(kind, pd.StringDtype) or str(kind).startswith("string"):
        return pd.Categorical(_said(_as_text(column), slot, notes))
    if isinstance(kind, pd.PeriodDtype | pd.DatetimeTZDtype) or kind.kind in "mM":
        notes.append(f"{slot}: times are written as text")
        return pd.Categorical(column.astype(str).where(column.notna(), None))
    if kind.kind == "O":
        present = column[column.notna()]
        if present.map(lambda one: isinstance(one, bool | np.bool_)).all() and len(present):
            return column.astype("boolean") if len(present) < len(column) else column.astype(bool)
        if present.map(lambda one: isinstance(one, str)).all():
            said = _said(_as_text(column), slot, notes)
            return said if len(present) == len(column) else pd.Categorical(said)
        notes.append(f"{slot}: values of several types are written as text")
        return pd.Categorical(
            present.map(str).reindex(column.index) if column.index.is_unique else _as_text(column)
        )
    if isinstance(kind, pd.ArrowDtype):
        return column.to_numpy() if column.notna().all() else pd.Categorical(_as_text(column))
    return column


def _as_text(column: pd.Series) -> list[str | None]:
    return [None if missing else str(one) for one, missing in zip(column, column.isna(), strict=True)]


def _text(value: Any) -> str:
    """Text without the character NUL, at which HDF5 ends a text."""
    return str(value).replace("\x00", "")


def _said(texts: list[Any], slot: str, notes: list[str]) -> list[Any]:
    """Texts, of which some may be missing, as files can hold them."""
    mended = [None if one is None else _text(one) for one in texts]
    if mended != texts:
        notes.append(f"{slot}: the character NUL, which files cannot hold in a text, is left out")
    return mended


def _categories(column: pd.Series, slot: str, notes: list[str]) -> Any:
    categories = column.cat.categories
    if categories.dtype.kind in "iufb":
        return column
    texts = _said([str(name) for name in categories], slot, notes)
    if list(categories) == texts and categories.dtype == object:
        return column
    if len(set(texts)) < len(texts):  # 1 and "1" are two categories, which text cannot tell apart
        texts = [f"{text} ({type(name).__name__})" for text, name in zip(texts, categories, strict=True)]
    if list(categories) != texts:
        notes.append(f"{slot}: categories of other types are written as text")
    if len(set(texts)) < len(texts):
        texts = [f"{text}-{number}" if text in texts[:number] else text for number, text in enumerate(texts)]
    codes = column.cat.codes.to_numpy()
    return pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object), ordered=column.cat.ordered)


def _list(value: Any, slot: str, notes: list[str]) -> Any:
    items = list(value) if not isinstance(value, set | frozenset) else sorted(value, key=str)
    if any(isinstance(one, Mapping | pd.DataFrame) for one in items):
        notes.append(f"{slot}: a list of tables is written as a dictionary by number")
        return mended_value({str(number): one for number, one in enumerate(items)}, slot, notes)
    if not isinstance(value, list):
        notes.append(f"{slot}: a {type(value).__name__} is written as a list")
    kinds = {type(one) for one in items}
    if kinds <= {str}:
        return _said(items, slot, notes)
    if all(issubclass(kind, bool | int | float | np.number | np.bool_) for kind in kinds):
        return items
    table = _table(items) if kinds <= {list, tuple, np.ndarray} else None
    if table is not None:
        return table if table.dtype.kind in "biuf" else _texts(table, slot, notes)
    notes.append(f"{slot}: a list of several types is written as text")
    return [_text(one) for one in items]


def _table(items: list[Any]) -> np.ndarray | None:
    """Rows of equal length as one array; ``None`` where they are none."""
    try:
        return np.array(items)
    except ValueError:  # of uneven lengths, or of text and bytes
        return None


def _texts(values: np.ndarray, slot: str, notes: list[str]) -> np.ndarray:
    flat = values.ravel().tolist()
    if all(isinstance(one, str) for one in flat):
        said = _said(flat, slot, notes)
        return values if said == flat else np.array(said, dtype=object).reshape(values.shape)
    notes.append(f"{slot}: values of several types are written as text")
    return np.array(["" if one is None else _text(one) for one in flat], dtype=object).reshape(values.shape)

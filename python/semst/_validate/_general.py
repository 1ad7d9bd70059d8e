"""Keys, whole numbers and short lists, for the other checks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from semst import _words
from semst._errors import MissingKeyError, SemSTError


def require_key(mapping: Mapping[Any, Any] | pd.DataFrame, key: str, *, what: str) -> Any:
    """Get ``mapping[key]``, or fail with the keys that do exist.

    Parameters
    ----------
    mapping
        E.g. ``adata.obs``, ``adata.obsm`` or ``adata.layers``.
    key
        The wanted key.
    what
        How the user knows the mapping, e.g. ``"adata.obs"``.

    Raises
    ------
    MissingKeyError
        If there is no such key.

    Examples
    --------
    >>> require_key({"counts": 1}, "counts", what="adata.layers")
    1
    """
    if key in mapping:
        return mapping[key]
    there = ", ".join(f'"{name}"' for name in mapping) or "nothing"
    raise MissingKeyError(f'{what} has no "{key}". It has: {there}.')


def check_random_state(value: Any) -> int:
    """Return a seed as a plain whole number from 0 to 2,147,483,647, which R, NumPy and torch all take.

    Raises
    ------
    SemSTError
        If it is something else.

    Examples
    --------
    >>> check_random_state(np.int64(3))
    3
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 0 <= value <= 2**31 - 1:
        raise SemSTError(
            f"{_words.name('random_state')} is {value!r}; give a whole number from 0 to 2147483647."
        )
    return int(value)


def _whole(value: Any, *, what: str) -> int:
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not is_number or not float(value).is_integer():
        raise SemSTError(
            f"{_words.name(what)} is {value!r}. A whole number is needed, e.g. {_words.given(what, 7)}."
        )
    return int(value)


_MOST = 1_000_000  # draws, genes and terms; beyond it is a slip


def check_whole(value: Any, *, what: str, least: int) -> int:
    """Return a whole number of at least ``least``, and a million at most.

    Raises
    ------
    SemSTError
        If it is something else.

    Examples
    --------
    >>> check_whole(20, what="n_null", least=0)
    20
    """
    number = _whole(value, what=what)
    if number < least:
        raise SemSTError(f"{_words.name(what)} is {number}; give a whole number of {least} or more.")
    if number > _MOST:
        raise SemSTError(f"{_words.name(what)} is {number}; give a whole number of {_MOST:,} at most.")
    return number


def _some(items: Sequence[Any], n: int = 4) -> str:
    return ", ".join(str(item) for item in items[:n]) + (", ..." if len(items) > n else "")

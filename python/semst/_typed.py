"""Arguments of the public functions held against the types that they are declared with."""

import functools
import inspect
import math
import os
import types
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
from anndata import AnnData

from . import _words
from ._errors import SemSTError
from ._settings import converted, shown
from ._validate import check_random_state

P = ParamSpec("P")
R = TypeVar("R")

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", os.PathLike: "a path"}


def typed(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse, in words of ours, arguments of another type than the function declares.

    What is declared as ``Any``, or cannot be resolved, is left to the function. A whole number may come as
    ``3.0``, as R writes it. A ``random_state`` is a seed that all programs take.

    Parameters
    ----------
    function
        A public function.

    Returns
    -------
    The function with the check.

    Examples
    --------
    >>> @typed
    ... def cut(n: int) -> int:
    ...     return n
    >>> cut("two")
    Traceback (most recent call last):
    semst._errors.SemSTError: n is 'two'; give a whole number.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        kinds = _kinds(function)
        call = signature.bind(*args, **kwargs)
        for name, value in call.arguments.items():
            if name == "random_state":
                call.arguments[name] = check_random_state(value)
            elif name in kinds and signature.parameters[name].kind is not inspect.Parameter.VAR_KEYWORD:
                call.arguments[name] = _fitting(value, kinds[name], name)
        return function(*call.args, **call.kwargs)

    return checked


@functools.cache
def _kinds(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except NameError:  # of a package that is not imported for its types alone
        return {
            name: kind
            for name, kind in inspect.get_annotations(function).items()
            if not isinstance(kind, str)
        }


def _fitting(value: Any, kind: Any, name: str) -> Any:
    kinds = list(get_args(kind)) if get_origin(kind) in (Union, types.UnionType) else [kind]
    if int in kinds and float not in kinds:
        value = converted(value, int)
    if not any(_is(value, one) for one in kinds):
        words = " or ".join(dict.fromkeys(_in_words(one) for one in kinds))
        raise SemSTError(f"{_words.name(name)} is {shown(value)}; give {words}.")
    return value


def _is(value: Any, kind: Any) -> bool:
    if kind is Any or isinstance(kind, TypeVar):
        return True
    if kind is None or kind is type(None):
        return value is None
    if get_origin(kind) is Literal:
        return isinstance(value, str | int | float) and value in get_args(kind)
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    whole = get_origin(kind) or kind
    if not isinstance(whole, type) or AnnData in get_args(kind):
        return True  # several slices: who joins them says what is wrong with which
    if issubclass(list, whole) and isinstance(value, np.ndarray | pd.Index | pd.Series):
        return True  # a sequence to whoever works with arrays
    return isinstance(value, whole)


def _in_words(kind: Any) -> str:
    if kind is None or kind is type(None):
        return "none"
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    whole = get_origin(kind) or kind
    if whole in _WORDS:
        return _WORDS[whole]
    name = getattr(whole, "__name__", str(whole))
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"

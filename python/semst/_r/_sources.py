"""What R can say of semantic sources, with the types that Python wants."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from semst import semantics as sources
from semst._errors import SemSTError

# what R can name: the sources of `semst.semantics` that are made of settings
SOURCES = [
    name
    for name in sources.__all__
    if is_dataclass(kind := getattr(sources, name)) and hasattr(kind, "needs_symbols")
]


def source_of(semantics: Any) -> Any:
    """Make a semantic source of what R can name.

    Parameters
    ----------
    semantics
        A name, an array with one row per spot, ``None``, or ``{"kind": ..., "args": {...}}`` with a class of
        :mod:`semst.semantics` and its settings; ``model`` and ``source`` may be such dicts themselves.

    Returns
    -------
    The backend, or what was given.

    Raises
    ------
    SemSTError
        If there is no such class or setting.

    Examples
    --------
    >>> source_of({"kind": "RandomVectors", "args": {"n_dimensions": 7}}).n_dimensions
    7
    """
    if not isinstance(semantics, Mapping):
        return semantics
    kind = semantics["kind"]
    if kind not in SOURCES:
        raise SemSTError(f"There is no kind of source {kind!r}. There are: {', '.join(SOURCES)}.")
    factory = getattr(sources, kind)
    known = [field.name for field in fields(factory)]
    arguments = {}
    for name, value in semantics["args"].items():
        if name not in known:
            raise SemSTError(f"{kind} has no setting {name!r}. It has: {', '.join(known)}.")
        nested = name == "source" or (name == "model" and isinstance(value, Mapping))
        arguments[name] = sources.resolve(source_of(value)) if nested else value
    return factory(**arguments)

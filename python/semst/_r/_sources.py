"""What R can say of semantic sources and settings, with the types that Python wants."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from semst import semantics as sources
from semst._errors import SemSTError

_SOURCES = (
    "DescribedGenes",
    "GeneTable",
    "LanguageModel",
    "NamedGenes",
    "PermutedGenes",
    "RandomVectors",
    "TextEncoder",
    "UnrelatedPrompt",
)


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
    if kind not in _SOURCES:
        raise SemSTError(f"There is no kind of source {kind!r}. There are: {', '.join(_SOURCES)}.")
    factory = getattr(sources, kind)
    known = [field.name for field in fields(factory)]
    arguments = {}
    for name, value in semantics["args"].items():
        if name not in known:
            raise SemSTError(f"{kind} has no setting {name!r}. It has: {', '.join(known)}.")
        nested = name == "source" or (name == "model" and isinstance(value, Mapping))
        arguments[name] = sources.resolve(source_of(value)) if nested else value
    return factory(**arguments)


def typed(settings: Mapping[str, Any] | None, config: type) -> dict[str, Any]:
    """Give settings the types of their defaults, because R writes 12 for 12.0 and knows no single value.

    Parameters
    ----------
    settings
        From R.
    config
        Data class with the settings and their defaults.

    Returns
    -------
    The same with the types of the defaults; ``None`` is left out (the default stays), and names that are
    unknown stay as they are.

    Examples
    --------
    >>> from semst.models import SemSTConfig
    >>> typed({"n_latent": 12.0, "scales": 6, "learning_rate": 1.0, "n_pcs": None}, SemSTConfig)
    {'n_latent': 12, 'scales': (6,), 'learning_rate': 1.0}
    """
    defaults = {field.name: field.default for field in fields(config)}
    found = {}
    for name, value in (settings or {}).items():
        default = defaults.get(name)
        if value is None:
            continue
        if isinstance(default, tuple):
            items = value if isinstance(value, list | tuple) else [value]
            found[name] = tuple(_like(item, default[0]) for item in items)
        else:
            found[name] = _like(value, default)
    return found


def _like(value: Any, default: Any) -> Any:
    """A whole number where the default is one."""
    counts = isinstance(default, int) and not isinstance(default, bool)
    return int(value) if counts and isinstance(value, float) and value.is_integer() else value

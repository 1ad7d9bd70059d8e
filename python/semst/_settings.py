"""Settings as data classes whose fields say what they mean: checked, listed, read from text."""

import difflib
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from semst import _words
from semst._brief import called_with
from semst._errors import SemSTError

T = TypeVar("T")


MOST_WHOLE = (
    1_000_000  # of whole numbers that say no other limit: counts, widths and steps beyond it are slips
)
MOST = 1e9  # of other numbers


def setting(
    default: Any,
    help: str,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    panel: str = "",
) -> Any:
    """Declare a field of a :class:`Settings` class.

    Parameters
    ----------
    default
        Its default; the only place where it stands.
    help
        What it means, for docstrings, the command's help, the settings page and R.
    least, above
        Smallest value that is accepted; what a value has to be larger than.
    most
        Largest value that is accepted; ``None`` takes 1,000,000 for whole numbers and 1e9 for others.
    panel
        Heading under which ``semst run`` has an option of its own for it; others are given by ``--set``.

    Returns
    -------
    A field of a data class.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     n_neighs: int = setting(12, "Nearest spots.", least=1)
    >>> Toy().n_neighs
    12
    """
    return field(
        default=default, metadata={"help": help, "least": least, "above": above, "most": most, "panel": panel}
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all groups of settings, whose values are checked by type and range of their field.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     epochs: int = setting(5, "Steps of training.", least=1)
    >>> Toy(epochs=0)
    Traceback (most recent call last):
    semst._errors.SemSTError: epochs is 0; give a whole number of 1 or more.
    """

    def __post_init__(self) -> None:
        """Check every value, and give it the type of its field (NumPy's numbers, lists for tuples)."""
        for one in fields(self):
            kind = hints(type(self))[one.name]  # type: ignore[arg-type]
            value = converted(getattr(self, one.name), kind)
            object.__setattr__(self, one.name, value)
            _check(one, kind, value)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; tuples are lists."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


@cache
def hints(group: type) -> dict[str, Any]:
    """Return the types of a class's fields by name."""
    return get_type_hints(group)


def given(group: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is ``None`` where that is no value of the setting: there it stands for the default.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     epochs: int = setting(5, "Steps of training.", least=1)
    ...     radius: float | None = setting(2.0, "Radius.")
    >>> given(Toy, {"epochs": None, "radius": None})
    {'radius': None}
    """
    kinds = hints(group)
    return {k: v for k, v in values.items() if v is not None or type(None) in get_args(kinds[k])}


def documented(group: type[T]) -> type[T]:
    """Put the list of a class's settings, from the help of its fields, into its docstring.

    A field with a plain default takes help and range from the base class that has it.

    Parameters
    ----------
    group
        Subclass of :class:`Settings`; the class decorator stands above ``@dataclass``.

    Returns
    -------
    The class.

    Examples
    --------
    >>> @documented
    ... @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     '''Of a toy.'''
    ...
    ...     n_neighs: int = setting(12, "Nearest spots.")
    >>> print(Toy.__doc__.splitlines()[-1].strip())
    Nearest spots. Default: 12.
    """
    for one in fields(group):  # type: ignore[arg-type]
        if not one.metadata:  # a default of its own for a setting that a base class explains
            one.metadata = next(
                own[one.name].metadata
                for base in group.__mro__[1:]
                if one.name in (own := getattr(base, "__dataclass_fields__", {}))
            )
    lines = [(group.__doc__ or "").rstrip(), "", "    Attributes", "    ----------"]
    for one in fields(group):  # type: ignore[arg-type]
        lines += [f"    {one.name}", f"        {one.metadata.get('help', '')} Default: {one.default!r}."]
    group.__doc__ = "\n".join(lines) + "\n"
    group.__repr__ = _what_differs  # type: ignore[method-assign]
    return group


def _what_differs(self: Any) -> str:
    """Say which settings have other values than their defaults."""
    values = {one.name: getattr(self, one.name) for one in fields(self)}
    changed = {one.name: values[one.name] for one in fields(self) if values[one.name] != one.default}
    rest = len(values) - len(changed)
    told = [f"{rest} {'others' if changed else 'settings'} by default"] if rest else []
    return called_with(type(self).__name__, changed, *told)


def converted(value: Any, kind: Any) -> Any:
    """Give a value the type of its setting where nothing is lost: R writes 12.0 for 12.

    Parameters
    ----------
    value
        A plain value, one of NumPy's, a list.
    kind
        Type of the setting.

    Returns
    -------
    The value in the setting's type where it has a counterpart there, else as it is.

    Examples
    --------
    >>> converted(12.0, int), converted(np.int64(3), int), converted([6.0, 18.0], tuple[int, ...])
    (12, 3, (6, 18))
    """
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool):
        return value
    if _is_tuple(kind):
        items = value if isinstance(value, list | tuple | np.ndarray) else (value,)
        return tuple(converted(item, get_args(_plain_kind(kind))[0]) for item in items)
    if _plain_kind(kind) is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if _plain_kind(kind) is float and isinstance(value, int):
        return float(value) if abs(value) < 1e300 else math.inf
    return value


def from_text(name: str, text: str, group: type) -> Any:
    """Read a setting's value from text, as ``--set name=value`` has it.

    Parameters
    ----------
    name
        Name of the setting.
    text
        Its value; parts of several are separated by commas, ``none`` is none.
    group
        Class that has the setting.

    Returns
    -------
    The value in the setting's type.

    Raises
    ------
    SemSTError
        If the text is no such value.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     scales: tuple[int, ...] = setting((6, 18), "Averages.")
    >>> from_text("scales", "6,36", Toy)
    (6, 36)
    """
    kind = hints(group)[name]
    if text.lower() == "none" and type(None) in get_args(kind):
        return None
    try:
        if _is_tuple(kind):
            inner = get_args(_plain_kind(kind))[0]
            return tuple(_read(part.strip(), inner) for part in text.strip("()[]").split(",") if part.strip())
        return _read(text, _plain_kind(kind))
    except ValueError as error:
        raise SemSTError(f"{_words.name(name)} is {text!r}; give {_wanted(kind)}.") from error


def split(given: Mapping[str, Any], groups: Iterable[type], *, whose: str) -> list[dict[str, Any]]:
    """Deal named settings out to the classes that have them; the first that knows a name takes it.

    Parameters
    ----------
    given
        Values by name.
    groups
        Classes of settings.
    whose
        What has these settings, for the message.

    Returns
    -------
    A dictionary a class.

    Raises
    ------
    SemSTError
        For a name that none of them has; the nearest ones are named.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     epochs: int = setting(5, "Steps of training.", least=1)
    >>> split({"epoch": 3}, [Toy], whose="toy")
    Traceback (most recent call last):
    semst._errors.SemSTError: toy has no setting 'epoch'. Did you mean 'epochs'? Accepted are: epochs.
    """
    classes = list(groups)
    known = {name: group for group in reversed(classes) for name in names(group)}
    dealt: list[dict[str, Any]] = [{} for _ in classes]
    for name, value in given.items():
        if name not in known:
            raise SemSTError(unknown(name, known, f"{whose} has no setting"))
        dealt[classes.index(known[name])][name] = value
    return dealt


def unknown(name: str, known: Iterable[str], what: str) -> str:
    """Say that a name is unknown, which ones are near it, and which there are.

    Examples
    --------
    >>> unknown("grapst", ["graphst", "sedr"], "There is no model")
    "There is no model 'grapst'. Did you mean 'graphst'? Accepted are: graphst, sedr."
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"{what} {name!r}.{hint} Accepted are: {', '.join(names)}."


def choices(kind: Any) -> tuple[Any, ...] | None:
    """Return the values of a setting that is one of a closed list.

    Examples
    --------
    >>> choices(Literal["centre", "none"] | None), choices(int)
    (('centre', 'none'), None)
    """
    plain = _plain_kind(kind)
    return get_args(plain) if get_origin(plain) is Literal else None


def names(group: type) -> list[str]:
    """Return the names of a class's settings."""
    return [one.name for one in fields(group)]


def described(group: type) -> list[dict[str, Any]]:
    """List the settings of a class: name, type, default and help, as text.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Toy(Settings):
    ...     epochs: int = setting(5, "Steps of training.", least=1)
    >>> described(Toy)
    [{'name': 'epochs', 'type': 'int', 'default': '5', 'help': 'Steps of training.'}]
    """
    return [
        {
            "name": one.name,
            "type": _shown_kind(hints(group)[one.name]),
            "default": "" if one.default is MISSING else _shown(one.default),
            "help": one.metadata.get("help", ""),
        }
        for one in fields(group)
    ]


def _check(one: Field, kind: Any, value: Any) -> None:
    if value is None and type(None) in get_args(kind):
        return
    accepted = choices(kind)
    if accepted is not None:
        if not isinstance(value, str | bool | int | float) or value not in accepted:
            raise SemSTError(
                f"{_words.name(one.name)} is {shown(value)}; accepted are {', '.join(map(repr, accepted))}."
            )
        return
    least, above = one.metadata.get("least"), one.metadata.get("above")
    wanted = _wanted(kind, least=least, above=above)
    inner = get_args(_plain_kind(kind))[0] if _is_tuple(kind) else _plain_kind(kind)
    most = one.metadata.get("most") or {int: MOST_WHOLE, float: MOST}.get(inner)
    for item in value if isinstance(value, tuple) else (value,):
        fits = _has_type(item, inner)
        if fits and least is not None:
            fits = item >= least
        if fits and above is not None:
            fits = item > above
        if fits and most is not None and item > most:
            fits, wanted = (
                False,
                f"{wanted}, at most {most:,g}" if most < MOST else f"{wanted}, at most {most:g}",
            )
        if not fits:
            raise SemSTError(f"{_words.name(one.name)} is {shown(value)}; give {wanted}.")


def shown(value: Any) -> str:
    """A value for a message, in one line and not too long.

    Examples
    --------
    >>> shown("a" * 200)[-11:], shown([1, 2])
    ('aa... (str)', '[1, 2]')
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # a whole number of more than 4,300 digits
        text = "a very large number"
    return text if len(text) <= 100 else f"{text[:95]}... ({type(value).__name__})"


def _has_type(value: Any, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if isinstance(kind, type):
        return isinstance(value, kind)
    return True


def _wanted(kind: Any, *, least: float | None = None, above: float | None = None) -> str:
    plain = _plain_kind(kind)
    if _is_tuple(kind):
        return "one or more of " + _wanted(get_args(plain)[0], least=least, above=above)
    if plain is bool:
        return "true or false"
    if plain is int:
        return "a whole number" + (f" of {least:g} or more" if least is not None else "")
    if plain is float:
        if above == 0:
            return "a positive number"
        return "a number" if least is None else f"{least:g} or more"
    return "text" if plain is str else "a value that fits"


def _read(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
            raise ValueError(text)
        return text.lower() in ("true", "yes", "1")
    return int(text) if kind is int else float(text) if kind is float else text


def _plain_kind(kind: Any) -> Any:
    """The type without ``None``."""
    if get_origin(kind) in (Union, types.UnionType):
        others = [one for one in get_args(kind) if one is not type(None)]
        return others[0] if len(others) == 1 else kind
    return kind


def _is_tuple(kind: Any) -> bool:
    return get_origin(_plain_kind(kind)) is tuple


def _shown_kind(kind: Any) -> str:
    accepted = choices(kind)
    if accepted is not None:
        return " or ".join(map(_shown, accepted))
    text = str(kind) if get_origin(kind) is not None else getattr(kind, "__name__", str(kind))
    return text.replace(", ...", "").replace("pathlib.", "").replace(" | None", " or none")


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

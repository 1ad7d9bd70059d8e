"""Options made of settings: what a data class says of its fields is what ``semst run`` offers."""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_args, get_origin

import typer

from semst._errors import SemSTError
from semst._settings import choices, from_text, hints, unknown

from . import _options as opt

_KNOWN = {"device": opt.DEVICES}  # values of settings whose type does not tell them


def with_settings(
    *groups: type, only: Iterable[str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every setting of ``groups`` that has a panel.

    Parameters
    ----------
    *groups
        Subclasses of :class:`semst._settings.Settings`; the first that has a name gives its help.
    only
        Names of the settings that the command makes use of; all by default.

    Returns
    -------
    A decorator: the command gets what was given on the command line as keyword arguments, ``None`` for what
    was not.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
        taken = {one.name for one in own}
        added = {}
        for group in groups:
            for name, field in group.__dataclass_fields__.items():  # type: ignore[attr-defined]
                if name in taken or name in added or (only is not None and name not in only):
                    continue
                if field.metadata.get("panel"):
                    added[name] = _option(name, hints(group)[name], field.metadata)
        parameters = [*own, *added.values()]

        def call(**options: Any) -> None:
            command(**options)

        call.__doc__, call.__name__ = command.__doc__, command.__name__
        call.settings = {name for group in groups for name in hints(group)}  # type: ignore[attr-defined]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {one.name: one.annotation for one in parameters}
        return call

    return decorate


def _option(name: str, kind: Any, metadata: Any) -> inspect.Parameter:
    flag = f"--{name.replace('_', '-')}"
    panel, what = metadata["panel"], metadata["help"]
    if kind is bool:
        annotation: Any = Annotated[bool, typer.Option(flag, help=what, rich_help_panel=panel)]
        default: Any = False
    else:
        shown = _text_kind(kind)
        closed = choices(kind)
        values = _KNOWN.get(name, ()) if closed is None else map(str, closed)
        annotation = Annotated[
            shown | None,
            typer.Option(
                flag, help=what, rich_help_panel=panel, show_default=False, autocompletion=opt.one_of(values)
            ),
        ]
        default = None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _text_kind(kind: Any) -> Any:
    """What typer reads a setting as: whole numbers and numbers as such, all else as text."""
    kinds = [one for one in (get_args(kind) or (kind,)) if one is not type(None)]
    return kinds[0] if get_origin(kind) is not tuple and kinds[0] in (int, float) else str


def read_settings(
    pairs: Iterable[str], groups: Iterable[type], *, taken: Iterable[str] = ()
) -> dict[str, Any]:
    """Read what ``--set name=value`` gave.

    Parameters
    ----------
    pairs
        As typed.
    groups
        Classes that have the settings.
    taken
        Settings that are given by an option of their own.

    Returns
    -------
    Values by name, in the settings' types.

    Raises
    ------
    SemSTError
        For a pair without ``=``, a name that is given twice or that none has (the nearest are named), or a
        value of another type.

    Examples
    --------
    >>> from semst.models import SemSTConfig
    >>> read_settings(["rings=6,36", "zero-init=no"], [SemSTConfig])
    {'rings': (6, 36), 'zero_init': False}
    """
    classes = list(groups)
    known = {name: group for group in reversed(classes) for name in hints(group)}
    found = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise SemSTError(f"--set {pair!r} is no name=value, e.g. --set n_latent=20.")
        if name not in known:
            raise SemSTError(unknown(name, known, "--set: there is no setting"))
        if name in taken or name in found:
            raise SemSTError(f"--set {name}: this is given twice, or by an option of its own. Give it once.")
        found[name] = from_text(name, text.strip(), known[name])
    return found

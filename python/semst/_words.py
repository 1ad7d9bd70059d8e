"""What messages call parameters, slots and steps: the words of the door at which the user stands.

A message is written once and names things through :func:`name`, :func:`given`, :func:`slot`, :func:`step` and
:func:`in_python`, which ask the dialect that is spoken. Python's is here; the command and R bring their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class Dialect:
    """Python's words, and what other dialects change.

    Examples
    --------
    >>> Dialect().given("n_domains", 7), Dialect().given("use_rep"), Dialect().slot("obs", "layer")
    ('n_domains=7', 'use_rep=...', 'adata.obs["layer"]')
    """

    def name(self, parameter: str) -> str:
        """Name a parameter."""
        return parameter

    def given(self, parameter: str, value: Any = ...) -> str:
        """Show a parameter with a value as it is typed; ``...`` stands for any."""
        return f"{parameter}={quoted(value)}"

    def slot(self, kind: str, key: str | None = None) -> str:
        """Name a slot of an AnnData object, such as ``X``, or ``obs`` with a key."""
        return f"adata.{kind}" if key is None else f'adata.{kind}["{key}"]'

    def step(self, verb: str, **arguments: Any) -> str:
        """Show the call of a step on the object at hand: a function of ``semst.tl``."""
        return f"semst.tl.{verb}({', '.join(['adata', *(f'{k}={quoted(v)}' for k, v in arguments.items())])})"

    def source(self, kind: str, **settings: Any) -> str:
        """Show a semantic source with settings; empty where none can be given."""
        return f"semantics=semst.semantics.{kind}({', '.join(self.given(k, v) for k, v in settings.items())})"

    def one_slice(self) -> str:
        """Show how one of several slices is taken out of an object; empty where it cannot be typed."""
        return 'adata[adata.obs["slice"] == "a"]'

    def in_python(self, code: str, otherwise: str) -> str:
        """Show Python code where the user writes Python, and elsewhere say it in words."""
        return code

    def new_workers(self) -> str:
        """Show how workers are started that are no copies of the process that starts them."""
        return 'multiprocessing.get_context("spawn")'


_PYTHON = Dialect()
_spoken: ContextVar[Dialect] = ContextVar("the dialect of messages", default=_PYTHON)


def speak(dialect: Dialect) -> None:
    """From here to the end of the block of :func:`speaking` around it, let messages speak ``dialect``."""
    _spoken.set(dialect)


@contextmanager
def speaking(dialect: Dialect) -> Iterator[None]:
    """Within this block, let messages speak ``dialect``.

    Examples
    --------
    >>> class Shouted(Dialect):
    ...     def name(self, parameter):
    ...         return parameter.upper()
    >>> with speaking(Shouted()):
    ...     name("n_domains")
    'N_DOMAINS'
    """
    token = _spoken.set(dialect)
    try:
        yield
    finally:
        _spoken.reset(token)


def name(parameter: str) -> str:
    """Name a parameter: ``n_domains``, in the shell ``--n-domains``."""
    return _spoken.get().name(parameter)


def given(parameter: str, value: Any = ...) -> str:
    """Show a parameter with a value: ``n_domains=7``, and ``--n-domains 7`` in the shell.

    The value ``...`` stands for any.
    """
    return _spoken.get().given(parameter, value)


def slot(kind: str, key: str | None = None) -> str:
    """Name a slot: ``adata.obs["layer"]``, in the shell ``obs["layer"]``."""
    return _spoken.get().slot(kind, key)


def step(verb: str, **arguments: Any) -> str:
    """Show a step: ``semst.tl.explain(adata)``, in the shell ``semst explain``, in R ``explainDomains()``."""
    return _spoken.get().step(verb, **arguments)


def source(kind: str, **settings: Any) -> str:
    """Show a semantic source with settings; empty where the user has no way to give these."""
    return _spoken.get().source(kind, **settings)


def one_slice() -> str:
    """Show how one of several slices is taken out of an object; empty where it cannot be typed."""
    return _spoken.get().one_slice()


def in_python(code: str, otherwise: str) -> str:
    """Show code where the user writes Python, and elsewhere ``otherwise``."""
    return _spoken.get().in_python(code, otherwise)


def new_workers() -> str:
    """Show how workers are started that are no copies of the process that starts them."""
    return _spoken.get().new_workers()


def quoted(value: Any) -> str:
    """Show a value as Python has it, text in double quotes.

    Examples
    --------
    >>> quoted("mixture"), quoted(("a", "b")), quoted(...)
    ('"mixture"', '("a", "b")', '...')
    """
    if value is ...:
        return "..."
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"({', '.join(map(quoted, value))})"
    return repr(value)

"""Errors that the user can mend. Every message says what was found, what is accepted and what to do."""


class SemSTError(ValueError):
    """Something in the data or the call has to change before the work can go on."""


def first_line(error: BaseException) -> str:
    """What an error says, without what follows its first line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class MissingKeyError(SemSTError, KeyError):
    """A slot, column or layer that was asked for by name is not there."""

    __str__ = ValueError.__str__  # KeyError would print the repr, quotes and escapes included


class MissingDependencyError(SemSTError, ImportError):
    """An optional package, R, or a model's files are needed and were not found."""

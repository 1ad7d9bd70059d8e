"""Errors that the user can mend. Every message says what was found, what is accepted and what to do."""


class SemSTError(ValueError):
    """Something in the data or the call has to change before the work can go on."""


class MissingKeyError(SemSTError, KeyError):
    """A slot, column or layer that was asked for by name is not there."""

    __str__ = ValueError.__str__  # KeyError would print the repr, quotes and escapes included


class MissingDependencyError(SemSTError, ImportError):
    """An optional package, R, or a model's files are needed and were not found."""

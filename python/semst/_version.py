"""The version, of the Python and the R package alike (a test holds DESCRIPTION to it)."""

__version__ = "0.99.0"

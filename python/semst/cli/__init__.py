"""The command ``semst``."""

# importing a command's module is what puts it into the group, in this order
from . import _run, _embed, _score, _demo, _info  # noqa: F401, I001
from ._app import app, main

__all__ = ["app", "main"]

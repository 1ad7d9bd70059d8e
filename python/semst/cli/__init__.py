"""The command ``semst``."""

from ._app import app, main

__all__ = ["app", "main"]

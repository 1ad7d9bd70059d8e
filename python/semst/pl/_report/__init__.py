"""One page with all that is known of the domains, to open, print or hand on."""

from ._page import report

__all__ = ["report"]

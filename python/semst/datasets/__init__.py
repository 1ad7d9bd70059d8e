"""Slices to try things on: a simulated cortex, and public data sets by name."""

from ._fetch import available, fetch
from ._simulate import simulated_cortex

__all__ = ["available", "fetch", "simulated_cortex"]

"""The record of a run: plain values that h5ad and R can hold, and the versions that had a part in it."""

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._optional import installed
from ._version import __version__

PACKAGES = (
    "torch",
    "torch-geometric",
    "lightning-fabric",
    "transformers",
    "sentence-transformers",
    "anndata",
    "scanpy",
    "scikit-learn",
    "scipy",
    "numpy",
    "rpy2",
    "anndata2ri",
    "spatialdata",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can have a part in a result and are there.

    Examples
    --------
    >>> "torch" in versions()
    True
    """
    there = {name: installed(name) for name in PACKAGES}
    ours = {"python": platform.python_version(), "semst": __version__}
    return {**ours, **{name: found for name, found in there.items() if found is not None}}


def plain(value: Any) -> Any:
    """Reduce ``value`` to what can be written to h5ad: no ``None``, no tuples, no NumPy scalars.

    Examples
    --------
    >>> plain({"a": None, "b": (1, 2), "c": {"d": "x"}})
    {'b': array([1, 2]), 'c': {'d': 'x'}}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return np.asarray(value)
    if isinstance(value, str | bool | int | float | np.ndarray):
        return value
    return str(value)

"""The record of a run: plain values that h5ad and R can hold."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from semst.cluster import ClusterResult

_PACKAGES = (
    "semst",
    "torch",
    "torch-geometric",
    "transformers",
    "anndata",
    "scanpy",
    "scikit-learn",
    "numpy",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that have a part in the result."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def outcome(found: ClusterResult, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return what the record of every model ends with: the clusterer's part, the versions and the timings."""
    return {
        "clustering": {"method": found.method, "log_likelihood": found.log_likelihood, **found.details},
        "versions": versions(),
        "timings": seconds,
    }


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

"""Packages that only some calls need: imported there, and named with their extra where they are missing."""

import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from semst._errors import MissingDependencyError, first_line


def optional(module: str, *, extra: str, what: str) -> Any:
    """Import a module that may be missing, and that the ``extra`` of this package brings.

    ``what`` it is needed for is the beginning of a sentence in the error.

    Examples
    --------
    >>> optional("no_such_module", extra="umap", what="A UMAP")
    Traceback (most recent call last):
    ...
    semst._errors.MissingDependencyError: A UMAP needs the package no_such_module (No module named \
'no_such_module'): pip install 'semst[umap]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        package, reason = module.partition(".")[0], first_line(error)
        raise MissingDependencyError(
            f"{what} needs the package {package} ({reason}): pip install 'semst[{extra}]'"
        ) from error


def requirements() -> dict[str, list[str]]:
    """Return the packages that this one asks for, by extra; those of every installation under ``""``.

    Examples
    --------
    >>> requirements()["umap"], "torch" in requirements()[""]
    (['umap-learn'], True)
    """
    found: dict[str, list[str]] = {"": []}
    for line in requires("semst") or []:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"""extra == ['"](.+?)['"]""", line)
        if name is not None:
            found.setdefault(extra[1] if extra else "", []).append(name[0])
    found.pop("all", None)
    return found


def installed(package: str) -> str | None:
    """Version of an installed package; ``None`` where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None

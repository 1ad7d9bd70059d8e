"""The whole way from counts to domains, for every model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from anndata import AnnData

from semst import models as registry
from semst import tl
from semst._errors import SemSTError
from semst._settings import described
from semst.data import rows_of
from semst.train import Compute

from ._arrays import codes, onto_all, parts, slice_of, slices_of
from ._door import door
from ._explain import tables
from ._sources import SOURCES, source_of


@door
def run(
    counts: Mapping[str, Any],
    coordinates: Any,
    model: str,
    n_domains: Any,
    *,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    graph: Mapping[str, Any] | None = None,
    image: Any = None,
    inside: Any = None,
    semantics: Any = None,
    save_model: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run a model.

    Parameters
    ----------
    counts
        A ``dgCMatrix`` of genes x spots in its parts: ``i``, ``p``, ``x``, and ``genes``. Its columns are
        rows here, so it becomes a csr matrix of spots x genes without being turned round.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    model
        Name of the model.
    n_domains
        Wanted number of domains, or ``"auto"``.
    samples
        Name of the slice of every spot.
    depth
        Library sizes over all genes.
    graph
        Spatial graph to use instead of one made from the coordinates; parts as of ``counts``.
    image
        Features of the image at every spot, (n_spots, p).
    inside
        Which spots lie in the tissue, the others being left out; ``None`` for all.
    semantics
        Name, array with one row per spot, ``{"kind": ..., "args": {...}}``, or ``None`` for the model's.
    save_model
        New folder that the fitted model is saved in.
    **options
        Further arguments and settings of :class:`semst.tl.Estimator`; ``None`` keeps a default.

    Returns
    -------
    ``embedding`` (n_spots, n_latent), ``labels`` and ``unrefined`` (1 to K, 0 for spots without counts),
    ``uncertainty`` or ``None``, ``semantic`` or ``None``, ``inspected`` by name, ``graph`` and ``distances``
    (parts of a ``dgCMatrix`` of spots x spots), ``record``, ``explanation`` (:func:`tables`) or ``None``, and
    the ``title`` of the model. Spots without counts, or outside the tissue, hold NaN.

    Raises
    ------
    SemSTError
        If the data or the call cannot be used.

    Examples
    --------
    >>> found = run(counts, coordinates, "graphst", 7, epochs=20)  # doctest: +SKIP
    """
    adata, keys = slice_of(
        counts, coordinates, samples=samples, depth=depth, graph=graph, image=image, inside=inside
    )
    semantics = _of_inside(semantics, [inside], [adata])
    estimator = _estimator(model, n_domains, semantics, save_model, {**options, **keys})
    result = _fit(estimator, adata, save_model)
    return {**_of_spots(result, inside), **_of_run(result, estimator)}


@door
def run_jointly(
    slices: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    model: str,
    n_domains: Any,
    *,
    semantics: Any = None,
    save_model: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run a model jointly on several slices, with the genes that all of them have.

    Parameters
    ----------
    slices
        Of each one ``counts``, ``coordinates`` and, where they are known, ``samples``, ``depth``, ``graph``,
        ``image`` and ``inside``, as in :func:`run`. A slice without ``samples`` is one of its own name.
    names
        Their names.
    model, n_domains, save_model, **options
        As in :func:`run`.
    semantics
        As in :func:`run`; an array has the rows of all slices, one after the other.

    Returns
    -------
    As :func:`run`, but what has a row per spot is in ``parts``, a dictionary for each slice.

    Raises
    ------
    SemSTError
        If the slices have no gene in common, one of them lacks what others have, or the data or the call
        cannot be used.

    Examples
    --------
    >>> found = run_jointly([first, second], ["a", "b"], "semst", 7)  # doctest: +SKIP
    """
    named, keys = slices_of(slices, names)
    inside = [one.get("inside") for one in slices]
    semantics = _of_inside(semantics, inside, list(named.values()))
    estimator = _estimator(model, n_domains, semantics, save_model, {**options, **keys})
    result = _fit(estimator, named, save_model)
    dealt = [_of_spots(result.part(rows), mask) for rows, mask in zip(rows_of(named), inside, strict=True)]
    return {"parts": dealt, **_of_run(result, estimator)}


def _estimator(
    model: str, n_domains: Any, semantics: Any, save_model: str | None, options: Mapping[str, Any]
) -> tl.Estimator:
    """Make the estimator, and make sure before the long work that it can be saved where it has to be."""
    given = {name: value for name, value in options.items() if value is not None}
    estimator = tl.Estimator(model, n_domains, semantics=source_of(semantics), **given)
    if save_model is None:
        return estimator
    if Path(save_model).exists():
        raise SemSTError(f"save_model is {save_model}, which exists already. Give a folder that does not.")
    if not isinstance(estimator.semantics, str):
        raise SemSTError(
            "A model can be saved whose semantics are given by name; here they are "
            f"{type(estimator.semantics).__name__}. Leave out save_model, or name a source."
        )
    return estimator


def _fit(estimator: tl.Estimator, data: Any, save_model: str | None) -> Any:
    result = estimator.fit(data).result_
    if save_model is not None:
        estimator.save(save_model)
    return result


def _of_inside(semantics: Any, inside: Sequence[Any], slices: Sequence[AnnData]) -> Any:
    """Take the rows of the spots that lie in the tissue, where semantics are an array for all."""
    if not isinstance(semantics, np.ndarray) or all(mask is None for mask in inside):
        return semantics
    masks = [
        np.ones(one.n_obs, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
        for mask, one in zip(inside, slices, strict=True)
    ]
    return semantics[np.concatenate(masks)]


def _of_spots(result: Any, inside: Any) -> dict[str, Any]:
    """What of a result has a row per spot."""
    graphs = onto_all({name: getattr(result, name) for name in ("graph", "distances")}, inside)
    found = {
        "embedding": result.embedding,
        "labels": codes(result.labels),
        "unrefined": codes(result.unrefined),
        "uncertainty": result.uncertainty,
        "semantic": result.semantic,
        "inspected": dict(result.inspected),
    }
    # symmetric, so that its rows are the columns that R wants
    shared = {name: None if graph is None else parts(sp.csr_matrix(graph)) for name, graph in graphs.items()}
    return {**onto_all(found, inside), **shared}


def _of_run(result: Any, estimator: tl.Estimator) -> dict[str, Any]:
    """What of it is one for all spots."""
    return {
        "record": result.record,
        "explanation": None if result.explanation is None else tables(result.explanation),
        "title": estimator.model.title,
    }


def models() -> dict[str, Any]:
    """List the models, what each can do, all settings, and the kinds of semantic sources.

    Returns
    -------
    ``models`` (name to title), ``features`` (model to feature to ``"yes"`` or the reason why not),
    ``settings`` (model to rows of name, type, default and help) and ``sources``.

    Examples
    --------
    >>> models()["models"]["graphst"]
    'GraphST'
    """
    # `verbose` of R is `progress`
    shared = [one for one in described(Compute) if one["name"] != "progress"]
    return {
        "models": {name: registry.get(name).title for name in registry.available()},
        "features": registry.features().to_dict(),
        "settings": {name: registry.describe(name) + shared for name in registry.available()},
        "sources": SOURCES,
    }

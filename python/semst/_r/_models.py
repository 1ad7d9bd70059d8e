"""The whole way from counts to domains, for every model."""

from collections.abc import Mapping, Sequence
from typing import Any

from semst import models as registry
from semst import tl
from semst._settings import described
from semst.train import Compute

from ._arrays import codes, slice_of
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
    semantics: Any = None,
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
    semantics
        Name, array with one row per spot, ``{"kind": ..., "args": {...}}``, or ``None`` for the model's.
    **options
        Further arguments and settings of :class:`semst.tl.Estimator`; ``None`` keeps a default.

    Returns
    -------
    ``embedding`` (n_spots, n_latent), ``labels`` and ``unrefined`` (1 to K, 0 for spots without counts),
    ``uncertainty`` or ``None``, ``semantic`` or ``None``, ``inspected`` by name, ``record``,
    ``explanation`` (:func:`tables`) or ``None``, and the ``title`` of the model. Spots without counts hold
    NaN.

    Raises
    ------
    SemSTError
        If the data or the call cannot be used.

    Examples
    --------
    >>> found = run(counts, coordinates, "graphst", 7, epochs=20)  # doctest: +SKIP
    """
    adata, keys = slice_of(counts, coordinates, samples=samples, depth=depth, graph=graph, image=image)
    given = {name: value for name, value in options.items() if value is not None}
    estimator = tl.Estimator(model, n_domains, semantics=source_of(semantics), **given, **keys)
    result = estimator.fit(adata).result_
    return {
        "embedding": result.embedding,
        "labels": codes(result.labels),
        "unrefined": codes(result.unrefined),
        "uncertainty": result.uncertainty,
        "semantic": result.semantic,
        "inspected": dict(result.inspected),
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

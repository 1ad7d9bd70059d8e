"""The whole way from counts to domains, for every model."""

from collections.abc import Mapping, Sequence
from typing import Any

from semst import tl

from ._arrays import codes, slice_of
from ._door import door
from ._sources import source_of


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
        A ``dgCMatrix`` of genes x spots in its parts: ``i``, ``p``, ``x``, ``genes``, ``spots``. Its columns
        are rows here, so it becomes a csr matrix of spots x genes without being turned round.
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
    ``uncertainty`` or ``None``, ``semantic`` or ``None``, ``inspected`` by name, ``record``. Spots without
    counts hold NaN.

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
    }


def models() -> dict[str, Any]:
    """List the models, what each can do, and all settings.

    Returns
    -------
    ``models`` (name to title), ``features`` (model to feature to ``"yes"`` or the reason why not) and
    ``settings`` (model to name to help).

    Examples
    --------
    >>> models()["models"]["graphst"]
    'GraphST'
    """
    from semst import models as registry

    return {
        "models": {name: registry.get(name).title for name in registry.available()},
        "features": registry.features().to_dict(),
        "settings": {
            name: {one["name"]: one["help"] for one in registry.describe(name)}
            for name in registry.available()
        },
    }

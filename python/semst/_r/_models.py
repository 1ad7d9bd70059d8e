"""The whole way from counts to domains; every model takes the same arrays and returns the same dict."""

from collections.abc import Mapping, Sequence
from typing import Any

from semst import _keys, tl
from semst.models import SemSTConfig
from semst.models.semanticst import SemanticSTConfig

from ._arrays import codes, plain, slice_of
from ._door import door
from ._sources import source_of, typed


@door
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
    """Run SemST.

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

    Examples
    --------
    >>> found = semst(counts, coordinates, 7, semantics="none")  # doctest: +SKIP
    """
    adata, keys = slice_of(counts, coordinates, samples=samples, depth=depth, graph=graph)
    model = tl.SemST(
        n_domains,
        semantics=source_of(semantics),
        use_existing_graph=graph is not None,
        **options,
        **typed(settings, SemSTConfig),
    )
    result = model.fit(adata, **keys).result_
    return {
        "embedding": result.embedding,
        "labels": codes(result.labels),
        "unrefined": codes(result.unrefined),
        "uncertainty": result.uncertainty,
        "semantic": result.semantic,
        "record": plain(result.record),
    }


@door
def semanticst(
    counts: Mapping[str, Any],
    coordinates: Any,
    n_domains: int,
    *,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    graph: None = None,
    semantics: Any = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run SemanticST.

    Parameters
    ----------
    counts, coordinates, n_domains, samples, depth, semantics
        As for :func:`semst`.
    graph
        Not used: SemanticST makes its graphs itself.
    settings
        Attributes of :class:`semst.models.semanticst.SemanticSTConfig`.
    **options
        Further arguments of :func:`semst.tl.semanticst`.

    Returns
    -------
    What :func:`semst` returns, with ``attention`` (n_spots, n_graphs).

    Raises
    ------
    SemSTError
        If the data or the call cannot be used.

    Examples
    --------
    >>> found = semanticst(counts, coordinates, 7, epochs=20)  # doctest: +SKIP
    """
    adata, keys = slice_of(counts, coordinates, samples=samples, depth=depth)
    if semantics is not None:
        options["semantics"] = source_of(semantics)
    own = typed(settings, SemanticSTConfig)
    tl.semanticst(adata, n_domains, store_semantic=True, key_added="model", **options, **keys, **own)
    uncertainty = adata.obs.get(_keys.uncertainty("model"))
    return {
        "embedding": adata.obsm[_keys.embedding("model")],
        "labels": codes(adata.obs["model"].array),
        "unrefined": codes(adata.obs[_keys.unrefined("model")].array),
        "uncertainty": None if uncertainty is None else uncertainty.to_numpy(),
        "semantic": adata.obsm.get(_keys.semantic("model")),
        "attention": adata.obsm["model_attention"],
        "record": plain(adata.uns["model"]),
    }

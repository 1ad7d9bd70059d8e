"""Single steps: semantic vectors, clustering, the neighbours' vote, scores; and a slice to try things on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from semst import _keys, gr, metrics, tl
from semst import cluster as clusterers
from semst._errors import SemSTError
from semst._record import plain

from ._arrays import optional, parts, slice_of
from ._door import door
from ._sources import source_of


@door
def embed(
    counts: Mapping[str, Any],
    *,
    source: Any,
    coordinates: Any = None,
    depth: Any = None,
    all_genes: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """Make the semantic vectors of all spots, those that :func:`run` makes itself.

    Parameters
    ----------
    counts, source, coordinates, depth
        ``counts``, ``semantics`` and the others as in :func:`run`; coordinates spread landmarks.
    all_genes
        Let all genes into texts, and not only the variable ones.
    **options
        Of :func:`semst.tl.semantic_vectors`; ``None`` keeps a default.

    Returns
    -------
    ``vectors`` (n_spots, n_dimensions), and ``info``.

    Raises
    ------
    SemSTError
        If there is no such source, it gives no vectors, or it cannot be used.

    Examples
    --------
    >>> counts = {"i": [0, 1], "p": [0, 1, 2], "x": [5.0, 6.0], "genes": ["MBP", "GFAP"]}
    >>> embed(counts, source="random", all_genes=True, progress=False)["vectors"].shape[0]
    2
    """
    adata, keys = slice_of(counts, coordinates, depth=depth)
    given = {name: value for name, value in options.items() if value is not None}
    tl.semantic_vectors(
        adata, source_of(source), genes="all" if all_genes else "variable", key_added="found", **given, **keys
    )
    return {"vectors": adata.obsm[_keys.embedding("found")], "info": adata.uns["found"]}


@door
def cluster(X: Any, n_domains: int, *, method: str, random_state: int, **options: Any) -> dict[str, Any]:
    """Cluster an embedding.

    Parameters
    ----------
    X
        Shape (n_spots, n_dimensions); rows that are NaN throughout get no domain.
    n_domains
        Wanted number of domains.
    method, random_state, **options
        Of :func:`semst.cluster.cluster`; an option that is ``None`` is left to its default.

    Returns
    -------
    ``labels`` (1 to K, 0 for none), ``uncertainty`` or ``None``, ``record``.

    Raises
    ------
    SemSTError
        If the clusterer is missing or finds another number of domains.

    Examples
    --------
    >>> rows = [[0.0], [0.1], [np.nan], [9.0], [9.1]]
    >>> cluster(rows, 2, method="kmeans", random_state=0)["labels"].tolist()[2]
    0
    """
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
    return {"labels": labels, "uncertainty": uncertainty, "record": plain(record)}


@door
def refine(
    labels: Sequence[int],
    coordinates: Any,
    *,
    n_neighs: int,
    radius: float | None,
    samples: Sequence[str] | None,
) -> dict[str, Any]:
    """Let neighbours vote on labels.

    Parameters
    ----------
    labels
        1 to K; 0 for spots without a domain, which are no neighbours either.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    n_neighs, radius, samples
        Of :func:`semst.gr.spatial_graph`.

    Returns
    -------
    ``labels`` after the vote.

    Raises
    ------
    SemSTError
        If the coordinates cannot be used.

    Examples
    --------
    >>> line = [[0, 0], [1, 0], [2, 0], [3, 0]]
    >>> refine([1, 1, 2, 0], line, n_neighs=2, radius=2.0, samples=None)["labels"].tolist()
    [1, 1, 1, 0]
    """
    given = np.asarray(labels, dtype=np.int32)
    kept = given > 0
    points = np.asarray(coordinates, dtype=np.float64)[kept]
    slices = None if samples is None else np.asarray(list(samples), dtype=object)[kept]
    graph = gr.spatial_graph(points, n_neighs=n_neighs, radius=radius, samples=slices)
    voted = given.copy()
    voted[kept] = clusterers.refine(given[kept], graph.adjacency)
    return {"labels": voted}


@door
def score(
    labels: Sequence[int],
    *,
    truth: Sequence[int] | None = None,
    coordinates: Any = None,
    samples: Sequence[str] | None = None,
    embedding: Any = None,
    lisi: bool = False,
) -> dict[str, Any]:
    """Score labels against ``truth``, on the tissue and in the embedding, whichever is given.

    Parameters
    ----------
    labels, truth
        1 to K, 0 for none.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3).
    samples
        Name of the slice of every spot; scores on the tissue are means over slices.
    embedding
        Shape (n_spots, n_dimensions); rows that are NaN throughout are left out.
    lisi
        Add ``clisi`` and, of several slices, ``ilisi``.

    Returns
    -------
    Scores by name.

    Raises
    ------
    MissingDependencyError
        If harmonypy is not installed and ``lisi`` is wanted.
    SemSTError
        If ``lisi`` is wanted and there is no embedding.

    Examples
    --------
    >>> score([1, 1, 2, 2], truth=[3, 3, 1, 0])["ari"]
    1.0
    """
    found: dict[str, Any] = {}
    domains = optional(labels)
    if truth is not None:
        found.update(metrics.score(optional(truth), domains))
    if coordinates is not None:
        points = np.asarray(coordinates, dtype=np.float64)
        names = np.zeros(len(points)) if samples is None else np.asarray(list(samples))
        slices = [names == name for name in pd.unique(names)]
        found["chaos"] = float(np.mean([metrics.chaos(points[one], domains[one]) for one in slices]))
        found["pas"] = float(np.mean([metrics.pas(points[one], domains[one]) for one in slices]))
    if embedding is not None:
        rows = np.asarray(embedding, dtype=np.float64)
        kept = ~np.isnan(rows).all(axis=1)
        found["asw"] = metrics.asw(rows[kept], domains[kept])
        if lisi:
            found["clisi"] = metrics.clisi(rows, domains)
            if samples is not None:
                found["ilisi"] = metrics.ilisi(rows, list(samples))
    elif lisi:
        raise SemSTError("LISI looks at neighbours in an embedding; give one, embedding = or dimred =.")
    return found


@door
def match_labels(
    labels: Sequence[int], levels: Sequence[str], other: Sequence[int], names: Sequence[str]
) -> dict[str, Any]:
    """Rename domains after those of another labelling of the same spots.

    Parameters
    ----------
    labels, levels
        Codes 1 to K, 0 for none, and what they stand for.
    other, names
        The same of the other labelling.

    Returns
    -------
    ``renamed``: the new name of each of ``levels``, in order.

    Raises
    ------
    SemSTError
        If the lengths differ.

    Examples
    --------
    >>> match_labels([1, 1, 2, 2], ["a", "b"], [2, 2, 1, 1], ["WM", "L1"])["renamed"]
    ['L1', 'WM']
    """
    given, own = np.asarray(labels, dtype=np.intp), [str(name) for name in levels]
    theirs = [None if code is None else str(names[code - 1]) for code in optional(other)]
    found = clusterers.match_labels([None if code == 0 else own[code - 1] for code in given], theirs)
    first = [int(np.argmax(given == code + 1)) for code in range(len(own))]
    return {"renamed": [str(found[row]) if given[row] else own[k] for k, row in enumerate(first)]}


@door
def simulated_cortex(n_spots: int, n_genes: int, *, random_state: int, **options: Any) -> dict[str, Any]:
    """Make a slice to try things on.

    Parameters
    ----------
    n_spots, n_genes, random_state, **options
        Of :func:`semst.datasets.simulated_cortex`.

    Returns
    -------
    ``counts`` (parts of a ``dgCMatrix`` of genes x spots), ``genes``, ``spots``, ``marker_of``,
    ``coordinates``, ``truth`` (codes of ``layers``, 0 for spots without annotation) and ``layers``.

    Examples
    --------
    >>> simulated_cortex(100, 30, random_state=0)["coordinates"].shape[1]
    2
    """
    from semst import datasets

    adata = datasets.simulated_cortex(n_spots, n_genes, random_state=random_state, **options)
    truth = adata.obs["ground_truth"].cat
    return {
        "counts": parts(adata.X),
        "genes": adata.var_names.tolist(),
        "spots": adata.obs_names.tolist(),
        "marker_of": adata.var["marker_of"].tolist(),
        "coordinates": adata.obsm[_keys.SPATIAL],
        "truth": (truth.codes + 1).to_numpy(dtype=np.int32),
        "layers": truth.categories.tolist(),
    }

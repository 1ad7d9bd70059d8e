"""Domains of a slice by a model that was fitted to others and saved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from semst import tl
from semst._errors import SemSTError
from semst.data import SliceKeys

from ._arrays import codes, onto_all, slice_of
from ._door import door


@door
def predict(
    counts: Mapping[str, Any],
    coordinates: Any,
    model: str,
    *,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    graph: Mapping[str, Any] | None = None,
    image: Any = None,
    inside: Any = None,
    max_missing: float = 0.2,
    progress: bool = True,
) -> dict[str, Any]:
    """Read the domains of a saved model off a slice.

    Parameters
    ----------
    counts, coordinates, samples, depth, graph, image, inside
        As in :func:`run`. Wherever the fit had these, they are looked for in the arguments here.
    model
        Folder that :meth:`semst.tl.Estimator.save` wrote, from R, Python or the shell.
    max_missing
        Share of the genes of the fit that the slice may lack.
    progress
        Whether progress is shown.

    Returns
    -------
    As :func:`run`, where a slice that is read has it (``embedding``, ``labels``, ``unrefined``,
    ``uncertainty``, ``record``, ``title``), and ``posterior`` (n_spots, n_domains), ``typicality`` and
    ``unlike`` (n_spots,).

    Raises
    ------
    SemSTError
        If the folder holds no model, too many genes are missing, or the data cannot be used.

    Examples
    --------
    >>> predict(counts, coordinates, "cortex-model")["labels"]  # doctest: +SKIP
    """
    estimator = tl.Estimator.load(model)
    adata, keys = slice_of(
        counts, coordinates, samples=samples, depth=depth, graph=graph, image=image, inside=inside
    )
    if estimator.keys.use_existing_graph and graph is None:
        raise SemSTError("The model was fitted on a graph that was given; give one for these spots, graph =.")
    if estimator.keys.image_key is not None and image is None:
        raise SemSTError(
            "The model was fitted with features of the image; give those of these spots, image_features =."
        )
    estimator.keys = SliceKeys(**keys)
    estimator.compute = replace(estimator.compute, progress=progress)
    found = estimator.predict(adata, max_missing=max_missing)
    of_spots = {
        "embedding": found.embedding,
        "labels": codes(found.labels),
        "unrefined": codes(found.unrefined),
        "uncertainty": found.uncertainty,
        "posterior": found.posterior,
        "typicality": found.typicality,
        "unlike": found.unlike,
    }
    return {**onto_all(of_spots, inside), "record": found.record, "title": estimator.model.title}

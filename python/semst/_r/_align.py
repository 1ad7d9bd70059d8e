"""Sections in the frame of the first, and embeddings without what differs between slices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import tl
from semst._errors import SemSTError

from ._arrays import slice_of
from ._door import door

_KEY = "aligned"


@door
def align(
    counts: Mapping[str, Any], coordinates: Any, *, samples: Sequence[str] | None, **options: Any
) -> dict[str, Any]:
    """Bring sections into the frame of the first by rotation and shift.

    Parameters
    ----------
    counts, coordinates
        As in :func:`run`.
    samples
        Name of the section of every spot.
    **options
        Of :func:`semst.tl.align`; ``None`` keeps a default.

    Returns
    -------
    ``coordinates`` of all spots, and ``motions``, columns: ``section``, ``angle`` (degrees), ``x`` and ``y``.

    Raises
    ------
    MissingDependencyError
        If POT is not installed.
    SemSTError
        If there is one section only, or the data or the order cannot be used.

    Examples
    --------
    >>> align(counts, coordinates, samples=sections)["motions"]["angle"]  # doctest: +SKIP
    """
    if samples is None:
        raise SemSTError("There is one section; samples has to tell two or more apart.")
    adata, keys = slice_of(counts, coordinates, samples=samples)
    column = keys["sample_key"]
    adata.obs[column] = adata.obs[column].astype(str)  # without an order of its own: by name, numbers by size
    given = {name: value for name, value in options.items() if value is not None}
    tl.align(adata, column, key_added=_KEY, **given)
    motions = pd.DataFrame.from_dict(adata.uns[f"{_KEY}_motions"], orient="index")
    return {
        "coordinates": adata.obsm[_KEY],
        "motions": {
            "section": motions.index.tolist(),
            **{name: motions[name].to_numpy() for name in motions},
        },
    }


@door
def harmonise(X: Any, samples: Sequence[str] | None, *, random_state: int = 0) -> dict[str, Any]:
    """Correct an embedding of several slices with Harmony.

    Parameters
    ----------
    X
        Shape (n_spots, n_dimensions); rows that are NaN stay so.
    samples
        Name of the slice of every spot.
    random_state
        Seed.

    Returns
    -------
    ``embedding``, of the same shape.

    Raises
    ------
    MissingDependencyError
        If harmonypy is not installed.
    SemSTError
        If there is one slice only.

    Examples
    --------
    >>> harmonise(rows, ["a", "b"] * 50)["embedding"].shape  # doctest: +SKIP
    (100, 5)
    """
    if samples is None:
        raise SemSTError("There is one slice; samples has to tell two or more apart.")
    rows = np.asarray(X, dtype=np.float32)
    adata = AnnData(np.zeros((len(rows), 1), dtype=np.float32), obsm={"X": rows})
    adata.obs["sample"] = list(samples)
    tl.harmony(adata, "sample", use_rep="X", random_state=random_state, key_added="X_corrected")
    return {"embedding": adata.obsm["X_corrected"]}

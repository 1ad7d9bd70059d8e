"""Finer and coarser domains: a domain split, the tree of all, and a cut through it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, tl
from semst import cluster as clusterers

from ._arrays import codes, optional, slice_of
from ._door import door
from ._sources import source_of

_KEY = "domains"
_ADDED = "found"


@door
def split(
    slice: Mapping[str, Any],
    labels: Sequence[int],
    levels: Sequence[str],
    domain: str,
    n: Any,
    *,
    params: Mapping[str, Any] | None = None,
    colors: Sequence[str] | None = None,
    semantics: Any = None,
    **options: Any,
) -> dict[str, Any]:
    """Split a domain into sub-domains.

    Parameters
    ----------
    slice
        Arguments of :func:`slice_of`.
    labels
        1 to K, 0 for none.
    levels
        Names of the domains.
    domain, n
        Which one, and into how many, or ``"auto"``.
    params
        Settings of the run that found the domains, of its record; ``None`` for the default.
    colors
        Colours of the domains.
    semantics
        As in :func:`run`; ``None`` takes the run's.
    **options
        Settings in the place of those of the run; ``None`` keeps one.

    Returns
    -------
    ``labels`` (codes of ``levels``), ``levels``, ``colors``, and the ``record`` of the split.

    Raises
    ------
    SemSTError
        If there is no such domain, it is too small, or the run on it fails.

    Examples
    --------
    >>> split(slice, labels, ["1", "2"], "2", 2)["levels"]  # doctest: +SKIP
    ['1', '2.1', '2.2']
    """
    adata, keys = slice_of(**slice)
    codes_ = np.asarray(labels, dtype=np.int32)
    inside = slice.get("inside")
    if inside is not None:
        codes_ = codes_[np.asarray(inside, dtype=bool)]
    adata.obs[_KEY] = pd.Categorical.from_codes(codes_ - 1, pd.Index([str(name) for name in levels]))
    if params:
        adata.uns[_KEY] = {"params": _listed(params)}
    if colors is not None:
        adata.uns[_keys.colors(_KEY)] = np.array(list(colors))
    given = {name: value for name, value in options.items() if value is not None}
    if semantics is not None:
        given["semantics"] = source_of(semantics)
    tl.split(adata, str(domain), n, key=_KEY, key_added=_ADDED, **given, **keys)
    found = adata.obs[_ADDED].cat
    whole = np.zeros(len(np.asarray(labels)), dtype=np.int32)
    whole[slice_mask(inside, len(whole))] = codes(adata.obs[_ADDED].array)
    return {
        "labels": whole,
        "levels": found.categories.tolist(),
        "colors": [str(color) for color in adata.uns[_keys.colors(_ADDED)]],
        "record": adata.uns[_ADDED]["splits"]["1"],
    }


def slice_mask(inside: Any, n_spots: int) -> np.ndarray:
    """Return which spots are in a slice that was read: those in the tissue, or all."""
    return np.ones(n_spots, dtype=bool) if inside is None else np.asarray(inside, dtype=bool)


@door
def tree(labels: Sequence[int], levels: Sequence[str], X: Any) -> dict[str, Any]:
    """Build the tree of domains.

    Parameters
    ----------
    labels, levels
        As in :func:`split`.
    X
        Embedding, shape (n_spots, n_dimensions).

    Returns
    -------
    ``names`` of the leaves, and ``linkage`` as SciPy keeps it, shape (K - 1, 4).

    Raises
    ------
    SemSTError
        If there is only one domain, or the embedding is not finite where there is one.

    Examples
    --------
    >>> rows = [[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]]
    >>> tree([1, 1, 2, 2, 3, 3], ["a", "b", "c"], rows)["linkage"].shape
    (2, 4)
    """
    found = clusterers.domain_tree(np.asarray(X, dtype=np.float64), _named(labels, levels))
    return {"names": list(found.names), "linkage": found.linkage}


@door
def cut(
    labels: Sequence[int], levels: Sequence[str], X: Any, n: int, *, colors: Sequence[str] | None = None
) -> dict[str, Any]:
    """Merge the nearest domains until ``n`` are left.

    Parameters
    ----------
    labels, levels, X, colors
        As in :func:`split` and :func:`tree`.
    n
        Number of domains to leave.

    Returns
    -------
    ``labels``, ``levels`` and ``colors``, and ``names`` of the finer domains beside ``merged``, of their own.

    Raises
    ------
    SemSTError
        If ``n`` does not fit.

    Examples
    --------
    >>> rows = [[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]]
    >>> cut([1, 1, 2, 2, 3, 3], ["a", "b", "c"], rows, 2)["levels"]
    ['a+b', 'c']
    """
    rows = np.asarray(X, dtype=np.float64)
    adata = AnnData(np.zeros((len(rows), 1), dtype=np.float32), obsm={"X": rows})
    adata.obs[_KEY] = pd.Categorical(_named(labels, levels), categories=[str(name) for name in levels])
    adata.obs[_KEY] = adata.obs[_KEY].cat.remove_unused_categories()
    if colors is not None:
        adata.uns[_keys.colors(_KEY)] = np.array(list(colors))
    tl.cut(adata, n, key=_KEY, key_added=_ADDED, use_rep="X")
    record = adata.uns[_ADDED]
    return {
        "labels": codes(adata.obs[_ADDED].array),
        "levels": adata.obs[_ADDED].cat.categories.tolist(),
        "colors": [str(color) for color in adata.uns[_keys.colors(_ADDED)]],
        "names": [str(name) for name in record["names"]],
        "merged": [str(name) for name in record["merged"]],
    }


def _named(labels: Sequence[int], levels: Sequence[str]) -> np.ndarray:
    return np.array(
        [None if code is None else str(levels[code - 1]) for code in optional(labels)], dtype=object
    )


def _listed(params: Any) -> Any:
    """Settings as a record of Python keeps them: vectors of R are lists."""
    if isinstance(params, Mapping):
        return {str(name): _listed(value) for name, value in params.items()}
    return params.tolist() if isinstance(params, np.ndarray) else params

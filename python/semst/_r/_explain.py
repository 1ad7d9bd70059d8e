"""What marks domains, and where they are found again, as tables of plain columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, tl

from ._arrays import slice_of
from ._door import door

_KEY = "domains"


@door
def explain(
    counts: Mapping[str, Any],
    labels: Sequence[int],
    levels: Sequence[str],
    *,
    coordinates: Any = None,
    samples: Sequence[str] | None = None,
    depth: Any = None,
    gene_sets: Any = None,
    **options: Any,
) -> dict[str, Any]:
    """Say what marks each domain.

    Parameters
    ----------
    counts, samples, depth
        As in :func:`run`.
    labels
        1 to K, 0 for none.
    levels
        Names of the domains.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3); without them no random regions and no neighbours.
    gene_sets
        Path, or genes by name of the set; ``None`` for the Gene Ontology of the package.
    **options
        Of :func:`semst.tl.explain`; ``None`` keeps a default.

    Returns
    -------
    As :func:`tables`.

    Raises
    ------
    SemSTError
        If counts, coordinates or gene sets cannot be used, or there are fewer than two domains.

    Examples
    --------
    >>> explain(counts, labels, ["1", "2"], coordinates=coordinates)["markers"]["gene"]  # doctest: +SKIP
    """
    adata, keys = slice_of(counts, coordinates, samples=samples, depth=depth)
    adata.obs[_KEY] = _categorical(labels, levels)
    given = {name: value for name, value in options.items() if value is not None}
    tl.explain(adata, _KEY, **_sets(gene_sets), **given, **keys)
    return tables(adata.uns[_keys.explained(_KEY)])


@door
def match(
    first: Mapping[str, Any], second: Mapping[str, Any], *, gene_sets: Any = None, **options: Any
) -> dict[str, Any]:
    """Find which domain of one slice is which of another.

    Parameters
    ----------
    first, second
        The slices: ``counts``, ``labels``, ``levels`` and, where they are known, ``depth``, as in
        :func:`explain`.
    gene_sets
        As in :func:`explain`.
    **options
        Of :func:`semst.tl.match_domains`; ``None`` keeps a default.

    Returns
    -------
    ``pairs`` (a row for every domain of the first), ``correlation`` (domains of the first x domains of the
    second), ``names`` of the second's domains, ``by``, ``n_features``, ``null`` and ``note``.

    Raises
    ------
    SemSTError
        If counts or gene sets cannot be used, or a slice has fewer than two domains.

    Examples
    --------
    >>> match(first, second)["pairs"]["partner"]  # doctest: +SKIP
    """
    (a, keys_a), (b, keys_b) = _labelled(first), _labelled(second)
    given = {name: value for name, value in options.items() if value is not None}
    found = tl.match_domains(a, b, _KEY, keys_a=keys_a, keys_b=keys_b, **_sets(gene_sets), **given)
    plain = {"by": found.by, "n_features": found.n_features, "null": found.null, "note": found.note}
    correlation = {
        "correlation": found.correlation.to_numpy(dtype=np.float64),
        "names": [str(name) for name in found.correlation.columns],
    }
    return {**tables({"pairs": found.pairs}), **correlation, **plain}


def _labelled(one: Mapping[str, Any]) -> tuple[AnnData, dict[str, Any]]:
    adata, keys = slice_of(one["counts"], None, depth=one.get("depth"))
    adata.obs[_KEY] = _categorical(one["labels"], one["levels"])
    return adata, keys


def _categorical(labels: Sequence[int], levels: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(
        np.asarray(labels, dtype=np.intp) - 1, pd.Index(list(levels), dtype=object)
    )


def _sets(gene_sets: Any) -> dict[str, Any]:
    return {} if gene_sets is None else {"gene_sets": gene_sets}


def tables(held: Mapping[str, Any]) -> dict[str, Any]:
    """Give data frames as columns: text as lists, whole numbers as int32.

    Parameters
    ----------
    held
        Data frames and plain values by name.

    Returns
    -------
    The same, a dictionary of columns for each data frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"gene": ["MBP"], "hits": [3]})
    >>> found = tables({"terms": frame, "seed": 1})
    >>> found["terms"]["gene"], found["terms"]["hits"].dtype.name, found["seed"]
    (['MBP'], 'int32', 1)
    """
    return {
        name: {str(column): _column(value[column]) for column in value}
        if isinstance(value, pd.DataFrame)
        else value
        for name, value in held.items()
    }


def _column(values: pd.Series) -> Any:
    if values.dtype.kind == "i":
        return values.to_numpy(dtype=np.int32)
    return values.to_numpy() if values.dtype.kind in "bf" else [str(value) for value in values]

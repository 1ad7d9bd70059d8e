"""Domains of several samples and conditions, as matrices and tables of plain columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, tl

from ._arrays import csr
from ._door import door
from ._explain import tables

# columns have the names that the arguments have in R, for messages
_DOMAINS, _SAMPLES, _CONDITION, _SECTIONS = "domains", "samples", "condition", "sections"


@door
def proportions(
    labels: Mapping[str, Any],
    samples: Mapping[str, Any],
    condition: Mapping[str, Any] | None = None,
    *,
    groups: Sequence[str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Compare how much of the tissue every domain takes.

    Parameters
    ----------
    labels, samples, condition
        Of every spot, as :func:`column` takes them.
    groups
        Two conditions.
    **options
        Of :func:`semst.tl.proportions`; ``None`` keeps a default.

    Returns
    -------
    ``counts``, ``proportions`` and ``clr`` (samples x domains), names of the ``samples`` and ``domains``,
    ``conditions`` of the samples, ``groups``, ``effects`` (a row a domain), ``overall_p`` and ``note``. What
    was not compared is ``None``.

    Raises
    ------
    SemSTError
        As :func:`semst.tl.proportions`.

    Examples
    --------
    >>> spots = {"codes": [1, 1, 2], "levels": ["a", "b"], "ordered": True}
    >>> found = proportions(spots, {"codes": [1, 2, 2], "levels": ["s", "t"], "ordered": True})
    >>> found["counts"].tolist(), found["domains"]
    ([[1, 0], [1, 1]], ['a', 'b'])
    """
    adata = _spots(labels, samples, condition)
    found = tl.proportions(
        adata,
        _DOMAINS,
        sample_key=_SAMPLES,
        condition_key=_given(condition, _CONDITION),
        **_asked(groups, options),
    )
    return {
        "counts": found.counts.to_numpy(dtype=np.int32),
        "proportions": found.proportions.to_numpy(),
        "clr": found.clr.to_numpy(),
        "domains": [str(name) for name in found.counts.columns],
        "overall_p": found.overall_p,
        **_compared(found),
    }


@door
def contacts(
    labels: Mapping[str, Any],
    coordinates: Any,
    samples: Mapping[str, Any] | None = None,
    condition: Mapping[str, Any] | None = None,
    *,
    sections: Mapping[str, Any] | None = None,
    graph: Mapping[str, Any] | None = None,
    groups: Sequence[str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Compare which domains touch which.

    Parameters
    ----------
    labels, samples, condition, sections
        Of every spot, as :func:`column` takes them.
    coordinates
        Shape (n_spots, 2) or (n_spots, 3); ``None`` with a ``graph``.
    graph
        Spatial graph, a ``dgCMatrix`` in its parts.
    groups
        Two conditions.
    **options
        Of :func:`semst.tl.contacts`; ``None`` keeps a default.

    Returns
    -------
    ``counts``, ``expected`` and ``log2_ratio`` (samples x pairs), names of the ``samples``, ``overall`` (a
    row a pair: ``domain``, ``neighbour``, ...), ``domains``, ``conditions``, ``groups``, ``effects`` (a row a
    pair) and ``note``.

    Raises
    ------
    MissingDependencyError
        If squidpy is not installed.
    SemSTError
        As :func:`semst.tl.contacts`.

    Examples
    --------
    >>> contacts(spots, coordinates)["overall"]["log2_ratio"]  # doctest: +SKIP
    """
    adata = _spots(labels, samples, condition, sections)
    if graph is not None:
        adata.obsp[_keys.SPATIAL_CONNECTIVITIES] = csr(graph, adata.n_obs)
    else:
        adata.obsm[_keys.SPATIAL] = np.asarray(coordinates, dtype=np.float64)
    found = tl.contacts(
        adata,
        _DOMAINS,
        sample_key=_given(samples, _SAMPLES),
        condition_key=_given(condition, _CONDITION),
        section_key=_given(sections, _SECTIONS),
        use_existing_graph=graph is not None,
        **_asked(groups, options),
    )
    return {
        "counts": found.counts.to_numpy(dtype=np.int32),
        "expected": found.expected.to_numpy(),
        "log2_ratio": found.log2_ratio.to_numpy(),
        **tables({"overall": found.overall.reset_index()}),
        "domains": found.domains,
        **_compared(found),
    }


def column(given: Mapping[str, Any]) -> pd.Series:
    """Take labels of spots.

    Parameters
    ----------
    given
        ``codes`` (1 to K, 0 for none), ``levels`` and ``ordered``: whether the levels are in an order that
        means something, as those of a factor.

    Returns
    -------
    Categorical, or text where the order means nothing.

    Examples
    --------
    >>> column({"codes": [2, 0], "levels": ["b", "a"], "ordered": True}).cat.categories.tolist()
    ['b', 'a']
    """
    codes = np.asarray(given["codes"], dtype=np.intp) - 1
    labels = pd.Series(pd.Categorical.from_codes(codes, pd.Index(list(given["levels"]), dtype=object)))
    return labels if given["ordered"] else labels.astype(object)


def _spots(
    labels: Mapping[str, Any],
    samples: Mapping[str, Any] | None,
    condition: Mapping[str, Any] | None,
    sections: Mapping[str, Any] | None = None,
) -> AnnData:
    held = {_DOMAINS: labels, _SAMPLES: samples, _CONDITION: condition, _SECTIONS: sections}
    obs = pd.DataFrame({name: column(one) for name, one in held.items() if one is not None})
    return AnnData(obs=obs.set_axis(obs.index.astype(str)))


def _given(value: Any, name: str) -> str | None:
    return None if value is None else name


def _asked(groups: Sequence[str] | None, options: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value is not None}
    return given if groups is None else {"groups": tuple(groups), **given}


def _compared(found: Any) -> dict[str, Any]:
    """What both comparisons hold of samples and conditions."""
    samples = found.counts.index
    return {
        "samples": [str(name) for name in samples],
        "conditions": None
        if found.conditions is None
        else [str(one) for one in found.conditions.loc[samples]],
        "groups": None if found.groups is None else [str(one) for one in found.groups],
        "effects": None if found.effects is None else tables({"of": found.effects.reset_index()})["of"],
        "note": found.note,
    }

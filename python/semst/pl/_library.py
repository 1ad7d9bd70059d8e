"""Which entry of scanpy's uns["spatial"] belongs to the spots of a slice."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst._log import logger
from semst._slice_names import is_slice_like

Library = Mapping[str, Any]


def library_of(adata: AnnData, rows: np.ndarray, *, sample: str | None, tell: bool) -> Library | None:
    """Find the library of some spots, or ``None`` where there is none or it cannot be told which.

    The slice picks the library of its name. Without one, or where the slice is named otherwise, a column does
    that is named as such columns are (``library_id``, ``fov``, ``sample``) and holds names of libraries. An
    only library is that of an object in which no such column says otherwise.

    ``sample`` is the name of the slice, ``rows`` are its spots, and ``tell`` asks for a word in the log where
    there are libraries and none is found.
    """
    libraries = _mappings(adata.uns.get("spatial"))
    if not libraries:
        return None
    if sample in libraries:
        return libraries[sample]
    found = {column: set(names.iloc[rows].dropna()) for column, names in _columns(adata.obs, libraries)}
    alone = {next(iter(names)) for names in found.values() if len(names) == 1}
    if len(alone) == 1:
        name = alone.pop()
        if name not in libraries and tell:
            logger.info('no tissue image drawn: uns["spatial"] has none of the library "%s"', name)
        return libraries.get(name)
    if not found and len(libraries) == 1 and len(rows) == adata.n_obs:
        return next(iter(libraries.values()))
    if tell:
        _say_why_none(libraries, found, sample)
    return None


def scale_factors(library: Library | None) -> Mapping[str, Any]:
    """Scale factors of a library; empty where there are none."""
    return mapping({} if library is None else library.get("scalefactors"))


def mapping(value: Any) -> Mapping[str, Any]:
    """What is no mapping is an empty one."""
    return value if isinstance(value, Mapping) else {}


def positive(value: Any) -> float | None:
    """A number above zero; ``None`` for all else."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and number > 0 else None


def _mappings(held: Any) -> dict[str, Library]:
    """Libraries by name; what is no mapping is none, such as the ``is_single`` of CELLxGENE's slices."""
    return {str(name): one for name, one in mapping(held).items() if isinstance(one, Mapping)}


def _columns(obs: pd.DataFrame, libraries: dict[str, Library]) -> Iterator[tuple[str, pd.Series]]:
    """Columns that say which library spots are of, as text."""
    for column in obs:
        held = obs[column]
        if not is_slice_like(column) or pd.api.types.is_float_dtype(held.dtype):
            continue
        names = held.astype("string")
        if names.isin(list(libraries)).any():
            yield str(column), names


def _say_why_none(libraries: dict[str, Library], found: dict[str, set[str]], sample: str | None) -> None:
    named = ", ".join(f'"{name}"' for name in libraries)
    if sample is not None and not found:
        logger.info('no tissue image drawn: uns["spatial"] has none named as the slice "%s"', sample)
    elif found:
        column = next(iter(found))
        logger.warning(
            'no tissue image drawn: the spots are of several libraries by obs["%s"], and uns["spatial"] has '
            'images of %s; draw each over its own with sample_key="%s"',
            column,
            named,
            column,
        )
    else:
        logger.warning(
            'no tissue image drawn: uns["spatial"] has several (%s), and no obs column says which spot is of '
            "which; add one with these names, and name it with sample_key=...",
            named,
        )

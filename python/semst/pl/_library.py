"""Which entry of scanpy's uns["spatial"] belongs to the spots of a slice."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _words
from semst._log import logger
from semst._slice_names import is_slice_like

Library = Mapping[str, Any]


class Libraries:
    """The libraries of an object, and what says which spots are of which.

    Parameters
    ----------
    adata
        The object.
    tell
        Whether the log says why there is none for some spots.
    """

    def __init__(self, adata: AnnData, *, tell: bool) -> None:
        self._held = _mappings(adata.uns.get("spatial"))
        self._obs = adata.obs
        self._tell = tell

    def of(self, rows: np.ndarray, *, sample: str | None) -> Library | None:
        """Find the library of the spots of a slice; ``None`` where there is none, or it cannot be told which.

        The slice picks the library of its name. Without one, or where the slice is named otherwise, a column
        does that is named as such columns are (``library_id``, ``fov``, ``sample``) and holds names of
        libraries. An only library is that of an object in which no such column says otherwise.
        """
        if not self._held:
            return None
        if sample in self._held:
            return self._held[sample]
        found = {column: set(names.iloc[rows].dropna()) for column, names in self._columns.items()}
        alone = {next(iter(names)) for names in found.values() if len(names) == 1}
        if len(alone) == 1:
            name = alone.pop()
            if name not in self._held and self._tell:
                logger.info('no tissue image drawn: uns["spatial"] has none of the library "%s"', name)
            return self._held.get(name)
        if not found and len(self._held) == 1 and len(rows) == len(self._obs):
            return next(iter(self._held.values()))
        if self._tell:
            _say_why_none(self._held, found, sample)
        return None

    @cached_property
    def _columns(self) -> dict[str, pd.Series]:
        """Columns that say which library spots are of, as text."""
        told = {}
        for column in self._obs:
            held = self._obs[column]
            if is_slice_like(column) and not pd.api.types.is_float_dtype(held.dtype):
                names = held.astype("string")
                if names.isin(list(self._held)).any():
                    told[str(column)] = names
        return told


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


def _say_why_none(libraries: dict[str, Library], found: dict[str, set[str]], sample: str | None) -> None:
    named = ", ".join(f'"{name}"' for name in libraries)
    if sample is not None and not found:
        logger.info('no tissue image drawn: uns["spatial"] has none named as the slice "%s"', sample)
    elif found:
        column = next(iter(found))
        logger.warning(
            'no tissue image drawn: the spots are of several libraries by obs["%s"], and uns["spatial"] has '
            "images of %s; draw each over its own: %s",
            column,
            named,
            _words.given("sample_key", column),
        )
    else:
        logger.warning(
            'no tissue image drawn: uns["spatial"] has several (%s), and no obs column says which spot is of '
            "which; add one with these names, and name it: %s",
            named,
            _words.given("sample_key"),
        )

"""A table with results back into the SpatialData object that it was taken from."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _words
from semst._errors import SemSTError
from semst._optional import optional
from semst._typed import typed

from ._writable import check_writable, writable

if TYPE_CHECKING:
    from spatialdata import SpatialData

_LINK = "spatialdata_attrs"
_SLOTS = ("obs", "var", "obsm", "varm", "obsp", "varp", "layers", "uns")


@typed
def to_spatialdata(adata: AnnData, sdata: "SpatialData", *, table_key: str | None = None) -> None:
    """Put a table with results back into a SpatialData object.

    Needs the package ``spatialdata`` (``pip install "semst[spatialdata]"``).

    Parameters
    ----------
    adata
        What :func:`from_spatialdata` or :func:`read` took out, with results. Not changed.
    sdata
        The object. The table is put into ``sdata.tables``; all other elements, and its store on disk, stay as
        they are (:func:`write_spatialdata` writes to a store).
    table_key
        Name of the table. One that is there is replaced by what must hold all of it; any other name is added
        beside it, for a part of the spots or genes. May be left out where there is only one table.

    Raises
    ------
    MissingDependencyError
        If spatialdata is not installed.
    SemSTError
        If the table cannot be chosen, the one there would lose something, or SpatialData cannot hold a name.

    Examples
    --------
    >>> from spatialdata import SpatialData
    >>> from spatialdata.models import TableModel
    >>> from semst.io import from_spatialdata
    >>> table = AnnData(np.ones((3, 2)), obsm={"spatial": np.array([[0, 0], [100, 0], [50, 87]])})
    >>> sdata = SpatialData(tables={"table": TableModel.parse(table)})
    >>> adata = from_spatialdata(sdata)
    >>> adata.obs["domain"] = pd.Categorical(["1", "2", "1"])
    >>> to_spatialdata(adata, sdata)
    >>> sdata["table"].obs["domain"].tolist()
    ['1', '2', '1']
    """
    optional("spatialdata", extra="spatialdata", what="SpatialData")
    name = table_name(sdata, table_key)
    sdata.tables[name] = as_table(adata, sdata, name)


def table_name(sdata: "SpatialData", table_key: str | None) -> str:
    """Name of the table that is written: the one given, or the only one there is."""
    if table_key is not None:
        return table_key
    if len(sdata.tables) == 1:
        return next(iter(sdata.tables))
    there = ", ".join(f'"{name}"' for name in sdata.tables) or "none"
    raise SemSTError(
        f"The SpatialData holds {len(sdata.tables)} tables: {there}. Say with "
        f"{_words.name('table_key')} which one is written; a new name adds one."
    )


def as_table(adata: AnnData, sdata: "SpatialData", name: str) -> AnnData:
    """Give a table that SpatialData can hold under a name, and that has all that the one there has.

    Raises
    ------
    SemSTError
        If it lacks something, or a name cannot be held.
    """
    _refuse_loss(adata, sdata, name)
    table = writable(adata, Path(f"{name}.zarr"))
    if _LINK in table.uns:
        table.uns[_LINK] = {key: _plain(value) for key, value in table.uns[_LINK].items()}
    _validate(table, name)
    return table


def check_table(adata: AnnData, sdata: "SpatialData", name: str, *, key_added: str | None = None) -> None:
    """Make sure that a table can be put there, later, with results whose names begin with ``key_added``.

    Raises
    ------
    SemSTError
        As :func:`as_table`.
    """
    _refuse_loss(adata, sdata, name)
    check_writable(adata, f"{name}.zarr")
    names = {slot: dict.fromkeys(getattr(adata, slot), 0) for slot in ("obs", "uns")}
    names["uns"].pop(_LINK, None)
    if key_added is not None:
        names["obs"][key_added] = names["uns"][key_added] = 0
    _validate(AnnData(obs=pd.DataFrame(columns=list(names["obs"])), uns=names["uns"]), name)


def _validate(table: AnnData, name: str) -> None:
    from spatialdata.models import TableModel

    try:
        TableModel().validate(table)
    except (ValueError, TypeError, KeyError) as error:
        lines = str(error).splitlines()
        reasons = [line.strip() for line in lines if line.startswith("  ")] or lines[:1]
        raise SemSTError(
            f'The table "{name}" is nothing that SpatialData can hold ({"; ".join(reasons)}). Names of '
            "columns and slots are made of letters, digits, dots, hyphens and underscores there, and differ "
            "by more than capitals."
        ) from error


def _refuse_loss(adata: AnnData, sdata: "SpatialData", name: str) -> None:
    """Make sure that no other element has the name, and that nothing of a table of that name would go."""
    kind = next((kind for kind, other, _ in sdata.gen_elements() if other == name), None)
    if kind is None:
        return
    if kind != "tables":
        raise SemSTError(
            f'"{name}" is one of the {kind} of the SpatialData. Give the table a name of its own with '
            f"{_words.name('table_key')}."
        )
    former = sdata.tables[name]
    lost = []
    for what, new, old in (
        ("rows", adata.obs_names, former.obs_names),
        ("genes", adata.var_names, former.var_names),
    ):
        if missing := int((~old.isin(new)).sum()):
            lost.append(f"{missing} of its {len(old)} {what}")
    for slot in _SLOTS:
        lost += [f"{slot}[{key!r}]" for key in getattr(former, slot) if key not in getattr(adata, slot)]
    if former.raw is not None and adata.raw is None:
        lost.append("raw")
    if lost:
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        raise SemSTError(
            f'The table "{name}" would lose {", ".join(lost[:5])}{more}. Give another name with '
            f"{_words.name('table_key')}: the table is added under it, beside the one there."
        )


def _plain(value: object) -> object:
    """What a file has made arrays of, as SpatialData wants it."""
    return value.tolist() if isinstance(value, np.ndarray | pd.Index) else value

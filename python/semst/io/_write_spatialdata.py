"""A table with results into a SpatialData store: a copy of it, or the store itself."""

import os
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from anndata import AnnData

from semst._atomic import atomic_path, refuse_existing
from semst._errors import SemSTError
from semst._log import logger
from semst._optional import optional
from semst._typed import typed

from ._anndata import existing, is_spatialdata_store
from ._spatialdata import open_store
from ._to_spatialdata import as_table, check_table, table_name

if TYPE_CHECKING:
    from spatialdata import SpatialData

_PRESENT = "zarr.json"  # a store of zarr format 3, which SpatialData has written since version 0.6


@typed
def write_spatialdata(
    adata: AnnData,
    path: str | os.PathLike,
    *,
    store: str | os.PathLike,
    table_key: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a table with results, and all else that a SpatialData store holds.

    Needs the package ``spatialdata`` (``pip install "semst[spatialdata]"``).

    Parameters
    ----------
    adata
        What :func:`read` took out of the store, with results. Not changed.
    path
        Where to, ending in ``.zarr``. Either a new store, into which images, labels, shapes, points and other
        tables are copied file by file, or ``store`` itself, where nothing but the table is touched. A new
        store, or the new table, appears only when it is whole.
    store
        The store that the table was taken from. Stores of before SpatialData 0.6 are copied in the present
        format, element by element.
    table_key
        Name of the table, see :func:`to_spatialdata`.
    overwrite
        Whether an existing ``path`` may be replaced; with ``path`` the store itself, whether its table may.

    Returns
    -------
    The path.

    Raises
    ------
    MissingDependencyError
        If spatialdata is not installed.
    SemSTError
        If ``store`` is no SpatialData store, ``path`` has another ending, exists, or lies in the store or
        around it, the table there would lose something, SpatialData cannot hold a name, or writing fails.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import pandas as pd
    >>> from spatialdata import SpatialData, read_zarr
    >>> from spatialdata.models import TableModel
    >>> from semst.io import from_spatialdata
    >>> folder = Path(tempfile.mkdtemp())
    >>> table = AnnData(np.ones((3, 2)), obsm={"spatial": np.array([[0, 0], [100, 0], [50, 87]])})
    >>> SpatialData(tables={"table": TableModel.parse(table)}).write(folder / "slice.zarr")
    >>> adata = from_spatialdata(folder / "slice.zarr")
    >>> adata.obs["domain"] = pd.Categorical(["1", "2", "1"])
    >>> write_spatialdata(adata, folder / "domains.zarr", store=folder / "slice.zarr").name
    'domains.zarr'
    >>> read_zarr(folder / "domains.zarr")["table"].obs["domain"].tolist()
    ['1', '2', '1']
    """
    source, final = _places(path, store=store, overwrite=overwrite)
    whole = open_store(source)
    name = table_name(whole, table_key)
    table = as_table(adata, whole, name)
    try:
        if final.exists() and final.samefile(source):
            _put(table, source, name)
        else:
            _copy(table, whole, source, name, final, overwrite=overwrite)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise SemSTError(
            f"{final} could not be written ({error}). {source} is as it was. Check the free space and the "
            f"rights of {final.parent}, or choose another place."
        ) from error
    return final


@typed
def check_spatialdata(
    adata: AnnData,
    path: str | os.PathLike,
    *,
    store: str | os.PathLike,
    table_key: str | None = None,
    key_added: str | None = None,
    overwrite: bool = False,
) -> None:
    """Make sure that :func:`write_spatialdata` will be able to write an object, with results in it.

    Parameters
    ----------
    adata, path, store, table_key, overwrite
        As there.
    key_added
        Stem of the names of the results.

    Raises
    ------
    MissingDependencyError
        If spatialdata is not installed.
    SemSTError
        As there.

    Examples
    --------
    >>> check_spatialdata(AnnData(), "out.zarr", store="no.zarr")
    Traceback (most recent call last):
    ...
    semst._errors.SemSTError: There is no no.zarr. ...
    """
    source, _ = _places(path, store=store, overwrite=overwrite)
    whole = open_store(source)
    check_table(adata, whole, table_name(whole, table_key), key_added=key_added)


def _places(path: str | os.PathLike, *, store: str | os.PathLike, overwrite: bool) -> tuple[Path, Path]:
    """The store, and where the result goes; neither lies in the other."""
    optional("spatialdata", extra="spatialdata", what="SpatialData")
    source, final = existing(store), Path(path).expanduser()
    if not is_spatialdata_store(source):
        raise SemSTError(f"{source} is no SpatialData store. semst.io.write writes a table alone.")
    if final.suffix.lower() != ".zarr":
        raise SemSTError(f'{final} has the ending "{final.suffix}". SpatialData is written to a .zarr store.')
    refuse_existing(final, overwrite=overwrite)
    inner, outer = final.resolve(), source.resolve()
    if inner in outer.parents or outer in inner.parents:
        raise SemSTError(f"{final} and the store {source} lie one in the other. Choose another place.")
    if inner == outer and not (source / _PRESENT).exists():
        raise SemSTError(
            f"{source} was written before SpatialData 0.6, and present versions cannot add to it. Choose "
            "another place: all of it is copied there in the present format."
        )
    return source, final


def _put(table: AnnData, store: Path, name: str) -> None:
    """Put a table into a store in the present format, in the place of one of that name."""
    from spatialdata import SpatialData
    from zarr import consolidate_metadata

    tables = store / "tables"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the elements it annotates are not there; that formats go on
        with atomic_path(tables / name, overwrite=True) as part:
            alone = part.with_name("table.zarr")
            SpatialData(tables={name: table}).write(alone)
            if not (tables / _PRESENT).exists():
                shutil.copy2(alone / "tables" / _PRESENT, tables)
            os.replace(alone / "tables" / name, part)
        consolidate_metadata(store)


def _copy(
    table: AnnData, whole: "SpatialData", source: Path, name: str, final: Path, *, overwrite: bool
) -> None:
    """Write a new store: the table, and all else from the old one."""
    with atomic_path(final, overwrite=overwrite) as part:
        if not (source / _PRESENT).exists():
            logger.info("%s is copied in the present format of SpatialData, element by element", source)
            whole.tables[name] = table
            whole.write(part)
            return
        replaced = source / "tables" / name
        logger.info("%s is copied, but for its table: %s", source, _size(source, replaced))
        shutil.copytree(
            source, part, ignore=lambda folder, names: [one for one in names if Path(folder, one) == replaced]
        )
        _put(table, part, name)


def _size(folder: Path, without: Path) -> str:
    n_bytes = sum(
        file.stat().st_size for file in folder.rglob("*") if file.is_file() and without not in file.parents
    )
    return f"{n_bytes / 1e6:,.1f} MB"

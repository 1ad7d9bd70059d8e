"""Results to disk, completely or not at all."""

import os
from pathlib import Path

from anndata import AnnData

from semst._atomic import atomic_path
from semst._errors import SemSTError
from semst._typed import typed

from ._writable import refuse_spatialdata, writable


@typed
def write(adata: AnnData, path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """Write an ``AnnData`` to an ``.h5ad`` file or a ``.zarr`` store.

    The final name appears only when everything is written: neither a kill nor a full disk leaves half a file
    there, nor touches the one it would have replaced.

    Parameters
    ----------
    adata
        What to write. Not changed. Names and values that the formats cannot hold are put into ones that they
        can, where nothing is lost by it, with a line in the log: a column ``"_index"``, names that are
        numbers or hold a slash, columns of several types, times, tuples.
    path
        Where to, ending in ``.h5ad`` or ``.zarr``. Missing folders are made.
    overwrite
        Whether an existing file or store may be replaced.

    Returns
    -------
    The path.

    Raises
    ------
    SemSTError
        If the ending is another one, ``path`` exists and ``overwrite`` is false, a SpatialData store is there
        (see :func:`write_spatialdata`), something cannot be written (its slot is named), or writing fails.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> write(AnnData(np.ones((3, 2))), Path(tempfile.mkdtemp()) / "out.h5ad").name
    'out.h5ad'
    """
    final = Path(path).expanduser()
    ending = final.suffix.lower()
    if ending not in (".h5ad", ".zarr"):
        raise SemSTError(
            f'{final} has the ending "{final.suffix}". Accepted: .h5ad (one file) and .zarr (a store).'
        )
    refuse_spatialdata(final)
    whole = writable(adata, final)
    try:
        with atomic_path(final, overwrite=overwrite) as part:
            if ending == ".h5ad":
                whole.write_h5ad(part, compression="gzip")
            else:
                whole.write_zarr(part)
    except SemSTError:
        raise
    except Exception as error:  # h5py reports a full disk as an OSError or a RuntimeError
        raise SemSTError(
            f"{final} could not be written ({error}). Nothing is left under that name"
            f"{'; the former one is untouched' if final.exists() else ''}. {_advice(error, final)}"
        ) from error
    return final


def _advice(error: Exception, final: Path) -> str:
    """What to do: free space and rights where the system speaks of them, else another format."""
    if isinstance(error, OSError | RuntimeError):
        return f"Check the free space and the rights of {final.parent}, or choose another place."
    other = ".zarr" if final.suffix.lower() == ".h5ad" else ".h5ad"
    return f"Try the other format, {other}."

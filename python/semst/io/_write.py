"""Results to disk, completely or not at all."""

import os
from pathlib import Path

from anndata import AnnData

from semst._atomic import atomic_path
from semst._errors import SemSTError


def write(adata: AnnData, path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """Write an ``AnnData`` to an ``.h5ad`` file or a ``.zarr`` store.

    The final name appears only when everything is written: neither a kill nor a full disk leaves half a file
    there, nor touches the one it would have replaced.

    Parameters
    ----------
    adata
        What to write. Not changed.
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
        If the ending is another one, ``path`` exists and ``overwrite`` is false, or writing fails.

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
    whole = _shallow_copy(adata)
    try:
        with atomic_path(final, overwrite=overwrite) as part:
            if ending == ".h5ad":
                whole.write_h5ad(part, compression="gzip")
            else:
                whole.write_zarr(part)
    except (OSError, RuntimeError) as error:  # h5py reports a full disk as either
        raise SemSTError(
            f"{final} could not be written ({error}). Nothing is left under that name"
            f"{'; the former one is untouched' if final.exists() else ''}. Check the free space and the "
            f"rights of {final.parent}, or choose another place."
        ) from error
    return final


def _shallow_copy(adata: AnnData) -> AnnData:
    """New tables, same matrices: anndata turns text columns into categories while writing."""
    if adata.isbacked:
        return adata.to_memory()
    raw = None
    if adata.raw is not None:
        raw = {"X": adata.raw.X, "var": adata.raw.var.copy(), "varm": dict(adata.raw.varm)}
    return AnnData(
        adata.X,
        obs=adata.obs.copy(),
        var=adata.var.copy(),
        uns=dict(adata.uns),
        obsm=dict(adata.obsm),
        varm=dict(adata.varm),
        layers=dict(adata.layers),
        obsp=dict(adata.obsp),
        varp=dict(adata.varp),
        raw=raw,
    )

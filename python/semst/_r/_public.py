"""Public slices by name."""

from typing import Any

import numpy as np

from semst import _keys, datasets

from ._arrays import codes, parts
from ._door import door


def public_slices() -> dict[str, Any]:
    """List the public slices.

    Returns
    -------
    Columns: ``name``, ``description``, ``n_domains`` (0 where there is no annotation) and ``citation``.

    Examples
    --------
    >>> "dlpfc_151673" in public_slices()["name"]
    True
    """
    table = datasets.available()
    return {
        "name": table.index.tolist(),
        "description": table["description"].tolist(),
        "n_domains": table["n_domains"].fillna(0).to_numpy(dtype=np.int32),
        "citation": table["citation"].tolist(),
    }


@door
def fetch(name: str, *, cache_dir: str | None = None, progress: bool = True) -> dict[str, Any]:
    """Fetch a public slice.

    Parameters
    ----------
    name, cache_dir, progress
        Of :func:`semst.datasets.fetch`.

    Returns
    -------
    ``counts`` (parts of a ``dgCMatrix`` of genes x spots), ``genes``, ``spots``, ``coordinates``, ``truth``
    (codes of ``levels``, 0 for spots without annotation), ``levels`` (empty where there is none) and
    ``source``.

    Raises
    ------
    SemSTError
        If the name is unknown or a file cannot be fetched.

    Examples
    --------
    >>> fetch("dlpfc_151673")["levels"]  # doctest: +SKIP
    """
    adata = datasets.fetch(name, cache_dir=cache_dir, progress=progress)
    truth = adata.obs.get("ground_truth")
    return {
        "counts": parts(adata.X.tocsr()),
        "genes": adata.var_names.astype(str).tolist(),
        "spots": adata.obs_names.astype(str).tolist(),
        "coordinates": np.asarray(adata.obsm[_keys.SPATIAL], dtype=np.float64),
        "truth": np.zeros(adata.n_obs, dtype=np.int32) if truth is None else codes(truth.array),
        "levels": [] if truth is None else [str(one) for one in truth.cat.categories],
        "source": dict(adata.uns["source"]),
    }

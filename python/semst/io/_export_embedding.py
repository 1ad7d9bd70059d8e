"""The embedding as a plain table."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, _words
from semst._errors import SemSTError
from semst._typed import typed
from semst._validate import require_key

from ._export_rows import check_ending, domains_of, write_table


@typed
def export_embedding(
    adata: AnnData,
    path: str | os.PathLike,
    key: str = _keys.KEY_ADDED,
    *,
    use_rep: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write embedding, domain and uncertainty of every spot as a table for any other program.

    The columns are the name of the spot, the dimensions of the embedding (``X_semst_1``, ``X_semst_2``, ...),
    the domain, and the uncertainty, where the clusterer gave one. All spots are there, in their order; what
    a spot without counts has not is an empty field.

    Parameters
    ----------
    adata
        Labelled slice. Not changed.
    path
        Where to, ending in ``.csv``. Missing folders are made.
    key
        Column of ``adata.obs`` with the domains.
    use_rep
        Slot of ``adata.obsm`` with the embedding. Default: that of the run that wrote ``key``.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    The path.

    Raises
    ------
    MissingKeyError
        If the column or the slot is not there.
    SemSTError
        If the ending is another one, no spot has a domain, the slot is no matrix, or ``path`` exists and
        ``overwrite`` is false.

    Examples
    --------
    >>> import tempfile
    >>> adata = AnnData(np.ones((2, 1)), obsm={"X_semst": np.array([[0.5, 1.0], [2.0, 0.25]])})
    >>> adata.obs["semst"] = ["1", "2"]
    >>> print(export_embedding(adata, Path(tempfile.mkdtemp()) / "embedding.csv").read_text(), end="")
    spot,X_semst_1,X_semst_2,semst
    0,0.5,1.0,1
    1,2.0,0.25,2
    """
    final = check_ending(path, ".csv")
    labels = domains_of(adata, key, all_spots=True)
    slot = _keys.embedding(key) if use_rep is None else use_rep
    values = np.asarray(require_key(adata.obsm, slot, what=_words.slot("obsm")))
    if values.ndim != 2:
        raise SemSTError(f"{_words.slot('obsm', slot)} has the shape {values.shape}; a row a spot is needed.")
    names = [f"{slot}_{number + 1}" for number in range(values.shape[1])]
    table = pd.DataFrame(values, columns=names, index=adata.obs_names.rename("spot"))
    table[key] = labels
    column = _keys.uncertainty(key)
    if column in adata.obs:
        table[column] = adata.obs[column].to_numpy()
    return write_table(table, final, overwrite=overwrite, index=True)

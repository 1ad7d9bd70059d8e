"""Domains as categories of Loupe Browser."""

import os
from pathlib import Path

import pandas as pd
from anndata import AnnData

from semst import _keys
from semst._typed import typed

from ._export_rows import check_ending, labelled_barcodes, write_table


@typed
def export_loupe(
    adata: AnnData,
    path: str | os.PathLike,
    key: str = _keys.KEY_ADDED,
    *,
    barcode_key: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write domains as a table that Loupe Browser imports as categories.

    A line is a spot, ``Barcode,<key>``, which is also what Space Ranger writes (``clusters.csv``) and what
    Loupe exports. Loupe knows spots by the barcodes of Space Ranger.

    Parameters
    ----------
    adata
        Labelled slice. Not changed.
    path
        Where to, ending in ``.csv``. Missing folders are made.
    key
        Column of ``adata.obs`` with the domains, or any other labels; Loupe shows it as the name of the
        category. Spots without one are left out, and counted in the log.
    barcode_key
        Column of ``adata.obs`` with the barcodes. Default: the names of the spots, without what putting
        slices together has added where they hold a barcode of 10x Genomics (``AAACAAGTATCTCCCA-1-151673`` is
        ``AAACAAGTATCTCCCA-1``).
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    The path.

    Raises
    ------
    MissingKeyError
        If a column is not there.
    SemSTError
        If the ending is another one, no spot has a domain, a barcode occurs twice (several slices: each has a
        ``.cloupe`` file of its own), or ``path`` exists and ``overwrite`` is false.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> adata = AnnData(np.ones((2, 1)))
    >>> adata.obs_names = ["AAACAAGTATCTCCCA-1", "AAACAATCTACTAGCA-1"]
    >>> adata.obs["semst"] = ["1", "2"]
    >>> print(export_loupe(adata, Path(tempfile.mkdtemp()) / "loupe.csv").read_text(), end="")
    Barcode,semst
    AAACAAGTATCTCCCA-1,1
    AAACAATCTACTAGCA-1,2
    """
    final = check_ending(path, ".csv")
    domains = labelled_barcodes(adata, key, barcode_key)
    table = pd.DataFrame({"Barcode": domains.index, key: domains.to_numpy()})
    return write_table(table, final, overwrite=overwrite)

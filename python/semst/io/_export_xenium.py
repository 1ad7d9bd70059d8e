"""Domains as cell groups of Xenium Explorer."""

import os
from pathlib import Path

import pandas as pd
from anndata import AnnData

from semst import _keys
from semst._colors import kept_colors
from semst._typed import typed

from ._export_rows import check_ending, labelled_barcodes, write_table


@typed
def export_xenium(
    adata: AnnData,
    path: str | os.PathLike,
    key: str = _keys.KEY_ADDED,
    *,
    barcode_key: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write domains as a table that Xenium Explorer imports as cell groups.

    A line is a cell, ``cell_id,group,color``; the column ``color`` (``#rrggbb``) is left out where
    ``uns[key + "_colors"]`` holds no colours of these domains, and Xenium Explorer then takes its own.

    Parameters
    ----------
    adata
        Labelled slice. Not changed.
    path
        Where to, ending in ``.csv``. Missing folders are made.
    key
        Column of ``adata.obs`` with the domains, or any other labels. Cells without one are left out, and
        counted in the log.
    barcode_key
        Column of ``adata.obs`` with the cell IDs, ``"cell_id"`` for what spatialdata-io has read. Default:
        the names of the cells, without what putting slices together has added where they hold an ID of Xenium
        (``aaaabcdp-1-left`` is ``aaaabcdp-1``).
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
        If the ending is another one, no cell has a domain, an ID occurs twice (several slices: each is a data
        set of its own in Xenium Explorer), or ``path`` exists and ``overwrite`` is false.

    Notes
    -----
    The format is that of the files ``*_cell_groups.csv`` that 10x Genomics publishes with its data sets (for
    example Xenium Prime, human ovarian cancer, FFPE); how they are imported is told in "Cells" of the manual,
    https://www.10xgenomics.com/support/software/xenium-explorer/latest.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> adata = AnnData(np.ones((2, 1)), uns={"semst_colors": ["#0072B2", "#E69F00"]})
    >>> adata.obs_names = ["aaaabcdp-1", "aaaacfgk-1"]
    >>> adata.obs["semst"] = ["1", "2"]
    >>> print(export_xenium(adata, Path(tempfile.mkdtemp()) / "groups.csv").read_text(), end="")
    cell_id,group,color
    aaaabcdp-1,1,#0072b2
    aaaacfgk-1,2,#e69f00
    """
    from matplotlib.colors import to_hex

    final = check_ending(path, ".csv")
    domains = labelled_barcodes(adata, key, barcode_key)
    table = pd.DataFrame({"cell_id": domains.index, "group": domains.to_numpy()})
    names = domains.cat.categories
    colors = kept_colors(adata, key, names)
    if colors is not None:
        hexadecimal = {name: to_hex(color) for name, color in zip(names, colors, strict=True)}
        table["color"] = table["group"].astype(str).map(hexadecimal)
    return write_table(table, final, overwrite=overwrite)

"""Which features are genes, where the data say so."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst._log import logger

_GENES = "Gene Expression"
_COLUMNS = ("feature_types", "feature_type")


def genes_only(adata: AnnData, counts: Any, genes: pd.Index, *, use_raw: bool) -> tuple[Any, pd.Index]:
    """Leave out antibodies, guides and controls, as ``var["feature_types"]`` names them; the log counts them.

    Parameters
    ----------
    adata
        Where counts and genes were taken from.
    counts, genes
        Shapes (n_spots, n_genes) and (n_genes,). Counts that are stored elsewhere keep all features.
    use_raw
        Whether they come from ``raw``.

    Returns
    -------
    Counts and names of the genes.

    Examples
    --------
    >>> var = pd.DataFrame({"feature_types": ["Gene Expression", "Antibody Capture"]}, index=["MBP", "CD3"])
    >>> counts = sp.csr_matrix([[1.0, 9.0], [2.0, 8.0]])
    >>> genes_only(AnnData(counts, var=var), counts, var.index, use_raw=False)[1].tolist()
    ['MBP']
    """
    found = which_are_genes(adata.raw.var if use_raw and adata.raw is not None else adata.var)
    if found is None:
        return counts, genes
    are_genes, others = found
    listed = ", ".join(f"{n} of the kind {kind}" for kind, n in others.items())
    if not sp.issparse(counts):
        logger.warning("counts are read block by block, features that are no genes with them: %s", listed)
        return counts, genes
    logger.info("features that are no genes are left out: %s", listed)
    return counts[:, are_genes], genes[are_genes]


def which_are_genes(var: pd.DataFrame) -> tuple[np.ndarray, pd.Series] | None:
    """Tell genes from antibodies, guides and controls, by the column of their kinds.

    Parameters
    ----------
    var
        A row a feature.

    Returns
    -------
    Mask of the genes, and how many features there are of every other kind; ``None`` where all are genes, none
    is, or the kinds are not known.

    Examples
    --------
    >>> var = pd.DataFrame({"feature_types": ["Gene Expression", "Antibody Capture"]})
    >>> mask, others = which_are_genes(var)
    >>> mask.tolist(), others.to_dict()
    ([True, False], {'Antibody Capture': 1})
    """
    column = next((name for name in _COLUMNS if name in var), None)
    if column is None:
        return None
    kinds = var[column].astype(str)
    are_genes = (kinds == _GENES).to_numpy()
    if are_genes.all() or not are_genes.any():
        return None
    return are_genes, kinds[~are_genes].value_counts()

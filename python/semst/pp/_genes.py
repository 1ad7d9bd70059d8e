"""Which genes enter the model."""

import re
from typing import Any

import numpy as np
import pandas as pd

from semst import _words
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import bare_name

from ._variance import GeneSums, gene_sums, standardised_variance

_DECIMALS = 10
_MITOCHONDRIAL = re.compile(r"^MT[-.]", re.IGNORECASE)


def expressed_genes(counts: Any, *, min_spots: int = 10, sums: GeneSums | None = None) -> np.ndarray:
    """Find the genes that are seen in enough spots.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes): csr, or stored elsewhere and read in blocks.
    min_spots
        Smallest number of spots with at least one count. In a slice of fewer than ten times as many spots
        a tenth of the spots is enough.
    sums
        Sums of the counts where they are known already.

    Returns
    -------
    Boolean mask, shape (n_genes,).

    Raises
    ------
    SemSTError
        If no gene is left.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> expressed_genes(sp.csr_matrix([[1, 0], [2, 0], [0, 1]]), min_spots=2).tolist()
    [True, False]
    """
    n_spots = counts.shape[0]
    needed = min(min_spots, max(1, n_spots // 10)) if n_spots >= 10 else min(min_spots, n_spots)
    seen = (sums or gene_sums(counts)).seen
    mask = seen >= needed
    if not mask.any():
        raise SemSTError(
            f"No gene has a count in {needed} or more of the {n_spots} spots "
            f"(the best has {seen.max(initial=0)}). Check that the rows are spots and the columns genes, "
            f"or lower {_words.name('min_spots')}."
        )
    return mask


def mitochondrial_genes(genes: pd.Index) -> np.ndarray:
    """Tell which gene symbols are mitochondrial (``MT-``, ``mt-`` or, mangled by R, ``MT.``).

    The name of a genome may stand in front (``GRCh38_MT-CO1``), and ``b'...'`` around them.

    Parameters
    ----------
    genes
        Gene symbols.

    Returns
    -------
    Boolean mask, shape (n_genes,).

    Examples
    --------
    >>> import pandas as pd
    >>> mitochondrial_genes(pd.Index(["MT-CO1", "MTOR", "mt-Nd1"])).tolist()
    [True, False, True]
    """
    return np.array([bool(_MITOCHONDRIAL.match(bare_name(str(gene)))) for gene in genes], dtype=bool)


def highly_variable_genes(
    counts: Any,
    *,
    n_top_genes: int = 3000,
    among: np.ndarray | None = None,
    sums: GeneSums | None = None,
) -> np.ndarray:
    """Find the genes that vary most beyond what their mean explains (method ``seurat_v3``, on raw counts).

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes): csr, or stored elsewhere and read in blocks.
    n_top_genes
        How many to keep. Where there are fewer, all are kept and the log says so.
    among
        Mask of the genes to choose from, shape (n_genes,); ``None``: all.
    sums
        Sums of the counts where they are known already.

    Returns
    -------
    Boolean mask, shape (n_genes,).

    Raises
    ------
    SemSTError
        If the variance trend cannot be fitted to the data.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> counts = sp.csr_matrix(np.random.default_rng(0).poisson(2.0, (50, 30)))
    >>> int(highly_variable_genes(counts, n_top_genes=10).sum())
    10
    """
    if n_top_genes < 1:
        raise SemSTError(f"{_words.name('n_top_genes')} is {n_top_genes}; give a positive number of genes.")
    among = np.ones(counts.shape[1], dtype=bool) if among is None else among
    n_genes = int(among.sum())
    if n_genes <= n_top_genes:
        if n_genes < n_top_genes:
            logger.info(f"{n_genes} genes are fewer than the {n_top_genes} asked for: all are used")
        return among.copy()
    sums = sums or gene_sums(counts)
    for span in (0.3, 0.6, 1.0):  # few distinct means make the local fit singular; a wider one helps
        try:
            variance = standardised_variance(counts, sums, among, span=span)
        except ValueError as error:
            reason = error
            continue
        chosen = np.zeros(len(among), dtype=bool)
        # rare genes often tie: rounding must not decide between them, the order of the genes does
        ranked = np.argsort(-np.round(variance, _DECIMALS), kind="stable")
        chosen[np.flatnonzero(among)[ranked[:n_top_genes]]] = True
        return chosen
    raise SemSTError(
        f"The variance trend of {n_genes} genes over {counts.shape[0]} spots could not be fitted ({reason}). "
        f"Give {_words.name('n_top_genes')} at least as large as the number of genes to use them all."
    )

"""The two named ways from counts to what the model sees."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst._brief import brief
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import control_probes

from ._blocks import take_columns
from ._genes import expressed_genes, highly_variable_genes, mitochondrial_genes
from ._normalise import gene_deviations, library_size, log_normalise, scale_without_centring
from ._variance import gene_sums


@brief
@dataclass(frozen=True)
class Features:
    """What the model sees of the expression.

    Attributes
    ----------
    inputs
        Input of the graph convolutions, shape (n_spots, n_genes), float32, sparse.
    targets
        What the ZINB decoder has to explain, shape (n_spots, n_genes), float32, sparse.
    log_size
        Logarithm of the size factors (mean size 1), shape (n_spots,), float32.
    genes
        Symbols of the genes that are used, in the order of the columns.
    params
        The choices made, for the record.
    deviation
        What every gene was divided by, (n_genes,), where genes were scaled.
    """

    inputs: sp.csr_matrix
    targets: sp.csr_matrix
    log_size: np.ndarray
    genes: pd.Index
    params: dict[str, Any] = field(default_factory=dict)
    deviation: np.ndarray | None = None


def semst_features(
    counts: Any,
    genes: pd.Index,
    *,
    n_top_genes: int = 3000,
    min_spots: int = 10,
    keep_mitochondrial: bool = False,
    depth: np.ndarray | None = None,
    chosen: pd.Index | None = None,
) -> Features:
    """Log-normalised variable genes as input, raw counts with size factors as ZINB target (the default).

    Genes seen in few spots and mitochondrial genes are left out, variable genes are chosen on the
    counts (``seurat_v3``), and spots are normalised by their library size over all genes to 10,000.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes), every spot with at least one count; csr, or stored elsewhere:
        then only blocks of spots and the chosen genes are ever in memory.
    genes
        Gene symbols, shape (n_genes,).
    n_top_genes
        Number of variable genes; all where there are fewer.
    min_spots
        Genes seen in fewer spots are left out (a tenth of the spots in small slices).
    keep_mitochondrial
        Let mitochondrial genes compete with the others.
    depth
        Library size where the matrix holds only part of the genes, shape (n_spots,).
    chosen
        Genes that an earlier slice was reduced to, so that both are treated alike; ``None`` chooses here.

    Returns
    -------
    Inputs, targets, size factors and genes.

    Raises
    ------
    SemSTError
        If no gene is left, one of ``chosen`` is missing, or ``depth`` does not fit.

    Examples
    --------
    >>> import numpy as np, pandas as pd, scipy.sparse as sp
    >>> counts = sp.csr_matrix(np.random.default_rng(0).poisson(1.0, (40, 20)))
    >>> semst_features(counts, pd.Index([f"G{i}" for i in range(20)]), n_top_genes=5).inputs.shape
    (40, 5)
    """
    sizes = library_size(counts, depth=depth)
    columns = _columns(counts, genes, chosen, n_top_genes, min_spots, nuclear_only=not keep_mitochondrial)
    targets = take_columns(counts, columns)
    inputs = log_normalise(targets, sizes)
    logger.info(f"features: {targets.shape[1]} of {counts.shape[1]} genes, log-normalised")
    return Features(
        inputs=inputs,
        targets=targets,
        log_size=np.log(sizes / sizes.mean()).astype(np.float32),
        genes=genes[columns],
        params={
            "preset": "semst",
            "n_genes": int(targets.shape[1]),
            "n_genes_given": int(counts.shape[1]),
            "n_top_genes": n_top_genes,
            "min_spots": min_spots,
            "keep_mitochondrial": keep_mitochondrial,
            "depth_given": depth is not None,
        },
    )


def columns_of(chosen: pd.Index, genes: pd.Index) -> np.ndarray:
    """Find the genes of an earlier slice among those of this one.

    Parameters
    ----------
    chosen
        Genes of the fit.
    genes
        Genes there are.

    Returns
    -------
    Their places, in the order of ``chosen``.

    Raises
    ------
    SemSTError
        If some are missing; the first of them are named.

    Examples
    --------
    >>> columns_of(pd.Index(["B"]), pd.Index(["A", "B"])).tolist()
    [1]
    """
    missing = chosen.difference(genes)
    if len(missing):
        raise SemSTError(
            f"{len(missing)} of the {len(chosen)} genes of the fit are not in this object "
            f"(for example {', '.join(map(str, missing[:3]))})."
        )
    return genes.get_indexer(chosen)


def scaled_as_published(
    counts: sp.csr_matrix, genes: pd.Index, *, deviation: np.ndarray | None = None, covered: float = 1.0
) -> Features:
    """The steps of :func:`paper_features` on genes that have been chosen; one without counts stays at zero.

    Parameters
    ----------
    counts
        Raw counts of the chosen genes, shape (n_spots, n_genes).
    genes
        Their symbols.
    deviation
        Deviations of an earlier slice, (n_genes,), so that both are on one scale; ``None`` takes this one's.
    covered
        Share of the counts of these genes that the slice can have, where it lacks some of them.

    Returns
    -------
    Inputs, targets (the same matrix), size factors of one, and the genes.

    Examples
    --------
    >>> import pandas as pd, scipy.sparse as sp
    >>> scaled_as_published(sp.csr_matrix([[1.0, 0.0], [3.0, 0.0]]), pd.Index(["A", "B"])).inputs.shape
    (2, 2)
    """
    sizes = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel() / covered
    sizes[sizes == 0] = 1.0  # a spot may hold nothing of these genes
    normalised = sp.csr_matrix(sp.diags(1e4 / sizes) @ counts)
    deviation = gene_deviations(normalised) if deviation is None else deviation
    values = scale_without_centring(normalised, deviation=deviation)
    return Features(
        inputs=values,
        targets=values,
        log_size=np.zeros(counts.shape[0], dtype=np.float32),
        genes=genes,
        deviation=deviation,
    )


def paper_features(
    counts: Any,
    genes: pd.Index,
    *,
    n_top_genes: int = 3000,
    min_spots: int = 100,
    chosen: pd.Index | None = None,
    deviation: np.ndarray | None = None,
    covered: float = 1.0,
) -> Features:
    """Prepare the published way: normalised within the variable genes, no logarithm, scaled, ZINB on that.

    Genes in at least 100 spots, variable genes (``seurat_v3``), rows brought to a sum of 10,000 within those
    genes, every gene divided by its standard deviation without centring, values cut at 10. The decoder is
    fitted to these same values, without size factors.

    Parameters
    ----------
    counts, genes, n_top_genes, min_spots
        As in :func:`semst_features`.
    chosen, deviation
        Genes and deviations (n_genes,) of an earlier slice, so that both are treated alike; ``None`` takes
        this one's.
    covered
        Share of the counts of the chosen genes that this slice can have, where it lacks some of them.

    Returns
    -------
    Inputs, targets (the same matrix), size factors of one, and genes.

    Raises
    ------
    SemSTError
        If no gene is left, or one of ``chosen`` is missing.

    Examples
    --------
    >>> import numpy as np, pandas as pd, scipy.sparse as sp
    >>> counts = sp.csr_matrix(np.random.default_rng(0).poisson(1.0, (40, 20)))
    >>> features = paper_features(counts, pd.Index([f"G{i}" for i in range(20)]))
    >>> bool(features.inputs.max() <= 10)
    True
    """
    columns = _columns(counts, genes, chosen, n_top_genes, min_spots)
    features = scaled_as_published(
        take_columns(counts, columns), genes[columns], deviation=deviation, covered=covered
    )
    values = features.inputs
    logger.info(f"features: {values.shape[1]} of {counts.shape[1]} genes, scaled as published")
    return replace(
        features,
        params={
            "preset": "paper",
            "n_genes": int(values.shape[1]),
            "n_genes_given": int(counts.shape[1]),
            "n_top_genes": n_top_genes,
            "min_spots": min_spots,
        },
    )


def _without_controls(keep: np.ndarray, genes: pd.Index) -> np.ndarray:
    """Leave out control and blank probes, unless nothing else is there."""
    controls = keep & control_probes(genes)
    if not controls.any() or controls.sum() == keep.sum():
        return keep
    logger.info(
        f"{controls.sum()} control probes are no genes: left out of the model ({genes[controls][0]}, ...)"
    )
    return keep & ~controls


def _columns(
    counts: Any,
    genes: pd.Index,
    chosen: pd.Index | None,
    n_top_genes: int,
    min_spots: int,
    *,
    nuclear_only: bool = False,
) -> np.ndarray:
    """Places of the chosen genes, or of variable ones among those seen in enough spots."""
    if chosen is not None:
        return columns_of(chosen, genes)
    sums = gene_sums(counts)
    keep = expressed_genes(counts, min_spots=min_spots, sums=sums)
    if nuclear_only:
        keep = _without_controls(keep, genes)
    if nuclear_only and (nuclear := keep & ~mitochondrial_genes(genes)).any():
        keep = nuclear
    return np.flatnonzero(highly_variable_genes(counts, n_top_genes=n_top_genes, among=keep, sums=sums))

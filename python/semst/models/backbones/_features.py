"""Ways from counts to features that several backbones share."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst import pp
from semst.models._prepare import Slice


def scaled_log_features(data: Slice, *, n_top_genes: int = 3000) -> pp.Features:
    """Variable genes, 10,000 counts a spot, logarithm, unit deviation without centring, cut at 10.

    Parameters
    ----------
    data
        The slice.
    n_top_genes
        Variable genes (``seurat_v3``, on counts).

    Returns
    -------
    Features whose inputs are the scaled values; targets and sizes are the counts' own.
    """
    features = log_features(data, n_top_genes=n_top_genes)
    return pp.Features(
        inputs=pp.scale_without_centring(features.inputs),
        targets=features.targets,
        log_size=features.log_size,
        genes=features.genes,
        params={**features.params, "scaled": True},
    )


def log_features(data: Slice, *, n_top_genes: int = 3000, min_spots: int = 1) -> pp.Features:
    """Variable genes, 10,000 counts a spot, logarithm; see :func:`semst.pp.semst_features`.

    Mitochondrial genes stay in, as with the authors.

    Parameters
    ----------
    data
        The slice.
    n_top_genes
        Variable genes (``seurat_v3``, on counts).
    min_spots
        Genes seen in fewer spots are left out.

    Returns
    -------
    Features; the inputs are log-normalised.
    """
    return pp.semst_features(
        data.counts,
        data.genes,
        n_top_genes=n_top_genes,
        min_spots=min_spots,
        keep_mitochondrial=True,
        depth=data.depth,
    )


def component_features(
    data: Slice, *, n_top_genes: int = 2000, n_components: int = 200, random_state: int = 0
) -> tuple[np.ndarray, pd.Index, dict[str, Any]]:
    """Principal components of variable genes: a million counts a spot, no logarithm, unit deviation.

    Parameters
    ----------
    data
        The slice. Genes seen in fewer than 50 spots (a tenth of a small slice) or 10 times are left out.
    n_top_genes
        Variable genes (``seurat_v3``, on counts).
    n_components
        Wanted components; fewer where the data have no more.
    random_state
        Start of the solver.

    Returns
    -------
    Scores (n_spots, n_components), the genes, and what was chosen.
    """
    sizes = pp.library_size(data.counts, depth=data.depth)
    sums = pp.gene_sums(data.counts)
    kept = np.flatnonzero(pp.expressed_genes(data.counts, min_spots=50, sums=sums) & (sums.total >= 10))
    subset = pp.take_columns(data.counts, kept)
    chosen = np.flatnonzero(pp.highly_variable_genes(subset, n_top_genes=n_top_genes))
    scaled = pp.scale_without_centring(
        sp.csr_matrix(sp.diags(1e6 / sizes) @ subset[:, chosen], dtype=np.float32), clip=np.inf
    )
    components = pp.fit_components(scaled, n_components=n_components, random_state=random_state)
    scores = components.project(scaled)
    return scores, data.genes[kept[chosen]], {"n_genes": len(chosen), "n_components": scores.shape[1]}

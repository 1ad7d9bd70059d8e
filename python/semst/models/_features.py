"""Ways from counts to features that several models share; with ``like``, as an earlier slice was treated."""

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from semst import _words, pp
from semst._log import logger
from semst.data import Slice

from ._centring import Centring, centred_scores, centring, slices_to_centre
from ._config import ModelConfig
from ._model import Projections, packed


def published_features(
    data: Slice, *, n_top_genes: int, min_spots: int, like: Projections | None = None
) -> pp.Features:
    """Variable genes, brought to 10,000 within them, divided by their deviations; the decoder's target, too.

    The published steps, in which depths have no part; see :func:`semst.pp.paper_features`.
    """
    if data.depth is not None:
        logger.info(
            "features: depths (%s) have no part in values that are scaled as published",
            _words.name("depth_key"),
        )
    return pp.paper_features(
        data.counts,
        data.genes,
        n_top_genes=n_top_genes,
        min_spots=min_spots,
        chosen=None if like is None else like.genes,
        deviation=None if like is None else like.arrays["deviation"],
        covered=1.0 if like is None else _covered(like),
    )


def _covered(like: Projections) -> float:
    """Share of the counts of the fit's genes that fall on those that the slice has."""
    if like.absent is None:
        return 1.0
    usual = like.arrays["mean"].astype(np.float64) * like.arrays["deviation"]
    return float(usual[~like.absent].sum() / usual.sum())


def scaled_log_features(
    data: Slice, config: ModelConfig, *, like: Projections | None = None
) -> tuple[pp.Features, Centring, Projections]:
    """Variable genes, 10,000 counts a spot, logarithm, unit deviation without centring, cut at 10.

    Parameters
    ----------
    data
        The slice.
    config
        Settings, of which the number of variable genes (``seurat_v3``, on counts) and ``batch`` are read.
    like
        What was fitted to an earlier slice.

    Returns
    -------
    Features whose inputs are the scaled values (targets and sizes are the counts' own), what is to be taken
    off the slices of these inputs, and what was fitted.
    """
    features = log_features(data, n_top_genes=config.n_top_genes, like=like)
    deviation = pp.gene_deviations(features.inputs) if like is None else like.arrays["deviation"]
    scaled = pp.scale_without_centring(features.inputs, deviation=deviation)
    shifted = centring(scaled, slices_to_centre(data, config, like), like=like)
    projections = like or Projections(features.genes, packed(deviation=deviation, **shifted.fitted))
    return replace(features, inputs=scaled, params={**features.params, "scaled": True}), shifted, projections


def log_features(
    data: Slice, *, n_top_genes: int, min_spots: int = 1, like: Projections | None = None
) -> pp.Features:
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
    like
        What was fitted to an earlier slice.

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
        chosen=None if like is None else like.genes,
    )


def component_features(
    data: Slice,
    config: ModelConfig,
    *,
    n_components: int,
    random_state: int = 0,
    like: Projections | None = None,
) -> tuple[np.ndarray, Projections, dict[str, Any]]:
    """Principal components of variable genes: a million counts a spot, no logarithm, unit deviation.

    Parameters
    ----------
    data
        The slice. Genes seen in fewer than 50 spots (a tenth of a small slice) or 10 times are left out.
    config
        Settings, of which the number of variable genes (``seurat_v3``, on counts) and ``batch`` are read.
    n_components
        Wanted components; fewer where the data have no more.
    random_state
        Start of the solver.
    like
        What was fitted to an earlier slice.

    Returns
    -------
    Scores (n_spots, n_components), what was fitted, and what was chosen.
    """
    sizes = pp.library_size(data.counts, depth=data.depth)
    if like is None:
        sums = pp.gene_sums(data.counts)
        kept = np.flatnonzero(pp.expressed_genes(data.counts, min_spots=50, sums=sums) & (sums.total >= 10))
        subset = pp.take_columns(data.counts, kept)
        chosen = np.flatnonzero(pp.highly_variable_genes(subset, n_top_genes=config.n_top_genes))
        genes, counts = data.genes[kept[chosen]], subset[:, chosen]
    else:
        genes = like.genes
        counts = pp.take_columns(data.counts, pp.columns_of(genes, data.genes))
    normalised = sp.csr_matrix(sp.diags(1e6 / sizes) @ counts, dtype=np.float32)
    deviation = pp.gene_deviations(normalised) if like is None else like.arrays["deviation"]
    scaled = pp.scale_without_centring(normalised, clip=np.inf, deviation=deviation)
    slices = slices_to_centre(data, config, like)
    if like is None:
        components = pp.fit_components(
            scaled, n_components=n_components, random_state=random_state, slices=slices
        )
    else:
        components = like.components("components")
    scores, centre = centred_scores(components.project(scaled), slices)
    projections = Projections(genes, packed(deviation=deviation, components=components, centre=centre))
    return scores, projections, {"n_genes": len(genes), "n_components": scores.shape[1]}

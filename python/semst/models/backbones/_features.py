"""Ways from counts to features that several backbones share."""

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
        data.counts, data.genes, n_top_genes=n_top_genes, min_spots=min_spots, depth=data.depth
    )

"""From AnnData to what a run needs to know of it."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys, pp
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_unique_names, get_coordinates, open_counts, require_key
from semst.models import SemSTConfig, Slice


def read_slice(
    adata: AnnData,
    *,
    layer: str | None = None,
    use_raw: bool = False,
    depth_key: str | None = None,
    spatial_key: str = _keys.SPATIAL,
    sample_key: str | None = None,
) -> tuple[Slice, np.ndarray]:
    """Check ``adata`` and take out counts, coordinates, samples and depths of the spots that hold counts.

    Parameters
    ----------
    adata
        Left as it is.
    layer, use_raw
        Where the raw counts are; ``X`` by default.
    depth_key
        ``obs`` column with the library size over all genes, for a matrix that holds part of them.
    spatial_key
        ``obsm`` slot of the coordinates.
    sample_key
        ``obs`` column that tells several slices apart.

    Returns
    -------
    The slice, and a mask over the spots of ``adata``: those with counts are in it. Counts that are on disk
    (``backed="r"``) or in Dask stay there and are read block by block.

    Raises
    ------
    SemSTError
        If counts, coordinates, names, samples or depths cannot be used; the message says why.
    """
    check_unique_names(adata)
    counts, genes = open_counts(adata, layer=layer, use_raw=use_raw)
    coordinates = get_coordinates(adata, spatial_key=spatial_key)
    kept = np.asarray(counts.sum(axis=1)).ravel() > 0
    if not kept.all():
        logger.warning(
            f"{(~kept).sum()} of {kept.size} spots have no counts: they are kept, without a domain (NaN)"
        )
    samples = depth = None
    if sample_key is not None:
        column = require_key(adata.obs, sample_key, what="obs column (sample_key)")
        if column.isna().any():
            raise SemSTError(
                f"obs[{sample_key!r}] is missing for {column.isna().sum()} of {len(column)} spots; every "
                "spot needs to belong to a slice."
            )
        samples = column.astype(str).to_numpy()[kept]
    if depth_key is not None:
        column = require_key(adata.obs, depth_key, what="obs column (depth_key)")
        try:
            depth = column.to_numpy(dtype=np.float64)[kept]
        except (TypeError, ValueError) as error:
            raise SemSTError(f"obs[{depth_key!r}] holds no numbers ({error}).") from error
    rows = counts if kept.all() else counts[kept]  # no second copy of what can be large
    return Slice(rows, genes, coordinates[kept], samples, depth), kept


def same_features(
    data: Slice, genes: pd.Index, config: SemSTConfig, deviation: np.ndarray | None = None
) -> pp.Features:
    """Treat another slice as the fitted one was, gene by gene, on the scale of the fit (``deviation``)."""
    missing = genes.difference(data.genes)
    if len(missing):
        raise SemSTError(
            f"{len(missing)} of the {len(genes)} genes of the fit are not in this object "
            f"(for example {', '.join(map(str, missing[:3]))})."
        )
    sizes = pp.library_size(data.counts, depth=data.depth)
    targets = pp.take_columns(data.counts, data.genes.get_indexer(genes))
    if config.preset == "paper":
        return pp.scaled_as_published(targets, genes, deviation=deviation)
    return pp.Features(
        inputs=pp.log_normalise(targets, sizes),
        targets=targets,
        log_size=np.log(sizes / sizes.mean()).astype(np.float32),
        genes=genes,
    )


def within_slices(adjacency: sp.csr_matrix, samples: np.ndarray) -> sp.csr_matrix:
    """Take out edges between slices, which a graph of one's own may hold."""
    edges = adjacency.tocoo()
    within = samples[edges.row] == samples[edges.col]
    if within.all():
        return adjacency
    logger.warning(
        f"{int((~within).sum())} edges of the given graph join different slices (sample_key): left out"
    )
    kept = (edges.data[within], (edges.row[within], edges.col[within]))
    return sp.csr_matrix(kept, shape=adjacency.shape)

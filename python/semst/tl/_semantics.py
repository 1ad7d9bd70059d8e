"""From what the user named to one semantic vector per spot."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import pp, semantics
from semst._validate import check_gene_symbols
from semst.models import Slice


def semantic_source(given: Any, adata: AnnData, data: Slice, kept: np.ndarray) -> semantics.Source:
    """Resolve and check a source of semantic vectors before any long work begins.

    Parameters
    ----------
    given
        Name, backend, or an array with one row per spot of ``adata``.
    adata, data, kept
        The object, what :func:`read_slice` took out of it, and its mask of spots with counts.

    Returns
    -------
    The source, restricted to the spots with counts.

    Raises
    ------
    SemSTError
        If the source is unknown, or needs gene symbols where there are identifiers.
    """
    known = isinstance(given, str | semantics.Source)
    source = semantics.resolve(given if known else semantics.Precomputed(given))
    if isinstance(source, semantics.Precomputed):
        source = source.of_spots(kept)
    if source.needs_symbols:
        check_gene_symbols(data.genes, var=adata.var)
    return source


def semantic_vectors(
    source: semantics.Source,
    data: Slice,
    genes: pd.Index,
    *,
    k_g: int,
    ranking: Literal["expression", "normalised", "specificity"],
    random_state: int,
    cache_dir: str | Path | None,
    device: str,
    progress: bool,
    landmarks: int = 0,
) -> semantics.SemanticVectors:
    """Embed every spot from its counts of ``genes``, those of the model: the variable ones tell spots apart.

    Parameters
    ----------
    source, data
        See :func:`semantic_source`.
    genes
        Symbols of the model's genes.
    k_g, ranking, random_state, cache_dir, device, progress
        See :func:`semst.tl.semst`.
    landmarks
        Spots to embed, the others being predicted from their expression; 0 embeds every spot.

    Returns
    -------
    The vectors (or ``None`` in their place) with their record.
    """
    counts = pp.take_columns(data.counts, data.genes.get_indexer(genes))
    normalised = None
    if ranking == "specificity":
        # a logarithm does not change the order of genes within a spot; it matters for z-scores alone
        normalised = pp.log_normalise(counts, pp.library_size(data.counts, depth=data.depth))
    return semantics.embed_spots(
        counts,
        list(map(str, genes)),
        source=source,
        normalised=normalised,
        k_g=k_g,
        ranking=ranking,
        landmarks=landmarks or None,
        coordinates=data.coordinates,
        random_state=random_state,
        cache_dir=cache_dir,
        device=device,
        progress=progress,
    )

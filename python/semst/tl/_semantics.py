"""From what the user named to one semantic vector per spot."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys, _words, models, pp, semantics
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain
from semst._settings import given, split
from semst._typed import typed
from semst._validate import bare_names, check_gene_symbols, check_random_state
from semst.data import Slice, SliceKeys, read_slice, spread
from semst.models import ModelConfig
from semst.train import Compute

from ._target import check_target

ALL_GENES = "all"
VARIABLE = "variable"


@typed
def semantic_vectors(
    adata: AnnData,
    source: Any,
    *,
    genes: str = VARIABLE,
    random_state: int = 0,
    key_added: str = "semantic",
    copy: bool = False,
    **settings: Any,
) -> AnnData | None:
    """Give every spot a semantic vector: those that :func:`semst.tl.run` makes itself with its default genes.

    Parameters
    ----------
    adata
        Spots x genes: raw counts, gene symbols in ``var_names``, coordinates in ``obsm``.
    source
        A name (see :func:`semst.semantics.available`), a backend, or an array with one row per spot.
    genes
        ``"variable"``: the variable genes that enter SemST's default; ``"all"``: all genes.
    random_state
        Seed of the controls that draw at random, and of the landmarks.
    key_added
        Stem of the slots: ``obsm["X_<key_added>"]`` and ``uns[key_added]``.
    copy
        Return a changed copy instead of writing into ``adata``.
    **settings
        Settings of :class:`semst.data.SliceKeys` and :class:`semst.train.Compute`, and ``k_g``, ``ranking``,
        ``landmarks``, ``n_top_genes`` of :class:`semst.models.ModelConfig`.

    Returns
    -------
    ``None``, or the copy. Written are ``obsm["X_<key_added>"]``, (n_spots, n_dimensions), float32, NaN for
    spots without counts, and ``uns[key_added]``, how they came about.

    Raises
    ------
    SemSTError
        If the source is unknown or gives no vectors, or the data cannot be used.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.semantic_vectors(adata, "random", progress=False)
    >>> adata.obsm["X_semantic"].shape
    (300, 384)
    """
    check_target(adata, copy=copy)
    vectors, info = embed_slice(adata, source, genes=genes, random_state=random_state, **settings)
    target = adata.copy() if copy else adata
    slot = _keys.embedding(key_added)
    target.obsm[slot] = vectors
    target.uns[key_added] = plain(info)
    logger.info(f"added obsm[{slot!r}], uns[{key_added!r}]", extra={"of_anndata": True})
    return target if copy else None


def embed_slice(
    adata: AnnData, source: Any, *, genes: str, random_state: int, **settings: Any
) -> tuple[np.ndarray, dict[str, Any]]:
    """The vectors of :func:`semantic_vectors` for every spot of ``adata``, and their record."""
    if genes not in (VARIABLE, ALL_GENES):
        raise SemSTError(f"{_words.name('genes')} is {genes!r}; accepted are {VARIABLE!r} and {ALL_GENES!r}.")
    groups = [SliceKeys, Compute, ModelConfig]
    keys, compute, of_model = split(settings, groups, whose="semantic_vectors")
    where = SliceKeys(**given(SliceKeys, keys))
    data, kept = read_slice(adata, where, coordinates=where.spatial_key in adata.obsm)
    config = models.settings("semst", **of_model)[1]
    chosen = data.genes
    if genes == VARIABLE:
        chosen = pp.semst_features(
            data.counts, data.genes, n_top_genes=config.n_top_genes, depth=data.depth
        ).genes
    found = of_spots(
        semantic_source(source, adata, data, kept),
        data,
        chosen,
        config=config,
        compute=Compute(**given(Compute, compute)),
        random_state=check_random_state(random_state),
    )
    if found.vectors is None:
        raise SemSTError(f"The source {source!r} gives no vectors: there is nothing to write.")
    return spread(found.vectors, kept), found.info


def semantic_source(wanted: Any, adata: AnnData, data: Slice, kept: np.ndarray) -> semantics.Source:
    """Resolve and check a source of semantic vectors before any long work begins.

    Parameters
    ----------
    wanted
        Name, backend, or an array with one row per spot of ``adata``.
    adata, data, kept
        The object, what :func:`semst.data.read_slice` took out of it, and its mask of spots with counts.

    Returns
    -------
    The source, restricted to the spots with counts.

    Raises
    ------
    SemSTError
        If the source is unknown, or needs gene symbols where there are identifiers.
    """
    known = isinstance(wanted, str | semantics.Source)
    source = semantics.resolve(wanted if known else semantics.Precomputed(wanted))
    if isinstance(source, semantics.Precomputed):
        source = source.of_spots(kept)
    if source.needs_symbols:
        check_gene_symbols(bare_names(data.genes), var=adata.var)
    return source


def counts_of(data: Slice, genes: pd.Index) -> tuple[sp.csr_matrix, list[str]]:
    """Take the raw counts of ``genes`` out of a slice, without stored zeros, and their names."""
    counts = pp.take_columns(data.counts, data.genes.get_indexer(genes))
    if not counts.data.all():
        counts = counts.copy()
        counts.eliminate_zeros()
    return counts, list(map(str, genes))


def of_spots(
    source: semantics.Source,
    data: Slice,
    genes: pd.Index,
    *,
    config: ModelConfig,
    compute: Compute,
    random_state: int,
) -> semantics.SemanticVectors:
    """Embed every spot from its counts of ``genes``, those of the model: the variable ones tell spots apart.

    Parameters
    ----------
    source, data
        See :func:`semantic_source`.
    genes
        Symbols of the model's genes.
    config
        Genes per spot, their ranking and the landmarks.
    compute
        Device, cache and progress.
    random_state
        Seed.

    Returns
    -------
    The vectors (or ``None`` in their place) with their record.
    """
    counts, symbols = counts_of(data, genes)
    normalised = None
    if config.ranking == "specificity":
        # a logarithm does not change the order of genes within a spot; it matters for z-scores alone
        normalised = pp.log_normalise(counts, pp.library_size(data.counts, depth=data.depth))
    return semantics.embed_spots(
        counts,
        symbols,
        source=source,
        normalised=normalised,
        k_g=config.k_g,
        ranking=config.ranking,
        landmarks=config.landmarks or None,
        coordinates=data.coordinates if data.coordinates.size else None,
        random_state=random_state,
        cache_dir=compute.cache_dir,
        device=compute.device,
        progress=compute.progress,
    )

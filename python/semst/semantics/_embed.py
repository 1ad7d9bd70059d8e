"""The one entry to this room: a source and the spots in, one vector per spot out."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from semst._errors import SemSTError
from semst._log import logger
from semst._optional import installed
from semst._validate import bare_names, check_counts, check_gene_symbols

from ._landmarks import embed_landmarks
from ._ranking import K_G, Ranking
from ._registry import resolve
from ._spot_texts import SpotModel
from ._types import CacheDir, Run, SemanticVectors, Source, Spots


def embed_spots(
    counts: sparse.csr_matrix,
    symbols: Sequence[str],
    *,
    source: str | Source = "minilm",
    normalised: sparse.csr_matrix | np.ndarray | None = None,
    k_g: int = K_G,
    ranking: Ranking = "expression",
    landmarks: int | None = None,
    coordinates: np.ndarray | None = None,
    random_state: int = 0,
    cache_dir: CacheDir = None,
    device: str = "auto",
    progress: bool = True,
) -> SemanticVectors:
    """Give every spot a vector of what is known about its genes.

    Texts are embedded once, however many spots share them, and kept on disk: the same spots, or another run
    with other seeds, get them from there. An interrupted run goes on where it stopped.

    Parameters
    ----------
    counts
        Raw counts (n_spots, n_genes), sparse or dense.
    symbols
        Gene symbols, one per column. A genome in front (``GRCh38_MBP``) or ``b'...'`` around them is left
        out, and the log says so.
    source
        Where the vectors come from: a short name of :func:`available`, or a source such as
        ``LanguageModel(...)``, ``TextEncoder(...)``, ``DescribedGenes(...)``, ``GeneTable(...)``,
        ``Precomputed(...)``.
    normalised
        Values of the same shape to rank genes by, for the rankings ``"normalised"`` and ``"specificity"``;
        ``None``: made from the counts.
    k_g
        How many genes the text of a spot lists at most (paper, Figure 4: 20-30). Only for per-spot texts.
    ranking
        Which genes these are: highest ``"expression"`` (raw counts), highest ``"normalised"`` expression, or
        highest ``"specificity"`` (z-score of the gene across spots). Ties go by symbol.
    landmarks
        Embed so many spots only, spread over the tissue, and predict the vectors of the others from their
        expression (see :func:`embed_landmarks`); for sources that read a text for every spot. ``None``:
        embed every spot. Never done unasked.
    coordinates
        Places of the spots, (n_spots, 2 or 3), over which landmarks are spread; ``None``: at random.
    random_state
        Seed of the controls that draw at random, and of the landmarks.
    cache_dir
        Folder for the vectors of texts. ``None``: the user's cache folder. ``False``: keep nothing.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
    progress
        Whether to show a bar with rate and time left.

    Returns
    -------
    Vectors, float32 (n_spots, n_dimensions), or ``None`` for the source ``"none"``; and a record of how they
    came about. A spot without any gene to go by gets the mean of all others; ``info["n_empty_spots"]`` counts
    them.

    Raises
    ------
    SemSTError
        If the input makes no sense, no gene is found in a table, or a vector is not finite.
    MissingDependencyError
        If a model is not within reach; the message says how to fetch it.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> result = embed_spots(csr_matrix([[3, 0], [1, 2]]), ["MBP", "GFAP"], source="random")
    >>> result.vectors.shape, result.info["source"]
    ((2, 384), 'random')
    """
    began = time.perf_counter()
    backend = resolve(source)
    genes = _plain(symbols)
    spots = Spots(
        counts=_clean(counts, genes),
        symbols=genes,
        normalised=None if normalised is None else sparse.csr_matrix(normalised),
        k_g=k_g,
        ranking=ranking,
        random_state=random_state,
        run=Run(cache_dir=cache_dir, device=device, progress=progress),
    )
    if backend.needs_symbols:
        check_gene_symbols(genes)
    if landmarks is not None and landmarks < spots.counts.shape[0] and isinstance(backend, SpotModel):
        result = embed_landmarks(backend, spots, landmarks, coordinates)
    else:
        if landmarks is not None:
            logger.info("%s needs no landmarks here: every spot has its own vector", backend.name)
        result = backend.embed(spots)
    info: dict[str, Any] = {"source": backend.name, **result.info, "random_state": int(random_state)}
    vectors = result.vectors
    if vectors is not None:
        vectors, info["n_empty_spots"] = _complete(vectors, backend.name)
        info["n_dimensions"] = int(vectors.shape[1])
    info["seconds"] = time.perf_counter() - began
    info["versions"] = {
        name: found
        for name in ("torch", "transformers", "sentence-transformers")
        if (found := installed(name))
    }
    return SemanticVectors(vectors, info, result.genes)


def _plain(symbols: Sequence[str]) -> list[str]:
    given = [str(symbol) for symbol in symbols]
    genes = bare_names(given)
    changed = [(old, new) for old, new in zip(given, genes, strict=True) if old != new]
    if changed:
        logger.info(
            "%d gene names have a genome in front or b'...' around them: taken without (%s -> %s)",
            len(changed),
            *changed[0],
        )
    return genes


def _clean(counts: Any, genes: list[str]) -> sparse.csr_matrix:
    """Counts as csr without stored zeros, checked; the caller's matrix is left as it is."""
    matrix = sparse.csr_matrix(counts)
    if matrix.shape[1] != len(genes):
        raise SemSTError(
            f"There are {len(genes)} gene symbols for {matrix.shape[1]} columns of counts. "
            "One symbol per column is needed."
        )
    check_counts(matrix, where="counts")
    if not matrix.has_canonical_format or (matrix.data == 0).any():
        matrix = matrix.copy()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    if matrix.nnz == 0:
        raise SemSTError("All counts are zero: there is no gene to go by.")
    return matrix


def _complete(vectors: np.ndarray, name: str) -> tuple[np.ndarray, int]:
    """Give spots without a vector the mean of the others, and say so."""
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    empty = np.isnan(vectors).all(axis=1)
    if not np.isfinite(vectors[~empty]).all():
        raise SemSTError(f"{name} gave vectors that are not finite. Nothing was filled in.")
    if empty.any():
        if empty.all():
            raise SemSTError(f"{name}: no spot has a gene to go by.")
        vectors[empty] = vectors[~empty].mean(axis=0)
        logger.warning(
            "%s: %d of %d spots have no gene to go by; they get the mean vector of the others",
            name,
            int(empty.sum()),
            len(empty),
        )
    return vectors, int(empty.sum())

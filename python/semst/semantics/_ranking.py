"""Which genes describe a spot best: by expression, by normalised expression, or by specificity."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

import numpy as np
from scipy import sparse

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

Ranking = Literal["expression", "normalised", "specificity"]
K_G = 20  # genes per spot in prompts; the paper's Figure 4 has its best values at 20-30

_DECIMALS = 9  # values that differ only by rounding, e.g. when spots come in another order, must tie
_EVEN = 1e-24  # a variance below this share of the squared mean is rounding
_BLOCK = 2048  # rows looked at in one go


def top_genes(
    counts: sparse.csr_matrix,
    symbols: list[str],
    *,
    k_g: int = K_G,
    ranking: Ranking = "expression",
    normalised: sparse.csr_matrix | None = None,
) -> list[list[str]]:
    """List the top genes of every spot, best first.

    Only genes with a count in the spot are listed. Ties go by symbol, so the order of genes and of spots in
    the matrix does not matter. Memory stays at a block of rows; nothing is made dense.

    Parameters
    ----------
    counts
        Raw counts (n_spots, n_genes).
    symbols
        Gene symbols, one per column.
    k_g
        How many genes to list at most. The paper's Figure 4 has its best values at 20-30.
    ranking
        ``"expression"`` ranks by the raw count, ``"normalised"`` by ``normalised``, ``"specificity"`` by the
        z-score of a gene's value across spots, i.e. by how unusual the value is for that gene.
    normalised
        Values (n_spots, n_genes) for the rankings ``"normalised"`` and ``"specificity"``. By default they are
        made from the counts: to 10,000 a spot and each gene divided by its standard deviation for
        ``"normalised"`` (the published preprocessing), to 10,000 a spot and ``log1p`` for ``"specificity"``.

    Returns
    -------
    One list of symbols per spot; shorter than ``k_g`` where fewer genes were seen, empty for an empty spot.

    Raises
    ------
    SemSTError
        If ``k_g``, ``ranking`` or a shape makes no sense.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> top_genes(csr_matrix([[2, 5, 2], [0, 0, 1]]), ["SNAP25", "MBP", "GFAP"], k_g=2)
    [['MBP', 'GFAP'], ['GFAP']]
    """
    if ranking not in get_args(Ranking):
        raise SemSTError(
            f"{_words.given('ranking', ranking)} is not known. Accepted: "
            f"{', '.join(map(repr, get_args(Ranking)))}."
        )
    if isinstance(k_g, bool) or not isinstance(k_g, int | np.integer) or k_g < 1:
        raise SemSTError(
            f"{_words.name('k_g')} is {k_g!r}. A whole number of genes, 1 or more, is needed; the default "
            "is 20."
        )
    counts = sparse.csr_matrix(counts)
    if counts.shape[1] != len(symbols):
        raise SemSTError(
            f"There are {len(symbols)} gene symbols for {counts.shape[1]} columns of counts. "
            "One symbol per column is needed."
        )
    if normalised is not None and normalised.shape != counts.shape:
        raise SemSTError(
            f"normalised has the shape {normalised.shape}, the counts {counts.shape}. "
            "The same spots and genes are needed."
        )
    if not counts.has_canonical_format:
        counts = counts.copy()
        counts.sum_duplicates()
    if k_g > len(symbols):
        logger.info(
            "%s is %d, but there are only %d genes: all that a spot has are listed",
            _words.name("k_g"),
            k_g,
            len(symbols),
        )

    names = np.asarray(symbols, dtype=object)
    alphabetic = np.empty(len(names), dtype=np.int64)
    alphabetic[sorted(range(len(names)), key=lambda j: symbols[j])] = np.arange(len(names))
    lists: list[list[str]] = []
    for block, values in scored_blocks(counts, ranking, normalised):
        for start, stop in zip(block.indptr[:-1], block.indptr[1:], strict=True):
            seen = block.data[start:stop] > 0
            genes, value = block.indices[start:stop][seen], values[start:stop][seen]
            if len(value) > k_g:  # sort the candidates only; all that tie with the last one are among them
                enough = value >= np.partition(value, len(value) - k_g)[len(value) - k_g]
                genes, value = genes[enough], value[enough]
            order = np.lexsort((alphabetic[genes], -value))[:k_g]
            lists.append(names[genes[order]].tolist())
    return lists


def scored_blocks(
    counts: sparse.csr_matrix, ranking: Ranking, normalised: sparse.csr_matrix | None
) -> Iterator[tuple[sparse.csr_matrix, np.ndarray]]:
    """Blocks of rows of the counts, with the value to rank by for every stored entry."""
    rows = [slice(start, start + _BLOCK) for start in range(0, counts.shape[0], _BLOCK)]
    if ranking == "expression":
        for block in rows:
            yield counts[block], counts[block].data.astype(np.float64)
        return
    given = None if normalised is None else sparse.csr_matrix(normalised)

    def to_rank(block: slice) -> sparse.csr_matrix:
        if given is not None:
            return given[block].astype(np.float64)
        scaled = per_10_000(counts[block])
        if ranking == "specificity":
            scaled.data = np.log1p(scaled.data)
        return scaled

    mean, scale = np.zeros(counts.shape[1]), np.ones(counts.shape[1])
    if ranking == "specificity" or given is None:
        mean, sd = _mean_sd(lambda: map(to_rank, rows), counts.shape)
        # a gene that is the same everywhere says nothing about a spot
        scale = np.where(sd > 0, sd, np.inf)
        if ranking == "normalised":
            mean = np.zeros_like(mean)
    for block in rows:
        part = counts[block]
        values = to_rank(block).data if given is None else _at_entries(given[block], part)
        if given is not None and ranking == "normalised":
            yield part, values  # as they were given: rounding could make small ones tie
            continue
        yield part, np.round((values - mean[part.indices]) / scale[part.indices], _DECIMALS)


def per_10_000(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Counts per 10,000 of the spot's total, float64, with the entries of ``counts``."""
    total = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    factor = 1e4 / np.where(total > 0, total, 1.0)
    data = counts.data * np.repeat(factor, np.diff(counts.indptr))
    return sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def _mean_sd(
    blocks: Callable[[], Iterable[sparse.csr_matrix]], shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every column, zeros included; the blocks of rows are read twice."""
    n_spots, n_genes = shape
    mean, stored = np.zeros(n_genes), np.zeros(n_genes, dtype=np.int64)
    for block in blocks():
        mean += np.bincount(block.indices, weights=block.data, minlength=n_genes)
        stored += np.bincount(block.indices, minlength=n_genes)
    mean /= n_spots
    # around the mean, not E[x^2] - mean^2, which loses its digits for even genes
    squares = (n_spots - stored) * mean**2
    for block in blocks():
        deviation = (block.data - mean[block.indices]) ** 2
        squares += np.bincount(block.indices, weights=deviation, minlength=n_genes)
    variance = squares / n_spots
    return mean, np.sqrt(np.where(variance > _EVEN * mean**2, variance, 0.0))


def _at_entries(matrix: sparse.csr_matrix, pattern: sparse.csr_matrix) -> np.ndarray:
    """Values of ``matrix``, one block of rows, where ``pattern`` has entries."""
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    return matrix.toarray()[rows, pattern.indices].astype(np.float64)

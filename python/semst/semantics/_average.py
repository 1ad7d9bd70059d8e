"""Vectors of genes -> vectors of spots: one sparse product with expression weights."""

from typing import Any, Literal, get_args

import numpy as np
from scipy import sparse

from semst import _words
from semst._errors import SemSTError
from semst._log import logger

from ._ranking import per_10_000
from ._types import GeneSource, GeneVectors, SemanticVectors, Spots

Weights = Literal["log1p", "counts"]

_BLOCK = 8192


def expression_weights(
    counts: sparse.csr_matrix, columns: np.ndarray, *, weights: Weights = "log1p"
) -> sparse.csr_matrix:
    """Weight of every gene in every spot.

    Parameters
    ----------
    counts
        Raw counts (n_spots, n_genes).
    columns
        Which genes have a vector.
    weights
        ``"log1p"``: log of 1 + counts per 10,000 of the spot's total over all genes. ``"counts"``: the
        counts.

    Returns
    -------
    float32 csr (n_spots, len(columns)); a row sums to 1, or to 0 where the spot has none of these genes.

    Raises
    ------
    SemSTError
        If ``weights`` is not known.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> expression_weights(csr_matrix([[1, 3, 4]]), np.array([0, 1]), weights="counts").toarray()
    array([[0.25, 0.75]], dtype=float32)
    """
    if weights not in get_args(Weights):
        raise SemSTError(
            f"{_words.given('weights', weights)} is not known. Accepted: "
            f"{', '.join(map(repr, get_args(Weights)))}."
        )
    values = sparse.csr_matrix(counts, dtype=np.float64)
    if weights == "log1p":
        values = per_10_000(values)
        values.data = np.log1p(values.data)
    values = values[:, columns]
    total = np.asarray(values.sum(axis=1)).ravel()
    values.data *= np.repeat(1.0 / np.where(total > 0, total, 1.0), np.diff(values.indptr))
    return values.astype(np.float32)


def average_over_genes(genes: GeneVectors, spots: Spots, *, name: str, weights: Weights) -> SemanticVectors:
    """Average the vectors of a spot's genes with expression weights, over the genes that have a vector.

    Spots that have none of these genes get a row of NaN. Coverage goes to the log and into the record.
    """
    vectors = averaged(genes, spots.counts, weights=weights)
    n_genes = len(spots.symbols)
    totals = np.asarray(spots.counts.sum(axis=0, dtype=np.float64)).ravel()
    found = float(totals[genes.columns].sum() / totals.sum())
    info: dict[str, Any] = {
        **genes.info,
        "weights": weights,
        "n_genes": n_genes,
        "n_genes_found": len(genes.columns),
        "coverage": len(genes.columns) / n_genes,
        "coverage_of_counts": found,
    }
    logger.info(
        "%s: vectors for %d of %d genes (%.1f %%), %.1f %% of the counts",
        name,
        len(genes.columns),
        n_genes,
        100 * info["coverage"],
        100 * found,
    )
    return SemanticVectors(vectors, info, genes)


def averaged(genes: GeneVectors, counts: sparse.csr_matrix, *, weights: Weights) -> np.ndarray:
    """Average vectors of genes over those of every spot that have one.

    Parameters
    ----------
    genes
        Vectors of genes.
    counts
        Raw counts (n_spots, n_genes) without stored zeros.
    weights
        See :func:`expression_weights`.

    Returns
    -------
    float32 (n_spots, n_dimensions); NaN for spots that have none of these genes.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> genes = GeneVectors(np.float32([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]), {})
    >>> averaged(genes, csr_matrix([[3, 1, 6]]), weights="counts")
    array([[0.75, 0.25]], dtype=float32)
    """
    vectors = np.empty((counts.shape[0], genes.vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):  # all weights at once would be a second count matrix
        block = slice(start, start + _BLOCK)
        shares = expression_weights(counts[block], genes.columns, weights=weights)
        vectors[block] = shares @ genes.vectors
        vectors[block][np.diff(shares.indptr) == 0] = np.nan
    return vectors


class AveragedGenes:
    """What sources with one vector per gene have in common."""

    def embed(self: GeneSource, spots: Spots) -> SemanticVectors:
        """Average the vectors over the genes of every spot."""
        genes = self.gene_vectors(spots.symbols, spots.run)
        return average_over_genes(genes, spots, name=self.name, weights=self.weights)

"""From gradients by the vectors of spots to what the vector of each gene does."""

from collections.abc import Iterable, Iterator

import numpy as np
import scipy.sparse as sp

from semst import gr, semantics

_BLOCK = 2048


def gene_pull(
    gradients: Iterable[np.ndarray],
    vectors: semantics.SemanticVectors,
    counts: sp.csr_matrix,
    *,
    adjacency: sp.csr_matrix | None = None,
    size: float = 1.0,
) -> Iterator[np.ndarray]:
    r"""By how much a sum over spots falls, to first order, when a gene loses its vector.

    The vector of spot i is :math:`v_i = \sum_g w_{ig} e_g`; without gene g the other weights grow to a sum of
    1, and it changes by :math:`(v_i - e_g)\, w_{ig} / (1 - w_{ig})`.

    Parameters
    ----------
    gradients
        Of each sum, by the vectors that the network takes in, (n_spots, d').
    vectors
        Vectors of spots with those of their genes.
    counts
        Raw counts (n_spots, n_genes) without stored zeros.
    adjacency
        Graph over which vectors were averaged; ``None`` where they came in as they are.
    size
        What they were divided by.

    Yields
    ------
    For each sum, one number a gene that has a vector.

    Examples
    --------
    >>> genes = semantics.GeneVectors(np.float32([[1.0], [5.0]]), np.array([0, 1]), {})
    >>> vectors = semantics.SemanticVectors(np.float32([[4.0]]), {"weights": "counts"}, genes)
    >>> next(gene_pull([np.float32([[1.0]])], vectors, sp.csr_matrix([[1, 3]]))).tolist()
    [-1.0, 3.0]
    """
    genes = vectors.genes
    assert genes is not None and vectors.vectors is not None
    back = None if adjacency is None else sp.csr_matrix(gr.normalise_adjacency(adjacency, kind="row").T)
    shares = semantics.expression_weights(counts, genes.columns, weights=vectors.info["weights"])
    # a gene that is all a spot has leaves nothing behind: no share is taken from the others
    shares.data = np.where(shares.data < 1, shares.data / np.maximum(1 - shares.data, 1e-12), 0)
    for gradient in gradients:
        if back is not None:
            gradient = (back @ gradient) / size
        pull = np.zeros(len(genes.columns))
        seen = np.flatnonzero(gradient.any(axis=1))
        for start in range(0, len(seen), _BLOCK):
            rows = seen[start : start + _BLOCK]
            part = shares[rows]
            of_gene = gradient[rows] @ genes.vectors.T
            of_spot = np.einsum("ij,ij->i", gradient[rows], vectors.vectors[rows])
            lengths = np.diff(part.indptr)
            own = np.repeat(np.arange(len(rows)), lengths)
            falls = part.data * (of_gene[own, part.indices] - of_spot[own])
            pull += np.bincount(part.indices, weights=falls, minlength=len(pull))
        yield pull

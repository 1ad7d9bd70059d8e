"""From gradients by the vectors of spots to what the vector of each gene does."""

import numpy as np
import scipy.sparse as sp

from semst import gr, semantics

_BLOCK = 2048


class GenePull:
    r"""By how much a sum over spots falls, to first order, when a gene loses its vector.

    The vector of spot i is :math:`v_i = \sum_g w_{ig} e_g`; without gene g the other weights grow to a sum of
    1, and it changes by :math:`\Delta_{ig} = (v_i - e_g)\, w_{ig} / (1 - w_{ig})`. Where vectors are averaged
    over neighbours and centred, so are these changes, slice by slice where the vectors were.

    Parameters
    ----------
    vectors
        Vectors of spots with those of their genes.
    counts
        Raw counts (n_spots, n_genes) without stored zeros.
    adjacency
        Graph over which vectors were averaged before they were centred; ``None`` where they came in as they
        are.
    size
        What they were divided by.
    slices
        Slice of every spot, from 0, where each was centred by itself; ``None`` where all were together.

    Examples
    --------
    >>> genes = semantics.GeneVectors(np.float32([[1.0], [5.0]]), np.array([0, 1]), {})
    >>> vectors = semantics.SemanticVectors(np.float32([[4.0]]), {"weights": "counts"}, genes)
    >>> GenePull(vectors, sp.csr_matrix([[1, 3]])).of(np.float32([[1.0]])).tolist()
    [-1.0, 3.0]
    """

    def __init__(
        self,
        vectors: semantics.SemanticVectors,
        counts: sp.csr_matrix,
        *,
        adjacency: sp.csr_matrix | None = None,
        size: float = 1.0,
        slices: np.ndarray | None = None,
    ) -> None:
        assert vectors.genes is not None and vectors.vectors is not None
        self._of_genes, self._of_spots = vectors.genes.vectors, vectors.vectors
        columns, weights = vectors.genes.columns, vectors.info["weights"]
        self._odds = semantics.expression_weights(counts, columns, weights=weights)
        share = self._odds.data
        # a gene that is all a spot has leaves nothing behind: no share is taken from the others
        self._odds.data = np.where(share < 1, share / np.maximum(1 - share, 1e-12), 0)
        self._size = size
        self._back: sp.csr_matrix | None = None
        if adjacency is not None:
            self._back = sp.csr_matrix(gr.normalise_adjacency(adjacency, kind="row").T)
            slices = np.zeros(counts.shape[0], dtype=np.int64) if slices is None else slices
            # no edge joins two slices: what reaches a slice's mean comes from its own spots
            reach = np.asarray(self._back.sum(axis=1)).ravel() / np.bincount(slices)[slices]
            mean_odds = sp.csr_matrix(sp.diags(reach) @ self._odds)
            self._members = [np.flatnonzero(slices == number) for number in range(slices.max() + 1)]
            self._mean_odds = [mean_odds[own] for own in self._members]

    def of(self, gradient: np.ndarray) -> np.ndarray:
        """Return the fall of a sum, a number a gene that has a vector.

        Parameters
        ----------
        gradient
            Of the sum, by the vectors that the network takes in, (n_spots, d').
        """
        if self._back is None:
            return self._falls(gradient)
        common = np.zeros(len(self._of_genes))
        for own, mean_odds in zip(self._members, self._mean_odds, strict=True):
            # the mean change of a slice's spots, which centring takes off
            total = gradient[own].sum(axis=0, dtype=np.float64)
            common += np.asarray(mean_odds.sum(axis=0)).ravel() * (self._of_genes @ total)
            common -= mean_odds.T @ (self._of_spots[own] @ total)
        return (self._falls(self._back @ gradient) - common) / self._size

    def _falls(self, gradient: np.ndarray) -> np.ndarray:
        falls = np.zeros(len(self._of_genes))
        seen = np.flatnonzero(gradient.any(axis=1))
        for start in range(0, len(seen), _BLOCK):
            rows = seen[start : start + _BLOCK]
            odds = self._odds[rows]
            by_gene = gradient[rows] @ self._of_genes.T
            by_spot = np.einsum("ij,ij->i", gradient[rows], self._of_spots[rows])
            own = np.repeat(np.arange(len(rows)), np.diff(odds.indptr))
            change = odds.data * (by_gene[own, odds.indices] - by_spot[own])
            falls += np.bincount(odds.indices, weights=change, minlength=len(falls))
        return falls

"""The genes of a fitted slice with their shares of the counts: what another slice is measured by."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst import _words, pp
from semst._brief import brief
from semst._errors import SemSTError
from semst._log import logger

from ._slice import Slice

N_NAMED = 10  # missing genes that a message lists


@brief
@dataclass(frozen=True)
class Panel:
    """Genes of a slice, or of several, and what each contributes to a library size.

    Attributes
    ----------
    genes
        Symbols, shape (n_genes,).
    shares
        Counts of every gene over the library sizes of all spots, shape (n_genes,), float32. They add up to
        one, or to what part of the library the matrix holds where depths were given (``depth_key``).

    Examples
    --------
    >>> counts = sp.csr_matrix([[3.0, 1.0], [1.0, 3.0]])
    >>> panel = Panel.of(Slice(counts, pd.Index(["A", "B"]), np.zeros((2, 2))))
    >>> panel.shares.tolist()
    [0.5, 0.5]
    >>> other = Slice(sp.csr_matrix([[6.0, 2.0]]), pd.Index(["A", "C"]), np.zeros((1, 2)))
    >>> like, absent = panel.fitted_to(other, pd.Index(["A", "B"]), max_missing=0.5)
    >>> like.counts.toarray().tolist(), absent.tolist(), like.depth.tolist()
    ([[6.0, 0.0]], [False, True], [12.0])
    """

    genes: pd.Index
    shares: np.ndarray

    @classmethod
    def of(cls, data: Slice) -> "Panel":
        """Take genes and shares of a slice."""
        total = pp.gene_sums(data.counts).total
        sizes = total.sum() if data.depth is None else data.depth.sum()
        return cls(data.genes, (total / sizes).astype(np.float32))

    def fitted_to(
        self, data: Slice, genes: pd.Index, *, max_missing: float = 0.2
    ) -> tuple[Slice, np.ndarray]:
        """Bring another slice to the genes of a fit, and its library sizes to the same measure.

        Parameters
        ----------
        data
            The slice; left as it is.
        genes
            Genes that entered the model, some of the panel's.
        max_missing
            Share of them that the slice may lack.

        Returns
        -------
        The slice itself where it has all genes and sizes mean the same; else one of these genes alone,
        without counts of those that it lacks, with ``depth``: where it brings none, the counts of the genes
        that it shares with the panel over the part of the library that these make up. And a mask of the
        missing.

        Raises
        ------
        SemSTError
            If more genes are missing than that; they are named.
        """
        absent = data.genes.get_indexer(genes) < 0
        _check_missing(genes[absent], len(genes), max_missing)
        shared = self.genes.intersection(data.genes, sort=False)
        same_measure = data.depth is not None or self._is_whole_library(data, shared)
        if same_measure and not absent.any():
            return data, absent
        depth = data.depth
        if not same_measure:
            part = min(float(self.shares[self.genes.get_indexer(shared)].sum(dtype=np.float64)), 1.0)
            depth = _summed(data, shared) / part
            logger.info(
                f"library sizes: from the {len(shared)} genes that fit and slice share, {100 * part:.0f} % "
                "of the library of the fit"
            )
        elif depth is None:
            depth = pp.library_size(data.counts)
        there = pp.take_columns(data.counts, data.genes.get_indexer(genes[~absent])).tocoo()
        columns = np.flatnonzero(~absent)[there.col]
        counts = sp.csr_matrix((there.data, (there.row, columns)), shape=(data.n_spots, len(genes)))
        depth = np.where(depth > 0, depth, 1.0)  # of a spot without a count of any of these genes
        return replace(data, counts=counts, genes=genes, depth=depth), absent

    def _is_whole_library(self, data: Slice, shared: pd.Index) -> bool:
        """Whether the slice has the panel's genes, no others, and the panel is all of the library."""
        complete = abs(float(self.shares.sum(dtype=np.float64)) - 1) < 1e-3
        return complete and len(shared) == len(self.genes) == len(data.genes)


def _summed(data: Slice, genes: pd.Index) -> np.ndarray:
    """Counts of some genes in every spot, shape (n_spots,), read block by block."""
    chosen = data.genes.isin(genes).astype(np.float64)
    return np.concatenate([np.asarray(block @ chosen) for block in pp.row_blocks(data.counts)])


def _check_missing(missing: pd.Index, n_genes: int, most: float) -> None:
    """Name genes that a slice lacks, and refuse it where they are too many."""
    if not len(missing):
        return
    named = ", ".join(map(str, missing[:N_NAMED])) + (", ..." if len(missing) > N_NAMED else "")
    share = len(missing) / n_genes
    if share > most:
        raise SemSTError(
            f"The slice lacks {len(missing)} of the {n_genes} genes of the fit ({100 * share:.0f} %; "
            f"{named}); up to {100 * most:.0f} % may be missing ({_words.name('max_missing')}). Check that "
            "the genes go by the same names, or fit anew on the genes that both have."
        )
    logger.warning(
        f"the slice lacks {len(missing)} of the {n_genes} genes of the fit ({100 * share:.1f} %): {named}. "
        "They have no effect: components are found from the other genes, or they are put in at their mean."
    )

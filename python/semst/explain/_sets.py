"""Sets of genes that share something, and which of them a panel measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from semst._brief import brief
from semst.semantics import match_symbols, spelled_like

LEAST_ANNOTATED = 500  # measured genes in any set; below, a set's absence says nothing
LEAST_SHARE = 0.2  # of the measured genes; below, they are another species' or no symbols


@brief
@dataclass(frozen=True)
class GeneSets:
    """Sets of genes with their names.

    Attributes
    ----------
    ids
        Identifier of every set, e.g. ``"GO:0042552"``.
    names
        What it is called, e.g. ``"myelination"``.
    groups
        The collection it belongs to, e.g. ``"BP"``; ``""`` where there is none.
    genes
        Symbols of the columns of ``membership``.
    membership
        Shape (n_sets, n_genes), boolean.
    former
        Other spellings of genes, to the symbol of ``genes``.
    about
        ``name``, and what else is known: ``date``, ``licence``, ``source``.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> sets = GeneSets(["s"], ["a set"], [""], ["MBP", "PLP1"], sp.csr_matrix(np.ones((1, 2), dtype=bool)))
    >>> sets.measured(["Plp1", "GFAP"]).n_matched
    1
    """

    ids: Sequence[str]
    names: Sequence[str]
    groups: Sequence[str]
    genes: Sequence[str]
    membership: sp.csr_matrix
    former: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    def measured(self, symbols: Sequence[str]) -> "MeasuredSets":
        """Find the measured genes in the sets.

        Symbols are matched as ``semst.semantics.match_symbols`` does it, those of other species by the
        same name (``Mbp`` for ``MBP``); then former symbols. A gene of the sets is taken once.

        Parameters
        ----------
        symbols
            Measured genes, shape (n_measured,).

        Returns
        -------
        The sets over the measured genes.
        """
        found = match_symbols(symbols, self.genes, across_species=True)
        missing = np.flatnonzero(found < 0)
        if self.former and missing.size:
            others = list(self.former)
            place = {gene: column for column, gene in enumerate(self.genes)}
            again = match_symbols([symbols[i] for i in missing.tolist()], others, across_species=True)
            late = missing[again >= 0]
            columns_of_late = np.array([place[self.former[others[i]]] for i in again[again >= 0]], dtype=int)
            # a gene that is there under its present symbol is not taken a second time under a former one
            new = ~np.isin(columns_of_late, found)
            found[late[new]] = columns_of_late[new]
        rows = np.flatnonzero(found >= 0)
        first = rows[np.unique(found[rows], return_index=True)[1]]  # of equal genes the first
        columns = sp.csr_matrix(
            (np.ones(first.size, dtype=np.float32), (found[first], first)),
            shape=(len(self.genes), len(symbols)),
        )
        return MeasuredSets(
            self,
            sp.csr_matrix(self.membership.astype(np.float32) @ columns),
            first.size,
            spelled_like(symbols),
        )


@brief
@dataclass(frozen=True)
class MeasuredSets:
    """Gene sets over the genes of a panel.

    Attributes
    ----------
    sets
        What it was made of.
    membership
        Shape (n_sets, n_measured), float32 ones.
    n_matched
        Measured genes that the table of the sets knows.
    spelled
        ``"human"``, ``"mouse"`` or ``"unclear"``: how the measured genes are written.

    Examples
    --------
    >>> from semst.explain import gene_sets
    >>> gene_sets({"myelin": ["MBP", "PLP1"]}).measured(["Mbp", "Gad1"]).annotated.tolist()
    [True, False]
    """

    sets: GeneSets
    membership: sp.csr_matrix
    n_matched: int
    spelled: str

    @property
    def annotated(self) -> np.ndarray:
        """Mask of the measured genes that are in a set, shape (n_measured,)."""
        return np.asarray(self.membership.sum(axis=0)).ravel() > 0

    @property
    def sizes(self) -> np.ndarray:
        """Measured genes of every set, shape (n_sets,)."""
        return np.asarray(self.membership.sum(axis=1)).ravel().astype(np.int64)

    def coverage(self) -> dict[str, int | str]:
        """Numbers of genes that are measured, known to the table, and in a set; and how they are written."""
        return {
            "n_genes": int(self.membership.shape[1]),
            "n_matched": int(self.n_matched),
            "n_annotated": int(self.annotated.sum()),
            "spelled": self.spelled,
        }

    def why_not(self) -> str:
        """Why the sets say nothing about this panel; empty where they do."""
        n_genes, n_annotated = self.membership.shape[1], int(self.annotated.sum())
        name = self.sets.about.get("name", "the gene sets")
        if self.n_matched < LEAST_SHARE * n_genes:
            return (
                f"{self.n_matched} of {n_genes} genes are known to {name}: they seem to be another species' "
                "or no gene symbols, so there are no terms; give gene sets with the names of the data"
            )
        if n_annotated < LEAST_ANNOTATED:
            return (
                f"{n_annotated} of {n_genes} measured genes are in {name}, fewer than {LEAST_ANNOTATED}: too "
                "small a panel for terms"
            )
        return ""

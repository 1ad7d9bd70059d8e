"""Ready-made gene vectors (GenePT, scELMo and the like), averaged with expression weights."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from semst._brief import brief
from semst._errors import SemSTError
from semst._log import logger

from ._average import AveragedGenes, Weights
from ._read_table import read_gene_table
from ._symbols import match_symbols
from ._types import GeneVectors, Run


@brief
@dataclass(frozen=True, eq=False)
class GeneTable(AveragedGenes):
    """Average ready-made gene vectors over the genes of a spot, weighted by expression.

    The vector of spot i is the sum over its genes of w_ig e_g, with weights that sum to 1 over the genes that
    the table has (GenePT's "-w" vectors, renormalised instead of averaging in zeros). Genes are found without
    regard to case, Ensembl versions and R's ``make.names``. Rows of the table that are all zero or not finite
    are left out.

    Parameters
    ----------
    table
        Path of ``.npz``, ``.parquet``, ``.csv``/``.tsv``/``.txt`` (also ``.gz``), ``.pt``, ``.h5ad`` or
        ``.pickle``; or a mapping from symbol to vector; or a data frame with symbols as index. Pickles are
        read without running code.
    weights
        ``"log1p"``: log of 1 + counts per 10,000. ``"counts"``: the counts.
    across_species
        Whether mouse and human genes match by name (``Actb`` = ``ACTB``).
    key
        Slot of the vectors in an ``.h5ad`` (``obsm`` or ``varm``) or ``.npz`` file; by default ``X``, or the
        only table.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> from semst.semantics import Spots
    >>> table = GeneTable({"MBP": [1.0, 0.0], "GFAP": [0.0, 1.0]}, weights="counts")
    >>> table.embed(Spots(csr_matrix([[3, 1, 6]]), ["Mbp", "gfap", "XYZ"])).vectors
    array([[0.75, 0.25]], dtype=float32)
    """

    table: str | os.PathLike | Mapping[str, Any] | pd.DataFrame
    weights: Weights = "log1p"
    across_species: bool = False
    key: str | None = None

    needs_symbols = False

    @property
    def name(self) -> str:
        """Short name for records and messages."""
        if isinstance(self.table, pd.DataFrame | Mapping):
            return "gene table"
        return f"gene table {Path(self.table).name}"

    def gene_vectors(self, symbols: list[str], run: Run) -> GeneVectors:
        """Read the table and find the genes in it.

        Raises
        ------
        SemSTError
            If the table cannot be read, or has none of the genes.
        """
        known, vectors = read_gene_table(self.table, key=self.key)
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.abs(vectors).sum(axis=1)
        usable = np.isfinite(size) & (size > 0)
        if not usable.all():
            logger.warning(
                "%s: %d of %d vectors are all zero or not finite and are left out (e.g. %s)",
                self.name,
                (~usable).sum(),
                len(usable),
                known[int(np.argmin(usable))],
            )
            known = [symbol for symbol, use in zip(known, usable, strict=True) if use]
            vectors = vectors[usable]
        places = match_symbols(symbols, known, across_species=self.across_species)
        columns = np.flatnonzero(places >= 0)
        if not columns.size:
            raise no_gene_found(self.name, symbols, known)
        info = {"n_genes_in_table": len(known)}
        return GeneVectors(vectors[places[columns]], columns, info)


def no_gene_found(where: str, symbols: list[str], known: list[str]) -> SemSTError:
    """The error for a coverage of 0 %."""
    here, there = ", ".join(symbols[:3]), ", ".join(known[:3]) or "none"
    return SemSTError(
        f"{where}: coverage is 0 %. None of the {len(symbols)} genes of the data (e.g. {here}) is among the "
        f"{len(known)} of the table (e.g. {there}). Both must use the same kind of names, e.g. gene symbols."
    )

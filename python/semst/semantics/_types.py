"""What goes into a source of semantic vectors and what comes out."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from scipy import sparse

from semst._brief import brief
from semst._cache_home import cache_home
from semst.distributed import resolve_device

from ._ranking import K_G, Ranking, top_genes

CacheDir = str | os.PathLike | Literal[False] | None


@brief
@dataclass(frozen=True, eq=False)
class SemanticVectors:
    """One vector per spot, with the record of where it comes from.

    Parameters
    ----------
    vectors
        float32 array (n_spots, n_dimensions), finite; ``None`` for the source ``"none"``.
    info
        Plain record that can be written into ``uns`` of an ``.h5ad`` file: source, model, pooling, coverage,
        counts of texts, seconds.
    genes
        Where a spot's vector is an average over its genes: the vectors of these, weighted as
        ``info["weights"]`` says; else ``None``.
    """

    vectors: np.ndarray | None
    info: dict[str, Any]
    genes: "GeneVectors | None" = None


@dataclass(frozen=True)
class Run:
    """How to compute: where to cache, on what device, and whether to show progress."""

    cache_dir: CacheDir = None
    device: str = "auto"
    progress: bool = True

    @property
    def cache_folder(self) -> Path | None:
        """Folder of the cached vectors; ``None`` when caching is off."""
        if self.cache_dir is False:
            return None
        if self.cache_dir is None:
            return cache_home(extra="text", what="The cache of semantic vectors") / "semantics"
        return Path(self.cache_dir).expanduser() / "semantics"

    @cached_property
    def torch_device(self) -> torch.device:
        """The device to compute on."""
        return resolve_device(self.device)


@brief
@dataclass(frozen=True, eq=False)
class Spots:
    """The spots that need vectors, as every source gets them.

    Parameters
    ----------
    counts
        Raw counts (n_spots, n_genes), canonical csr without stored zeros.
    symbols
        Gene symbols, one per column.
    normalised
        Other values of the same shape to rank genes by; ``None``: made from the counts where needed.
    k_g
        How many genes a spot's text lists at most.
    ranking
        What the genes of a spot are ranked by.
    random_state
        Seed of the sources that draw at random.
    run
        How to compute.
    """

    counts: sparse.csr_matrix
    symbols: list[str]
    normalised: sparse.csr_matrix | None = None
    k_g: int = K_G
    ranking: Ranking = "expression"
    random_state: int = 0
    run: Run = field(default_factory=Run)

    def gene_lists(self) -> list[list[str]]:
        """The ``k_g`` top genes of every spot, best first; empty for spots without counts."""
        return top_genes(
            self.counts, self.symbols, k_g=self.k_g, ranking=self.ranking, normalised=self.normalised
        )


@brief
@dataclass(frozen=True, eq=False)
class GeneVectors:
    """One vector per gene.

    Parameters
    ----------
    vectors
        float32 array (n_found, n_dimensions).
    columns
        For every row of ``vectors``, the column of the counts it belongs to; ascending.
    info
        Plain record of where they come from.
    """

    vectors: np.ndarray
    columns: np.ndarray
    info: dict[str, Any]


@runtime_checkable
class Source(Protocol):
    """Anything that gives every spot a semantic vector."""

    @property
    def name(self) -> str:
        """Short name for records and messages."""

    @property
    def needs_symbols(self) -> bool:
        """Whether gene names must be symbols (and not, say, Ensembl IDs)."""

    def embed(self, spots: Spots) -> SemanticVectors:
        """Compute the vectors. Rows of spots that have no gene to go by may be NaN."""


@runtime_checkable
class GeneSource(Source, Protocol):
    """A source that has one vector per gene and averages them with expression weights."""

    @property
    def weights(self) -> Literal["log1p", "counts"]:
        """What the genes of a spot are weighted by."""

    def gene_vectors(self, symbols: list[str], run: Run) -> GeneVectors:
        """Look up or compute the vectors of the genes."""

"""What random regions in one piece would have had: a smooth gene marks any compact piece of tissue."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from semst._progress import track
from semst.data import Slice
from semst.pp import library_size

from ._contrast import LEAST_SLICES, Contrast, between_slices, between_spots
from ._markers import find_markers
from ._regions import random_regions
from ._sets import MeasuredSets
from ._terms import Enrichment, enrichment


class Comparison:
    """How regions of a slice, or of several, are held against the rest.

    Parameters
    ----------
    data
        The slice. With three samples or more these are the replicates, for regions that three of them hold.
    labelled
        Mask of the spots that take part.
    """

    def __init__(self, data: Slice, labelled: np.ndarray) -> None:
        self.data, self.labelled = data, labelled
        self.sizes = library_size(data.counts, depth=data.depth)
        several = data.samples is not None and len(np.unique(data.samples)) >= LEAST_SLICES
        self.samples = data.samples if several else None

    def __call__(self, regions: sp.csr_matrix) -> tuple[Contrast, np.ndarray]:
        """The contrast, and a mask of the regions that were compared between slices."""
        if self.samples is None:
            return self._between_spots(regions), np.zeros(regions.shape[1], dtype=bool)
        slices = between_slices(self.data.counts, regions, self.labelled, self.samples)
        told = np.isfinite(slices.score).any(axis=1)
        if told.all():
            return slices, told
        return slices.where(told, self._between_spots(regions)), told

    def _between_spots(self, regions: sp.csr_matrix) -> Contrast:
        return between_spots(self.data.counts, self.sizes, regions, self.labelled)


@dataclass(frozen=True)
class Observed:
    """What was found for the domains: their contrast and markers, all terms and those that are shown."""

    contrast: Contrast
    markers: list[np.ndarray]
    enrichment: Enrichment
    terms: list[np.ndarray]


@dataclass(frozen=True)
class Chance:
    """Shares of random regions, the domain itself counted in, that do as well; NaN where none was drawn.

    Attributes
    ----------
    markers, terms
        In which the same gene has as high a score, or the same term as small a p; a value for each that is
        shown, in the order of the domains.
    domains
        Whose best term, or best marker for a domain without terms, is as good as the domain's best,
        shape (n_domains,).
    """

    markers: np.ndarray
    terms: np.ndarray
    domains: np.ndarray


def by_chance(
    compare: Comparison,
    domains: sp.csr_matrix,
    measured: MeasuredSets,
    *,
    n_null: int,
    n_markers: int,
    observed: Observed,
    random_state: int,
    progress: bool,
) -> Chance:
    """Hold every domain against random regions of its size.

    Parameters
    ----------
    compare
        How a region is held against the rest.
    domains
        Shape (n_spots, n_domains), of ones.
    measured
        Gene sets over the measured genes.
    n_null
        Regions a domain.
    n_markers
        Markers a region at most.
    observed
        What was found.
    random_state
        Seed.
    progress
        Show how many domains are done.

    Returns
    -------
    The shares.
    """
    rng, data = np.random.default_rng(random_state), compare.data
    by_gene, by_term, by_domain = [], [], np.full(domains.shape[1], np.nan)
    for number in track(range(domains.shape[1]), desc="random regions", show=progress, unit="domain"):
        genes, terms = observed.markers[number], observed.terms[number]
        if not n_null:
            by_gene.append(np.full(len(genes), np.nan))
            by_term.append(np.full(len(terms), np.nan))
            continue
        member = domains[:, [number]].toarray().ravel() > 0
        regions = random_regions(
            data.coordinates, member, compare.labelled, n_null, samples=data.samples, rng=rng
        )
        contrast, _ = compare(regions)
        score = np.nan_to_num(contrast.score, nan=-np.inf)
        by_gene.append(_share(score[:, genes], observed.contrast.score[number, genes]))
        if not len(terms):
            by_term.append(np.empty(0))
            if len(genes):
                best = observed.contrast.score[number, genes[:1]]
                by_domain[number] = _share(score.max(axis=1, keepdims=True), best)[0]
            continue
        found = enrichment(find_markers(contrast, n_markers=n_markers), measured)
        p = observed.enrichment.p[number]
        by_term.append(_share(-found.p[:, terms], -p[terms]))
        by_domain[number] = _share(-found.p.min(axis=1, keepdims=True), -p[terms].min(keepdims=True))[0]
    return Chance(np.concatenate(by_gene), np.concatenate(by_term), by_domain)


def _share(null: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of rows that are as high, the values' own row counted in."""
    return (1 + (null >= values).sum(axis=0)) / (1 + len(null))

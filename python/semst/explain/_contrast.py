"""Regions against the rest: between spots, or between slices where there are enough of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy import stats

from ._moments import moments, sums

LEAST_SPOTS = 10  # of a domain, for its terms to mean anything, and of its part in a slice that counts as one
LEAST_SLICES = 3  # from here on slices are the replicates


@dataclass(frozen=True)
class Contrast:
    """Regions against the rest, a row a region and a column a gene.

    Attributes
    ----------
    score
        What genes are ordered by; NaN where it cannot be told.
    change
        log2 fold change.
    t, freedom
        Student's t of the difference, and its degrees of freedom.
    """

    score: np.ndarray
    change: np.ndarray
    t: np.ndarray
    freedom: np.ndarray

    @property
    def p(self) -> np.ndarray:
        """P(t), one-sided, upwards; NaN where the score is."""
        return stats.t.sf(self.t, self.freedom)

    def where(self, these: np.ndarray, other: "Contrast") -> "Contrast":
        """Take this contrast for the regions of a mask, another for the rest."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in vars(self)]
        return Contrast(*[np.where(these[:, None], mine, its) for mine, its in pairs])


def between_spots(counts: Any, sizes: np.ndarray, regions: sp.csr_matrix, labelled: np.ndarray) -> Contrast:
    """Welch's t of log-normalised values, spots of a region against all others that are labelled.

    Parameters
    ----------
    counts
        Raw counts, shape (n_spots, n_genes).
    sizes
        Library sizes, shape (n_spots,).
    regions
        Shape (n_spots, n_regions), of ones.
    labelled
        Mask of the spots that take part, shape (n_spots,).

    Returns
    -------
    The contrast; ``score`` is t, ``change`` the difference of the means of ``log2(1 + normalised)``.

    References
    ----------
    Welch, Biometrika 34 (1947).
    """
    found = moments(counts, sizes, _beside(regions, labelled))
    inside = found[:-1]
    outside = found[-1:] - inside
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = inside.variance / inside.n[:, None], outside.variance / outside.n[:, None]
        t = (inside.mean - outside.mean) / np.sqrt(a + b)
        one, other = (np.maximum(side.n - 1, 1)[:, None] for side in (inside, outside))
        freedom = (a + b) ** 2 / (a**2 / one + b**2 / other)
    t[~np.isfinite(t)] = np.nan
    return Contrast(t, (inside.mean - outside.mean) / np.log(2), t, freedom)


def between_slices(
    counts: Any, regions: sp.csr_matrix, labelled: np.ndarray, samples: np.ndarray
) -> Contrast:
    """Pseudobulk of a region against the rest of its slice; the slices are the replicates.

    In every slice where the region and its rest have 10 spots or more, counts are summed and
    d = log2 CPM(region) - log2 CPM(rest), with half a count added (Law et al. 2014). The score is
    mean(d) / (s + s0) with s the standard error over slices and s0 the median of s over genes, so that a gene
    does not lead for having varied little by chance (Tusher et al. 2001); t is that of the plain mean.

    Parameters
    ----------
    counts, regions, labelled
        As in :func:`between_spots`.
    samples
        Slice of every spot, shape (n_spots,).

    Returns
    -------
    The contrast; ``change`` is mean(d). NaN for a region that fewer than three slices hold.

    References
    ----------
    Law et al., Genome Biology 15 (2014); Tusher et al., PNAS 98 (2001).
    """
    names, n_regions = np.unique(samples), regions.shape[1]
    parts = [labelled & (samples == name) for name in names]
    # regions and the whole of every slice side by side, for one pass over the counts
    beside = sp.csr_matrix(sp.hstack([_beside(_within(regions, part), part) for part in parts]))
    n = np.asarray(beside.sum(axis=0)).reshape(len(names), n_regions + 1)
    found = sums(counts, beside).reshape(len(names), n_regions + 1, -1)
    d = np.full((len(names), n_regions, counts.shape[1]), np.nan)
    for number in range(len(names)):
        enough = (n[number, :-1] >= LEAST_SPOTS) & (n[number, -1] - n[number, :-1] >= LEAST_SPOTS)
        inside, outside = found[number, :-1], found[number, -1:] - found[number, :-1]
        d[number, enough] = (_log_cpm(inside) - _log_cpm(outside))[enough]
    n_slices = np.isfinite(d[:, :, 0]).sum(axis=0)
    score, change, t = (np.full(d.shape[1:], np.nan) for _ in range(3))
    for region in np.flatnonzero(n_slices >= LEAST_SLICES):
        own = d[np.isfinite(d[:, region, 0]), region]
        error = own.std(axis=0, ddof=1) / np.sqrt(len(own))
        change[region] = own.mean(axis=0)
        smallest = np.finfo(float).tiny
        score[region] = change[region] / np.maximum(error + np.median(error), smallest)
        t[region] = change[region] / np.maximum(error, smallest)
    freedom = np.broadcast_to(np.maximum(n_slices - 1.0, 1)[:, None], t.shape)
    return Contrast(score, change, t, freedom)


def shares(counts: Any, regions: sp.csr_matrix, labelled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of spots with the gene, in regions and in the rest, (n_regions, n_genes) each."""
    both = _beside(regions, labelled)
    n = np.asarray(both.sum(axis=0)).ravel()[:, None]
    present = sums(counts, both, of=np.sign)
    inside = present[:-1] / np.maximum(n[:-1], 1)
    return inside, (present[-1:] - present[:-1]) / np.maximum(n[-1:] - n[:-1], 1)


def _within(regions: sp.csr_matrix, part: np.ndarray) -> sp.csr_matrix:
    """Take the spots of regions that lie in a part."""
    return sp.csr_matrix(regions.multiply(part[:, None]))


def _beside(regions: sp.csr_matrix, labelled: np.ndarray) -> sp.csr_matrix:
    """Regions, and all that takes part as the last column."""
    return sp.csr_matrix(sp.hstack([regions, labelled[:, None].astype(np.float64)]))


def _log_cpm(found: np.ndarray) -> np.ndarray:
    return np.log2((found + 0.5) / (found.sum(axis=1, keepdims=True) + 1) * 1e6)

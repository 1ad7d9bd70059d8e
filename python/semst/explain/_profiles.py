"""A domain as a vector: over genes, or over gene sets, which panels without a common gene share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst.data import Slice
from semst.pp import library_size

from ._moments import blocks, sums
from ._tables import members


@dataclass(frozen=True)
class Profile:
    """What the domains of a slice express.

    Attributes
    ----------
    domains
        Their names, K of them.
    genes
        Symbols.
    values
        How far a gene's share of a domain's counts is from its share of all, in standard deviations of spots,
        shape (n_genes, K).
    """

    domains: list[str]
    genes: list[str]
    values: np.ndarray

    @property
    def centred(self) -> np.ndarray:
        """Values with the mean over the domains taken off."""
        return self.values - self.values.mean(axis=1, keepdims=True)


def profile(data: Slice, labels: "pd.Categorical[Any]", symbols: Sequence[str] | None = None) -> Profile:
    """Describe the domains of a slice by their genes.

    Parameters
    ----------
    data
        The slice.
    labels
        Domain of every spot; missing ones take no part.
    symbols
        Gene symbols of the columns; ``data.genes`` by default.

    Returns
    -------
    Shares of the domains' summed counts, as z-scores; 0 for genes that do not vary. No logarithms are taken:
    means of log-normalised values follow the depth of spots, the more the rarer a gene is, and as genes of a
    set are alike in that, domains of two slices would seem the same that are only as deep.

    Examples
    --------
    >>> import semst
    >>> from semst.data import read_slice
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> found = profile(read_slice(adata)[0], adata.obs["ground_truth"].array)
    >>> found.values.shape == (adata.n_vars, 7)
    True
    """
    labels = labels.remove_unused_categories()
    sizes = library_size(data.counts, depth=data.depth)
    labelled = labels.codes >= 0
    domains = members(labels)
    found, of_domain = sums(data.counts, domains), domains.T @ sizes
    share, overall = found / of_domain[:, None], found.sum(axis=0) / of_domain.sum()
    values = ((share - overall) / _deviation(data.counts, sizes, labelled)).T
    genes = [str(name) for name in (data.genes if symbols is None else symbols)]
    return Profile([str(name) for name in labels.categories], genes, values)


def _deviation(counts: Any, sizes: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Standard deviation over the labelled spots of every gene's share of a spot's counts; inf for none."""
    weight = np.where(labelled, 1 / sizes, 0.0)
    total, square = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    for rows, block in blocks(counts):
        shares = sp.csr_matrix(sp.diags(weight[rows]) @ block)
        total += np.asarray(shares.sum(axis=0)).ravel()
        square += np.asarray(shares.multiply(shares).sum(axis=0)).ravel()
    n = labelled.sum()
    deviation = np.sqrt(np.maximum(square / n - (total / n) ** 2, 0))
    deviation[deviation <= 1e-12] = np.inf
    return deviation


def over_sets(values: np.ndarray, membership: sp.csr_matrix, annotated: np.ndarray) -> np.ndarray:
    """Add up the values of a set's genes over the root of their number, the panel's means taken off.

    Parameters
    ----------
    values
        Shape (n_genes, K).
    membership
        Shape (n_sets, n_genes), of ones, every set with a gene.
    annotated
        Mask of the genes that are in a set, shape (n_genes,).

    Returns
    -------
    Shape (n_sets, K). The mean of a domain over the panel's genes comes off first: how deep a domain is
    sequenced would make any two slices alike, whatever their genes. Then that of a set over the domains.
    """
    sizes = np.asarray(membership.sum(axis=1)).ravel()
    found = np.asarray(membership @ (values - values[annotated].mean(axis=0))) / np.sqrt(sizes)[:, None]
    return found - found.mean(axis=1, keepdims=True)

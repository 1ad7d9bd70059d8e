"""A domain as a vector: over genes, or over gene sets, which panels without a common gene share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from semst._brief import brief
from semst.data import Slice
from semst.pp import library_size

from ._moments import sums
from ._tables import members


@brief
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
        How far a gene's share of a domain's counts is from its share of all, over the root of the latter,
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
    Pearson residuals of the domains' summed counts, but for the root of the domain's size; 0 for genes
    without counts. For given totals of the genes they are 0 in the mean whatever the depth. Means of
    log-normalised values are not: they follow the depth of spots, the more the rarer a gene is, and domains
    of two slices would seem the same that are only as deep. Deviations between spots as a scale have the
    same fault.

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
    domains = members(labels)
    found, of_domain = sums(data.counts, domains), domains.T @ sizes
    share, overall = found / of_domain[:, None], found.sum(axis=0) / of_domain.sum()
    values = ((share - overall) / np.sqrt(np.where(overall > 0, overall, np.inf))).T
    genes = [str(name) for name in (data.genes if symbols is None else symbols)]
    return Profile([str(name) for name in labels.categories], genes, values)


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
    level = values[annotated].mean(axis=0) if annotated.any() else 0
    found = np.asarray(membership @ (values - level)) / np.sqrt(sizes)[:, None]
    return found - found.mean(axis=1, keepdims=True)

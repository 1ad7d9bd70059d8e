"""Which domains touch which, and where conditions differ in that."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from semst import _keys, compare, gr
from semst._log import logger
from semst._optional import optional
from semst._typed import typed
from semst._validate import check_random_state, check_whole, get_coordinates, get_labels

from ._proportions import LEAST_PERMUTATIONS
from ._samples import SampledSpots, sampled_spots, tell

_GRAPH, _DOMAINS = "spatial", "domain"


@typed
def contacts(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    sample_key: str | None = None,
    condition_key: str | None = None,
    groups: Sequence[str] | None = None,
    section_key: str | None = None,
    n_neighs: int = 6,
    spatial_key: str = _keys.SPATIAL,
    use_existing_graph: bool = False,
    n_permutations: int = 9999,
    random_state: int = 0,
) -> compare.Contacts:
    """Compare which domains touch which.

    Edges of the spatial graph are counted between every two domains, and within each, by
    :func:`squidpy.gr.interaction_matrix` (Palla et al. 2022, Nat. Methods 19), sample by sample. They are
    held against what is to be expected of the domains' sizes and degrees alone, the ends of all edges joined
    at random: ``log2((observed + 0.5) / (expected + 0.5))``. Domains are compact, so pairs of different ones
    are mostly below 0; which of them are less so, and where conditions differ, is what can be read from them.

    Conditions are compared as in :func:`proportions`, the sample as the unit. What is expected follows the
    domains' sizes, and borders follow them in another way: a domain that becomes smaller has a larger ratio
    with itself and its neighbours. Read the result beside :func:`proportions`. Needs the extra ``contacts``.

    Parameters
    ----------
    adata
        Spots with domains and coordinates. Not changed; counts are not needed.
    key
        ``obs`` column of the domains. Spots without one (NaN) are left out.
    sample_key
        ``obs`` column of the samples; without it all spots are one.
    condition_key, groups
        As in :func:`proportions`.
    section_key
        ``obs`` column of the sections, where a sample (a donor) has several: no edge joins two. Not needed
        where the samples are the sections.
    n_neighs
        Wanted mean number of neighbours of :func:`semst.gr.spatial_graph`; 6 are the nearest on a hexagonal
        grid.
    spatial_key
        ``obsm`` slot of the coordinates.
    use_existing_graph
        Take ``obsp["spatial_connectivities"]`` instead of making a graph; what joins two samples or sections
        in it is left out.
    n_permutations, random_state
        As in :func:`proportions`.

    Returns
    -------
    A :class:`semst.tl.Contacts` with ``counts``, ``expected`` and ``log2_ratio`` by sample and pair
    of domains (NaN where a sample lacks one of the two), ``overall`` for all samples together and, with
    conditions, ``effects``, a row a pair. Nothing is written to ``adata``.

    Raises
    ------
    MissingDependencyError
        If squidpy is not installed.
    MissingKeyError
        If a column or slot is not there.
    SemSTError
        If coordinates or a graph cannot be used, or as in :func:`proportions`.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=600, random_state=0)
    >>> found = semst.tl.contacts(adata, "ground_truth")
    >>> ratio = found.overall["log2_ratio"]
    >>> bool(ratio["L1", "L1"] > ratio["L1", "L2"] > ratio["L1", "L3"])
    True
    """
    n_permutations = check_whole(n_permutations, what="n_permutations", least=LEAST_PERMUTATIONS)
    random_state = check_random_state(random_state)
    squidpy = _squidpy()
    spots = sampled_spots(adata, key, sample_key=sample_key, condition_key=condition_key, groups=groups)
    sections = _sections(adata, spots, section_key)
    if use_existing_graph:
        graph = _within(gr.spatial_graph_from(adata).adjacency[spots.rows][:, spots.rows], sections)
    else:
        places = get_coordinates(adata, spatial_key=spatial_key)[spots.rows]
        graph = gr.spatial_graph(places, n_neighs=n_neighs, samples=sections, or_all=True).adjacency
    found = compare.compare_contacts(
        {
            name: _edges_between(squidpy, graph, spots.domains, np.flatnonzero(spots.samples == name))
            for name in spots.samples.categories
        },
        spots.sizes(),
        spots.conditions,
        spots.groups,
        n_permutations=n_permutations,
        random_state=random_state,
        key=key,
    )
    logger.info(f"contacts of {len(found.domains)} domains in {len(found.counts)} samples")
    tell(found.note, found.effects)
    return found


def _squidpy() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its docstrings, which are no matter of the user
        return optional("squidpy", extra="contacts", what="Counting contacts between domains")


def _sections(adata: AnnData, spots: SampledSpots, section_key: str | None) -> np.ndarray:
    """A number for every spot: spots of different samples, or of different sections of one, differ in it."""
    if section_key is None:
        return spots.samples.codes
    of_all = get_labels(adata, section_key)  # a spot without one is of a section of its own sample's rest
    inner = of_all.codes[spots.rows].astype(np.int64) + 1
    return spots.samples.codes.astype(np.int64) * (len(of_all.categories) + 1) + inner


def _within(graph: sp.csr_matrix, sections: np.ndarray) -> sp.csr_matrix:
    """Leave out edges that join two sections."""
    edges = graph.tocoo()
    same = sections[edges.row] == sections[edges.col]
    joined = (edges.data[same], (edges.row[same], edges.col[same]))
    return sp.csr_matrix(joined, shape=graph.shape)


def _edges_between(
    squidpy: Any, graph: sp.csr_matrix, domains: pd.Categorical, rows: np.ndarray
) -> np.ndarray:
    """Directed edges from domain to domain among some spots, shape (n_domains, n_domains)."""
    sample = AnnData(
        obs=pd.DataFrame({_DOMAINS: domains[rows]}, index=rows.astype(str)),
        obsp={f"{_GRAPH}_connectivities": graph[rows][:, rows]},
    )
    return squidpy.gr.interaction_matrix(sample, _DOMAINS, connectivity_key=_GRAPH, copy=True)

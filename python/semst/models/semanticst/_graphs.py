"""The context graphs: near in space, alike in expression, in the same first domain."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from semst import _words, cluster, gr
from semst._errors import SemSTError
from semst.data import Slice
from semst.models._graphs import nearest_spots
from semst.models._model import Projections

from ._config import SemanticSTConfig
from ._shifts import shift_between_slices

FIRST_STARTS = 20  # of the mixture that makes the first partition
FIRST = "first/"  # of its numbers, among what another slice needs


@dataclass(frozen=True)
class Contexts:
    """Graphs of a run and what they were made from.

    Attributes
    ----------
    graphs
        Binary, symmetric, without self loops, by name.
    guide
        Smoothed components, shape (n, n_smooth_pcs), of unit size.
    shifts
        Shift of the slice of every spot, shape (n, n_pcs), in units of the scores; ``None`` for one slice.
    partition
        First domain of every spot.
    guide_mean, guide_scale
        What was taken off the smoothed components, (n_smooth_pcs,), and what they were divided by.
    first
        Mixture of the first domains, in units of the guide.
    """

    graphs: dict[str, sp.csr_matrix]
    guide: np.ndarray
    shifts: np.ndarray | None
    partition: np.ndarray
    guide_mean: np.ndarray
    guide_scale: np.ndarray
    first: cluster.DomainMixture


def context_graphs(
    data: Slice,
    scores: np.ndarray,
    config: SemanticSTConfig,
    *,
    random_state: int,
    like: Projections | None = None,
) -> Contexts:
    """Make the context graphs, none of which needs a label.

    Parameters
    ----------
    data
        Coordinates and samples.
    scores
        Principal components, shape (n, n_pcs).
    config
        Settings.
    random_state
        Seed of the first partition and of approximate searches.
    like
        What was fitted to an earlier slice.

    Returns
    -------
    Graphs, and what they were made from.

    Raises
    ------
    SemSTError
        If vertical neighbours are asked for and sections, or their heights, are not there.
    """
    smooth = gr.smooth(scores, nearest_spots(data, config.n_smooth_neighs))
    shifts, mutual = None, None
    if data.samples is not None and data.n_slices > 1:
        if config.batch_aware:
            shifts = shift_between_slices(
                smooth, data.samples, n_neighs=config.n_mutual, width=config.n_smooth_pcs
            )
            smooth = smooth - shifts
        mutual = gr.mutual_neighbours(
            smooth[:, : config.n_smooth_pcs],
            data.samples,
            n_neighs=config.n_mutual,
            random_state=random_state,
        )
    guide = smooth[:, : config.n_smooth_pcs]
    mean = guide.mean(axis=0) if like is None else like.arrays["guide_mean"]
    scale = guide.std() if like is None else like.arrays["guide_scale"]
    guide = (guide - mean) / scale
    first, partition = _first_domains(guide, config, random_state, like)

    spatial = spatial_neighbours(data, config)
    if config.vertical_neighs:
        if data.samples is None:
            raise SemSTError(
                f"{_words.name('vertical_neighs')} joins sections, and none are named: give "
                f"{_words.name('sample_key')}."
            )
        spatial = spatial + gr.vertical_neighbours(
            data.coordinates, data.samples, n_neighs=config.vertical_neighs
        )
    near = nearest_spots(data, config.n_domain_neighs).tocoo()
    same = partition[near.row] == partition[near.col]
    graphs = {
        "spatial": sp.csr_matrix(spatial),
        "expression": _expression(guide, data.samples, mutual, config, random_state),
        "domain": sp.csr_matrix((near.data[same], (near.row[same], near.col[same])), shape=near.shape),
    }
    chosen = {name: graphs[name] for name in config.graphs}
    return Contexts(chosen, guide.astype(np.float32), shifts, partition, mean, scale, first)


def _first_domains(
    guide: np.ndarray, config: SemanticSTConfig, random_state: int, like: Projections | None
) -> tuple[cluster.DomainMixture, np.ndarray]:
    """Domains of the guide, (n,): found here, or those of an earlier slice read off this one."""
    if like is not None:
        first = cluster.DomainMixture.of_arrays(like.arrays, FIRST)
        return first, first.posterior(guide).argmax(axis=1)
    found = cluster.mixture(guide, config.n_domains, n_starts=FIRST_STARTS, random_state=random_state)
    assert found.mixture is not None
    return found.mixture, found.labels


def spatial_neighbours(data: Slice, config: SemanticSTConfig) -> sp.csr_matrix:
    """Join every spot with its nearest ones of its slice, or take the slice's own graph."""
    if data.graph is not None:
        return data.graph
    return gr.nearest_neighbours(
        data.coordinates, n_neighs=config.n_neighs, samples=data.samples, or_all=data.n_slices > 1
    )


def _expression(
    guide: np.ndarray,
    samples: np.ndarray | None,
    mutual: sp.csr_matrix | None,
    config: SemanticSTConfig,
    random_state: int,
) -> sp.csr_matrix:
    """Nearest spots by expression within every slice, mutual ones between slices."""
    k = config.n_expression_neighs
    if mutual is None or samples is None:
        return gr.expression_graph(guide, n_neighs=k, random_state=random_state)
    rows, columns = [], []
    for name in np.unique(samples):
        members = np.flatnonzero(samples == name)
        if len(members) == 1:  # nothing of its own slice to be joined with
            continue
        wanted = min(k, len(members) - 1)
        own = gr.expression_graph(guide[members], n_neighs=wanted, random_state=random_state).tocoo()
        rows.append(members[own.row])
        columns.append(members[own.col])
    joined = (np.concatenate(rows), np.concatenate(columns))
    ones = np.ones(len(joined[0]), dtype=np.float32)
    return sp.csr_matrix(sp.csr_matrix((ones, joined), shape=mutual.shape) + mutual)

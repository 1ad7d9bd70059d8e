"""Domains smoothed by a vote of the neighbours."""

from collections.abc import Collection
from typing import Any

import numpy as np
from scipy import sparse

from semst._errors import SemSTError
from semst._log import logger
from semst.metrics import codes


def refine(labels: Any, adjacency: Any) -> np.ndarray:
    """Give each spot the domain of most of its spatial neighbours, its own voice included.

    Parameters
    ----------
    labels
        Domains, one per spot, of any type. Spots without one (NaN, None) neither vote nor get one.
    adjacency
        Spots x spots, sparse; an entry is an edge whatever its weight.

    Returns
    -------
    Domains of the same type. All spots vote at once, on the labels as they come in. A spot keeps its own
    unless exactly one domain has the most votes. A log line tells how many spots changed, a warning names
    domains that vanished.

    Raises
    ------
    SemSTError
        If the sizes of labels and graph differ.

    Examples
    --------
    >>> import numpy as np
    >>> from semst.gr import spatial_graph
    >>> line = np.column_stack([np.arange(5), np.zeros(5)])
    >>> refine([0, 0, 1, 0, 0], spatial_graph(line, radius=1).adjacency).tolist()
    [0, 0, 0, 0, 0]
    """
    values = np.asarray(labels)
    number, names = codes(labels)
    n_spots = len(number)
    graph = sparse.csr_matrix(adjacency)
    if graph.shape != (n_spots, n_spots):
        raise SemSTError(
            f"The graph has shape {graph.shape} for {n_spots} labels; one row per spot is needed."
        )
    voters = np.flatnonzero(number >= 0)
    ones = np.ones(len(voters), dtype=np.int32)
    ballots = sparse.csr_matrix((ones, (voters, number[voters])), shape=(n_spots, len(names)))
    edges = sparse.csr_matrix((graph != 0), dtype=np.int32)
    edges.setdiag(1)
    votes = (edges @ ballots).tocsr()

    rows = np.repeat(np.arange(n_spots), np.diff(votes.indptr))
    top = np.zeros(n_spots, dtype=votes.dtype)
    np.maximum.at(top, rows, votes.data)
    winning = votes.data == top[rows]
    n_winners = np.bincount(rows[winning], minlength=n_spots)
    clear = winning & (n_winners[rows] == 1)
    winner = number.copy()
    winner[rows[clear]] = votes.indices[clear]
    winner[number < 0] = -1

    changed = winner != number
    logger.info("refinement changed %d of %d labels", int(changed.sum()), n_spots)
    gone = [str(names[i]) for i in np.setdiff1d(number[voters], winner[voters])]
    if gone:
        logger.warning("refinement left no spot in domain %s", ", ".join(gone))
    refined = values.copy()
    refined[changed] = names[winner[changed]]
    return refined


def spare_narrow_domains(labels: Any, refined: Any, *, least: float = 2 / 3) -> np.ndarray:
    """Give domains that the vote would take apart their spots back.

    In a layer one or two spots wide every spot has most of its neighbours in the layers beside it, and a
    majority takes it apart however sure its spots are. Noise, on the other hand, costs every domain a few.

    Parameters
    ----------
    labels
        Domains before the vote, one per spot, of any type.
    refined
        Domains after it; see :func:`refine`.
    least
        Share of its spots that a domain has to keep in the vote.

    Returns
    -------
    The refined domains; those of a domain that would keep less are as they were before. A log line names it.

    Examples
    --------
    >>> import numpy as np
    >>> from semst.gr import spatial_graph
    >>> rows = np.repeat(np.arange(6), 6)
    >>> xy = np.column_stack([np.tile(np.arange(6), 6), rows])
    >>> layer = rows == 2
    >>> voted = refine(layer, spatial_graph(xy, n_neighs=8).adjacency)
    >>> int(voted.sum()), int(spare_narrow_domains(layer, voted).sum())
    (0, 6)
    """
    before, after = codes(labels)[0], np.asarray(refined)
    original = np.asarray(labels)
    spared = after.copy()
    for domain in np.unique(before[before >= 0]):
        own = before == domain
        kept = float((after[own] == original[own]).mean())
        if kept < least:
            spared[own] = original[own]
            logger.info(
                "domain %s is narrower than the neighbours' vote can see (it would keep %.0f %% of its "
                "spots) and is left as it is",
                original[own][0],
                100 * kept,
            )
    return spared


def keep_every_domain(
    labels: Any, refined: Any, *, only: Collection[Any] | None = None
) -> tuple[np.ndarray, list[Any]]:
    """Give domains of which the vote has left no spot their spots back.

    Parameters
    ----------
    labels
        Domains before the vote, one per spot, of any type.
    refined
        Domains after it; see :func:`refine`.
    only
        Domains that may get theirs back; default: all. Where domains are read in another slice, of which some
        need not be there, these are those that the fit has kept.

    Returns
    -------
    The refined domains, with all spots of a domain that had vanished as they were before; and the names of
    these domains. Where none had vanished the refined domains are as they came. A log line names them.

    Examples
    --------
    >>> import numpy as np
    >>> from semst.gr import spatial_graph
    >>> line = spatial_graph(np.column_stack([np.arange(6), np.zeros(6)]), radius=1).adjacency
    >>> voted = refine([0, 1, 0, 0, 2, 2], line)
    >>> voted.tolist(), keep_every_domain([0, 1, 0, 0, 2, 2], voted)[0].tolist()
    ([0, 0, 0, 0, 2, 2], [0, 1, 0, 0, 2, 2])
    """
    before, names = codes(labels)
    original, held = np.asarray(labels), np.asarray(refined).copy()
    present = [code for code in np.unique(before[before >= 0]) if only is None or names[code] in only]
    kept: list[Any] = []
    # spots that go back to one domain may have been the last of another
    while gone := [domain for domain in present if not (held == names[domain]).any()]:
        own = np.isin(before, gone)
        held[own] = original[own]
        kept += gone
    if kept:
        logger.info(
            "the neighbours' vote would take the last spot of %s; left as found: %d spots",
            ", ".join(f"domain {names[domain]}" for domain in sorted(kept)),
            int(np.isin(before, kept).sum()),
        )
    return held, [names[domain] for domain in sorted(kept)]

"""The expression graph: k nearest neighbours in feature space."""

from typing import Any, Literal

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from semst._errors import MissingDependencyError, SemSTError
from semst._log import logger
from semst._optional import optional
from semst._validate import check_n_neighs

from ._edges import drop_self, symmetric_adjacency
from ._largest import NARROW, largest_products

BLOCK_BYTES = 64e6  # one block of similarities
CACHED_BYTES = 16e6  # the same for long rows, which are faster where a block stays near the processor
TILED_FROM = 20_000  # spots; from here on few columns are faster in tiles than in whole rows
LONG_ROW = 5_000  # spots; from here on a pass for the largest few is much cheaper than a partition of the row
# pynndescent compiles for 40 s of the processor in every process, and needs little more for 200,000 spots.
# Comparing all pairs costs as much at about 190,000 rows of 15 components and 170,000 of 30, and much earlier
# on wide and on sparse rows.
EXACT_BELOW_NARROW = 150_000
EXACT_BELOW_DENSE = 60_000
EXACT_BELOW_SPARSE = 20_000
DENSE_FROM = 0.08  # share of filled entries from which comparing dense rows takes less time than sparse ones


def expression_graph(
    features: Any,
    *,
    n_neighs: int = 14,
    metric: Literal["cosine", "euclidean"] = "cosine",
    random_state: int = 0,
    exact_below: int | None = None,
) -> csr_matrix:
    """Join each spot with the spots most like it; an edge stands where either end asked for it.

    Parameters
    ----------
    features
        Spots x features, dense or sparse.
    n_neighs
        Neighbours of each spot, itself not counted. After the union a spot can have more.
    metric
        ``"cosine"`` (the paper) or ``"euclidean"``.
    random_state
        Seed of the approximate search.
    exact_below
        With fewer spots than this every pair is compared, in blocks of rows; from here on the neighbours are
        approximate (pynndescent, where that is installed) and time grows almost linearly. ``None``: 150,000
        for dense features of at most 64 columns, 60,000 for other dense ones, among them sparse ones with 8 %
        of their entries filled, and 20,000 for others.

    Returns
    -------
    Spots x spots, csr, float32, ones, symmetric, no self loops. Under ``"cosine"`` a spot whose features are
    all zero has no direction and gets no edge; the number of such spots is logged.

    Raises
    ------
    SemSTError
        If features are not finite, or there are not more usable spots than ``n_neighs``.

    Examples
    --------
    >>> import numpy as np
    >>> graph = expression_graph(np.array([[1, 0], [2, 0.1], [0, 1], [0.1, 3]]), n_neighs=1)
    >>> graph.toarray().astype(int).tolist()
    [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    """
    if metric not in ("cosine", "euclidean"):
        raise SemSTError(f'metric must be "cosine" or "euclidean", not {metric!r}.')
    rows = check_features(features)
    n_spots = rows.shape[0]
    usable = np.arange(n_spots)
    if metric == "cosine":
        norms = sparse.linalg.norm(rows, axis=1) if sparse.issparse(rows) else np.linalg.norm(rows, axis=1)
        usable = np.flatnonzero(norms > 0)
        if not len(usable):
            raise SemSTError(
                "No spot has features other than zero, so that none is like another: the counts do not "
                "differ between spots."
            )
        if len(usable) < n_spots:
            logger.warning(
                "expression graph: %d of %d spots have only zeros as features and get no edge",
                n_spots - len(usable),
                n_spots,
            )
        rows = normalize(rows[usable], copy=False)  # taking the rows has made a copy
    k = check_n_neighs(n_neighs, len(usable))
    if sparse.issparse(rows) and len(usable) < EXACT_BELOW_DENSE:
        if rows.nnz >= DENSE_FROM * rows.shape[0] * rows.shape[1]:
            rows = rows.toarray()
    if exact_below is None:
        exact_below = _exact_below(rows)
    descent = None if len(usable) < exact_below else nearest_neighbour_descent(len(usable))
    if descent is None:
        neighbours = _exact(rows, k, metric)
    else:
        logger.info("expression graph: approximate neighbours of %d spots", len(usable))
        neighbours = _approximate(descent, rows, k, metric, random_state)
    found = neighbours.ravel()
    there = found >= 0  # the approximate search marks neighbours it has not found by -1
    return symmetric_adjacency(np.repeat(usable, k)[there], usable[found[there]], n_spots)


def _exact_below(rows: Any) -> int:
    if sparse.issparse(rows):
        return EXACT_BELOW_SPARSE
    return EXACT_BELOW_NARROW if rows.shape[1] <= NARROW else EXACT_BELOW_DENSE


def check_features(features: Any) -> Any:
    """Return a float32 array or csr matrix without non-finite values."""
    rows = (
        csr_matrix(features, dtype=np.float32)
        if sparse.issparse(features)
        else np.asarray(features, np.float32)
    )
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise SemSTError(f"Features must be a table of spots x features, not of shape {rows.shape}.")
    values = rows.data if sparse.issparse(rows) else rows
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        raise SemSTError(
            f"{bad} feature values are NaN or infinite. Mend the step that made them; none is filled in."
        )
    return rows


def _exact(rows: Any, k: int, metric: str) -> np.ndarray:
    """Compare all pairs in blocks of rows: only one block of similarities is in memory at a time."""
    n_spots = rows.shape[0]
    half_square = None
    if (
        metric == "euclidean"
    ):  # |a - b|² = |a|² - 2 (a·b - |b|²/2): rank by the bracket; centring keeps it exact
        rows = np.asarray(rows.todense() if sparse.issparse(rows) else rows, dtype=np.float64)
        rows = rows - rows.mean(axis=0)
        half_square = 0.5 * np.einsum("ij,ij->i", rows, rows)
    long = n_spots >= LONG_ROW
    if n_spots >= TILED_FROM and not sparse.issparse(rows) and rows.shape[1] <= NARROW:
        return largest_products(rows, k, half_square)
    block = min(BLOCK_BYTES, CACHED_BYTES) if long else BLOCK_BYTES
    step = max(1, int(block / (rows.dtype.itemsize * n_spots)))
    neighbours = np.empty((n_spots, k), dtype=np.int64)
    for first in range(0, n_spots, step):
        own = np.arange(first, min(first + step, n_spots))
        likeness = rows[own] @ rows.T
        likeness = likeness.toarray() if sparse.issparse(likeness) else likeness
        if half_square is not None:
            likeness -= half_square
        likeness[np.arange(len(own)), own] = -np.inf
        if long:
            neighbours[own] = torch.topk(torch.from_numpy(likeness), k, dim=1, sorted=False).indices.numpy()
        else:
            neighbours[own] = np.argpartition(likeness, n_spots - k, axis=1)[:, n_spots - k :]
    return neighbours


def nearest_neighbour_descent(n_spots: int) -> Any | None:
    """The search of pynndescent; ``None`` where that is not installed.

    Comparing all pairs, exact and a matter of a minute for 200,000 spots, is then better than an error.
    """
    try:
        return optional("pynndescent", extra="large", what="A faster search").NNDescent  # compiles on import
    except MissingDependencyError as error:
        logger.warning(
            "neighbours of %d spots: all pairs are compared, for twice as many in four times as long. %s",
            n_spots,
            error,
        )
        return None


def _approximate(descent: Any, rows: Any, k: int, metric: str, random_state: int) -> np.ndarray:
    # One job: with several the search is not repeatable.
    index = descent(rows, metric=metric, n_neighbors=k + 1, random_state=random_state, n_jobs=1)
    return drop_self(index.neighbor_graph[0].astype(np.int64), np.arange(rows.shape[0]))

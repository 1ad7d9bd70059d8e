"""Many cheap starts of a tied mixture, of which the best few are worth finishing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering, kmeans_plusplus

from semst._draw import draw, pick
from semst._errors import SemSTError
from semst._log import logger

from ._em import TiedMixtures, concatenate, e_step, m_step, run_em

N_STARTS = 100  # of mclust and the mixture, unless another number is asked for
SEARCH_ROWS = 5_000  # rows that the search for starts looks at
SEARCH_ITERATIONS = 20
FEW_ROWS = 1_500  # of half as many the starts are doubled, and so on
MOST_TIMES = 4
WARD_ROWS = 600
N_POLISHED = 5
POLISH_ITERATIONS = 1_000
POLISH_TOL = 1e-7
BLOCK_VALUES = 4_000_000  # posteriors kept at a time


@dataclass(frozen=True)
class Whitened:
    """Rows with mean 0 and unit covariance, and the way there.

    A tied mixture is the same in any invertible linear picture of its rows; in this one its numbers are tame.
    """

    rows: np.ndarray
    mean: np.ndarray
    transform: np.ndarray  # (d, rank)
    log_scale: float  # log of the volume factor: what a density in the original unit is larger by

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Whiten further rows in the same way."""
        return (rows - self.mean) @ self.transform


def varying_directions(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find orthonormal directions (d x rank) in which the rows vary, and the variances along them.

    A warning tells how many directions are left out: a full covariance would be singular with them.
    """
    covariance = np.cov(rows.T, bias=True).reshape(rows.shape[1], -1)
    values, vectors = np.linalg.eigh(covariance)
    keep = values > 1e-12 * max(values[-1], np.finfo(float).tiny)
    if not keep.any():
        raise SemSTError("All spots have the same embedding; there is nothing to tell domains apart by.")
    if not keep.all():
        logger.warning(
            "the embedding varies in only %d of its %d dimensions; the others are left out",
            int(keep.sum()),
            len(keep),
        )
    return vectors[:, keep], values[keep]


def whiten(rows: np.ndarray) -> Whitened:
    """Whiten rows, without the directions in which they do not vary."""
    directions, variances = varying_directions(rows)
    mean = rows.mean(axis=0)
    transform = directions / np.sqrt(variances)
    return Whitened((rows - mean) @ transform, mean, transform, -0.5 * float(np.log(variances).sum()))


def best_mixtures(
    rows: np.ndarray,
    white: np.ndarray,
    n_components: int,
    *,
    n_starts: int,
    rng: np.random.Generator,
    samples: np.ndarray | None = None,
) -> tuple[TiedMixtures, np.ndarray, bool]:
    """Search with many starts, polish the best few; returned by falling mean log-likelihood.

    Seeds are drawn in the rows as they come (n x d) and whitened (n x rank): the first picture favours the
    directions of large variance, the second gives all the same say. Few rows have many maxima of nearly the
    same likelihood and cost little: there up to four times as many starts are made. The rows that starts are
    made from and first compared on come evenly from the slices. Gives at most five mixtures (of whitened
    rows), their mean log-likelihoods, and whether all have converged.
    """
    if n_starts > 1:  # one start that is asked for is one
        n_starts *= min(MOST_TIMES, max(1, FEW_ROWS // len(rows)))
    search = draw(rng, len(rows), SEARCH_ROWS, samples)
    looked_at, slices = white[search], None if samples is None else samples[search]
    seeds = [
        _seed_labels(rows[search] if start % 2 == 0 else looked_at, n_components, start % 4 < 2, rng, slices)
        for start in range(n_starts)
    ]
    step = max(1, BLOCK_VALUES // (len(search) * n_components))
    parts = []
    for first in range(0, n_starts, step):
        labels = np.stack(seeds[first : first + step], axis=1)
        parts.append(m_step(looked_at, (labels[..., None] == np.arange(n_components)).astype(np.float64)))
    # Halve the field and double the iterations, round by round: some of the best starts are slow at first.
    chosen, n_iterations = concatenate(parts), SEARCH_ITERATIONS
    while True:
        parts, scores = [], []
        for first in range(0, len(chosen.weights), step):
            part = chosen.take(slice(first, first + step))
            part, score, _ = run_em(looked_at, part, max_iter=n_iterations, tol=POLISH_TOL)
            parts.append(part)
            scores.append(score)
        n_kept = max(N_POLISHED, len(chosen.weights) // 2)
        best = np.argsort(-np.concatenate(scores), kind="stable")[:n_kept]
        chosen, n_iterations = concatenate(parts).take(best), 2 * n_iterations
        if n_kept == N_POLISHED:
            break
    mixtures, score, converged = run_em(white, chosen, max_iter=POLISH_ITERATIONS, tol=POLISH_TOL)
    order = np.argsort(-score, kind="stable")
    return mixtures.take(order), score[order], converged


def quick_mixture(
    rows: np.ndarray,
    n_components: int,
    n_starts: int,
    rng: np.random.Generator,
    samples: np.ndarray | None = None,
) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """Posteriors (n x K) of any rows under the best mixture of these, and the log-likelihood of these."""
    white = whiten(rows)
    mixtures, scores, _ = best_mixtures(
        rows, white.rows, n_components, n_starts=n_starts, rng=rng, samples=samples
    )
    best = mixtures.take(slice(0, 1))

    def posterior(others: np.ndarray) -> np.ndarray:
        return e_step(white.apply(others), best)[0][:, 0]

    return posterior, len(rows) * (float(scores[0]) + white.log_scale)


def _seed_labels(
    rows: np.ndarray,
    k: int,
    hierarchical: bool,
    rng: np.random.Generator,
    samples: np.ndarray | None,
) -> np.ndarray:
    """Nearest of k centres: k-means++ seeds, or the means of Ward clusters of a random few rows."""
    seed = int(rng.integers(2**31))
    if hierarchical:
        # never all, or all starts agree
        n_some = min(len(rows), max(5 * k, min(WARD_ROWS, 2 * len(rows) // 3)))
        some = pick(rng, len(rows), n_some, samples)
        tree = AgglomerativeClustering(k, linkage="ward").fit_predict(rows[some])
        centres = np.stack([rows[some][tree == cluster].mean(axis=0) for cluster in range(k)])
    else:
        centres, _ = kmeans_plusplus(rows, k, random_state=seed)
    return np.argmax(rows @ centres.T - 0.5 * (centres**2).sum(axis=1), axis=1)

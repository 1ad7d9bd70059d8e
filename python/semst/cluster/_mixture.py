"""Gaussian mixture with one covariance for all domains (mclust's model EEE) in Python."""

from typing import Any

import numpy as np

from semst._draw import draw
from semst._log import logger

from ._domain_mixture import DomainMixture
from ._em import TiedMixtures, e_step
from ._result import (
    ClusterResult,
    as_domains,
    back_in_place,
    canonical_order,
    check_embedding,
    check_n_starts,
    domain_of_component,
)
from ._slice_codes import slice_codes
from ._starts import N_STARTS, Whitened, best_mixtures, whiten

PREDICT_ROWS = 50_000


def mixture(
    X: Any,
    n_domains: int,
    *,
    n_starts: int = N_STARTS,
    random_state: int = 0,
    max_fit: int = 20_000,
    samples: Any = None,
) -> ClusterResult:
    """Cluster with a Gaussian mixture whose components share one full covariance, best of many starts.

    The likelihood of such a mixture has many maxima, and one start is a lottery. Many starts (Ward clusters
    of random spots and k-means++ seeds, each in the embedding as it is and whitened) run for 20 iterations;
    the better half by likelihood goes on for 40, the better half of these for 80, and so on; the last five
    are run to convergence, and the best of these is the result.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    n_starts
        Number of starts. 100 take 2 s on 3,600 spots x 15 dimensions (one core); on real slices they found
        the same best likelihood with every seed, 40 missed it with about one seed in ten. With 750 spots or
        fewer, two to four times as many are made.
    random_state
        Seed. The result depends on it and on the set of spots, not on their order.
    max_fit
        With more spots than this the mixture is fitted to a random subset of that size and all spots are
        assigned by it, block by block.
    samples
        Slice of every spot, where there are several: what is drawn, spots to fit and to search for starts on,
        is drawn evenly from them. ``None`` for one slice.

    Returns
    -------
    Labels, uncertainty (1 - posterior) and the log-likelihood of all spots.

    Raises
    ------
    SemSTError
        If the embedding is not finite, ``n_domains`` or ``samples`` does not fit it, or fewer domains come
        out.

    Notes
    -----
    The model is EEE of Scrucca, Fop, Murphy and Raftery (2016), mclust 5, R Journal 8. It is unchanged by
    invertible linear maps of ``X``; the start seeds are not. Directions without variance are left out, and a
    singular covariance is held up by a ridge; both with a warning.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> result = mixture(X, 2)
    >>> np.bincount(result.labels).tolist()
    [60, 40]
    """
    rows, n_domains = check_embedding(X, n_domains)
    check_n_starts(n_starts)
    order = canonical_order(rows)
    ordered = rows[order]
    rng = np.random.default_rng(random_state)
    fitted, slices = fit_rows(ordered, max_fit, rng, slice_codes(samples, order))
    white = whiten(fitted)
    mixtures, scores, converged = best_mixtures(
        fitted, white.rows, n_domains, n_starts=n_starts, rng=rng, samples=slices
    )

    best = _first_complete(mixtures, white.rows)
    if mixtures.ridged[best]:
        logger.warning(
            "mixture: the covariance within domains is singular (spots repeat or dimensions follow from each "
            "other); a ridge was added, and uncertainties mean little"
        )
    chosen = mixtures.take(slice(best, best + 1))
    posterior, likelihood = _predict(ordered, white, chosen)
    labels = posterior.argmax(axis=1)
    result = as_domains(ordered, labels, n_domains, order=order, method="mixture")
    uncertainty = back_in_place((1 - posterior.max(axis=1)).astype(np.float32), order)
    logger.info(
        "mixture: %d domains, best of %d starts, log-likelihood %.6g", n_domains, n_starts, likelihood
    )
    details = {
        "model": "EEE",
        "n_starts": int(n_starts),
        "random_state": int(random_state),
        "n_fit": len(fitted),
        "converged": converged,
        "polished_mean_log_likelihoods": scores + white.log_scale,
    }
    names = domain_of_component(labels, result[order], n_domains)
    found = DomainMixture.of_tied(chosen, white, names, ordered)
    return ClusterResult(result, uncertainty, "mixture", likelihood, details, found)


def fit_rows(
    rows: np.ndarray, max_fit: int, rng: np.random.Generator, samples: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Take at most ``max_fit`` rows, at random and evenly from the slices, in order; and their slices."""
    if len(rows) <= max_fit:
        return rows, samples
    logger.info("fitting the mixture to %d of %d spots, then assigning all", max_fit, len(rows))
    chosen = draw(rng, len(rows), max_fit, samples)
    return rows[chosen], None if samples is None else samples[chosen]


def _first_complete(mixtures: TiedMixtures, white: np.ndarray) -> int:
    """Find the best mixture in which every component is some spot's most likely one; 0 if there is none."""
    for index in range(len(mixtures.weights)):
        posterior, _ = e_step(white, mixtures.take(slice(index, index + 1)))
        if len(np.unique(posterior[:, 0].argmax(axis=1))) == mixtures.weights.shape[1]:
            return index
    return 0


def _predict(rows: np.ndarray, white: Whitened, mixtures: TiedMixtures) -> tuple[np.ndarray, float]:
    """Posteriors (n, K) and total log-likelihood, block by block."""
    posterior = np.empty((len(rows), mixtures.weights.shape[1]))
    total = 0.0
    for first in range(0, len(rows), PREDICT_ROWS):
        block = white.apply(rows[first : first + PREDICT_ROWS])
        part, likelihood = e_step(block, mixtures)
        posterior[first : first + PREDICT_ROWS] = part[:, 0]
        total += len(block) * (float(likelihood[0]) + white.log_scale)
    return posterior, total

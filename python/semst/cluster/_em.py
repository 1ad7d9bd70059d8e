"""Expectation-maximisation for Gaussian mixtures with one covariance for all components, many at once.

Shapes: n rows, d dimensions, S mixtures side by side, K components each.
"""

from dataclasses import dataclass

import numpy as np

# Smallest variance within components, relative to the total variance in the same direction (the rows are
# whitened). Below it a covariance counts as singular and is held up, so that no likelihood runs to infinity.
RIDGE = 1e-6
BLOCK_BYTES = 250_000  # posteriors that stay in the cache while they are made


@dataclass(frozen=True)
class TiedMixtures:
    """S mixtures of K Gaussians; within a mixture all components share one covariance."""

    weights: np.ndarray  # (S, K)
    means: np.ndarray  # (S, K, d)
    precision: np.ndarray  # (S, d, d)
    log_det: np.ndarray  # (S,) of the precision
    ridged: np.ndarray  # (S,) whether the covariance was held up

    def take(self, index: np.ndarray | slice) -> "TiedMixtures":
        """Select some of the S mixtures."""
        return TiedMixtures(*(values[index] for values in vars(self).values()))


def concatenate(parts: list[TiedMixtures]) -> TiedMixtures:
    """Put mixtures with the same K and d side by side."""
    return TiedMixtures(*map(np.concatenate, zip(*(vars(part).values() for part in parts), strict=True)))


def m_step(rows: np.ndarray, posterior: np.ndarray, moment: np.ndarray | None = None) -> TiedMixtures:
    """Estimate the mixtures from posteriors (n, S, K).

    The shared covariance needs no pass over components: it is the total second moment less that of the means.
    ``moment`` is the former, where it is there already.
    """
    n_rows, n_dims = rows.shape
    _, n_mixtures, n_components = posterior.shape
    sizes = posterior.sum(axis=0) + 1e-10  # an empty component must not divide by zero; it stays empty
    sums = posterior.reshape(n_rows, -1).T @ rows
    means = sums.reshape(n_mixtures, n_components, n_dims) / sizes[..., None]
    weights = sizes / sizes.sum(axis=1, keepdims=True)
    between = (weights[..., None] * means).transpose(0, 2, 1) @ means
    values, vectors = np.linalg.eigh((second_moment(rows) if moment is None else moment) - between)
    ridged = values[:, 0] < RIDGE
    values = np.maximum(values, RIDGE)
    precision = (vectors * (1 / values)[:, None]) @ vectors.transpose(0, 2, 1)
    return TiedMixtures(weights, means, precision, -np.log(values).sum(axis=1), ridged)


def e_step(
    rows: np.ndarray, mixtures: TiedMixtures, moment: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors (n, S, K) and the mean log-likelihood of a row (S,); ``moment`` as in :func:`m_step`."""
    n_rows, n_dims = rows.shape
    n_mixtures, n_components, _ = mixtures.means.shape
    slopes = mixtures.means @ mixtures.precision.transpose(0, 2, 1)
    offsets = np.log(mixtures.weights) - 0.5 * np.einsum("skd,skd->sk", slopes, mixtures.means)
    posterior = (rows @ slopes.reshape(-1, n_dims).T).reshape(n_rows, n_mixtures, n_components)
    linear = _normalise(posterior, offsets).mean(axis=(0, 2))
    # the quadratic part of the density is the same for all components
    moment = second_moment(rows) if moment is None else moment
    quadratic = np.einsum("sde,de->s", mixtures.precision, moment)
    likelihood = linear - 0.5 * (quadratic - mixtures.log_det + n_dims * np.log(2 * np.pi))
    return posterior, likelihood


def second_moment(rows: np.ndarray) -> np.ndarray:
    """Mean outer product of a row with itself, (d, d)."""
    return rows.T @ rows / len(rows)


def _normalise(posterior: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Turn log densities (n, S, K), up to offsets (S, K), into posteriors, in place.

    Returns the logarithms of their sums, (n, S, 1). Block by block, and there with components first, so that
    maximum and sum run over many values at a time instead of over K.
    """
    n_rows, n_mixtures, n_components = posterior.shape
    sums = np.empty((n_rows, n_mixtures, 1))
    step = max(1, BLOCK_BYTES // (8 * n_mixtures * n_components))
    for first in range(0, n_rows, step):
        block = posterior[first : first + step]
        density = np.empty((n_components, len(block), n_mixtures))
        np.add(block.transpose(2, 0, 1), offsets.T[:, None], out=density)
        top = density.max(axis=0)
        density -= top
        np.exp(density, out=density)
        total = _add_up(density)
        density /= total
        block[...] = density.transpose(1, 2, 0)
        sums[first : first + step, :, 0] = np.log(total) + top
    return sums


def _add_up(values: np.ndarray) -> np.ndarray:
    """Sum over the first axis, in the order in which NumPy adds up values that lie side by side.

    That is eight sums of every eighth value, these in pairs, then what is left over: the same bits as
    ``sum(axis=-1)`` of the array with its first axis last, in a quarter of the time.
    """
    whole = len(values) - len(values) % 8
    if not whole:
        return values.sum(axis=0)
    total = values[:whole].reshape(-1, 8, *values.shape[1:]).sum(axis=0)
    while len(total) > 1:
        total = total[::2] + total[1::2]
    for rest in values[whole:]:
        total[0] += rest
    return total[0]


def run_em(
    rows: np.ndarray, mixtures: TiedMixtures, *, max_iter: int, tol: float
) -> tuple[TiedMixtures, np.ndarray, bool]:
    """Iterate until no mixture gains more than ``tol`` in mean log-likelihood of a row.

    Returns the mixtures, their mean log-likelihoods and whether they have converged.
    """
    moment = second_moment(rows)
    posterior, likelihood = e_step(rows, mixtures, moment)
    for _ in range(max_iter):
        mixtures = m_step(rows, posterior, moment)
        before = likelihood
        posterior, likelihood = e_step(rows, mixtures, moment)
        if (likelihood - before < tol).all():
            return mixtures, likelihood, True
    return mixtures, likelihood, False

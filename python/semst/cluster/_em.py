"""Expectation-maximisation for Gaussian mixtures with one covariance for all components, many at once.

Shapes: n rows, d dimensions, S mixtures side by side, K components each.
"""

from dataclasses import dataclass

import numpy as np

# Smallest variance within components, relative to the total variance in the same direction (the rows are
# whitened). Below it a covariance counts as singular and is held up, so that no likelihood runs to infinity.
RIDGE = 1e-6


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


def m_step(rows: np.ndarray, posterior: np.ndarray) -> TiedMixtures:
    """Estimate the mixtures from posteriors (n, S, K).

    The shared covariance needs no pass over components: it is the total second moment less that of the means.
    """
    n_rows, n_dims = rows.shape
    _, n_mixtures, n_components = posterior.shape
    sizes = posterior.sum(axis=0) + 1e-10  # an empty component must not divide by zero; it stays empty
    sums = posterior.reshape(n_rows, -1).T @ rows
    means = sums.reshape(n_mixtures, n_components, n_dims) / sizes[..., None]
    weights = sizes / sizes.sum(axis=1, keepdims=True)
    between = np.einsum("sk,skd,ske->sde", weights, means, means, optimize=True)
    values, vectors = np.linalg.eigh(rows.T @ rows / n_rows - between)
    ridged = values[:, 0] < RIDGE
    values = np.maximum(values, RIDGE)
    precision = np.einsum("sde,se,sfe->sdf", vectors, 1 / values, vectors, optimize=True)
    return TiedMixtures(weights, means, precision, -np.log(values).sum(axis=1), ridged)


def e_step(rows: np.ndarray, mixtures: TiedMixtures) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors (n, S, K) and the mean log-likelihood of a row (S,)."""
    n_rows, n_dims = rows.shape
    n_mixtures, n_components, _ = mixtures.means.shape
    slopes = np.einsum("sde,ske->skd", mixtures.precision, mixtures.means, optimize=True)
    offsets = np.log(mixtures.weights) - 0.5 * np.einsum("skd,skd->sk", slopes, mixtures.means)
    posterior = (rows @ slopes.reshape(-1, n_dims).T).reshape(n_rows, n_mixtures, n_components)
    posterior += offsets
    top = posterior.max(axis=2, keepdims=True)
    posterior -= top
    np.exp(posterior, out=posterior)
    total = posterior.sum(axis=2, keepdims=True)
    posterior /= total
    linear = (np.log(total) + top).mean(axis=(0, 2))
    # the quadratic part of the density is the same for all components
    quadratic = np.einsum("sde,de->s", mixtures.precision, rows.T @ rows / n_rows)
    likelihood = linear - 0.5 * (quadratic - mixtures.log_det + n_dims * np.log(2 * np.pi))
    return posterior, likelihood


def run_em(
    rows: np.ndarray, mixtures: TiedMixtures, *, max_iter: int, tol: float
) -> tuple[TiedMixtures, np.ndarray, bool]:
    """Iterate until no mixture gains more than ``tol`` in mean log-likelihood of a row.

    Returns the mixtures, their mean log-likelihoods and whether they have converged.
    """
    posterior, likelihood = e_step(rows, mixtures)
    for _ in range(max_iter):
        mixtures = m_step(rows, posterior)
        before = likelihood
        posterior, likelihood = e_step(rows, mixtures)
        if (likelihood - before < tol).all():
            return mixtures, likelihood, True
    return mixtures, likelihood, False

"""Domains as a fitted mixture, which reads them off an embedding that it was not fitted to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

from semst._brief import brief

from ._em import TiedMixtures, m_step
from ._result import check_embedding
from ._starts import Whitened, whiten

BLOCK_ROWS = 50_000
N_LEVELS = 1_001  # quantiles that are kept of the likelihoods of the fit: steps of a thousandth


@brief
@dataclass(frozen=True)
class DomainMixture:
    """Gaussians with one covariance for all, a domain each.

    Attributes
    ----------
    weights
        Share of every domain, shape (K,).
    means
        Shape (K, d).
    transform
        Its product with its transpose is the inverse of the shared covariance, shape (d, rank); directions in
        which the fitted rows did not vary are left out.
    log_scale
        Logarithm of the densities' common factor.
    levels
        Log-likelihoods of the fitted rows at even quantiles, rising; empty where they were not taken.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> found = DomainMixture.of_labels(X, np.repeat([0, 1], [60, 40]))
    >>> found.posterior(np.array([[0.0, 0.0], [8.0, 8.0]])).round(3).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> found.typicality(np.array([[0.0, 0.0], [30.0, -30.0]])).round(1).tolist()
    [1.0, 0.0]
    """

    weights: np.ndarray
    means: np.ndarray
    transform: np.ndarray
    log_scale: float
    levels: np.ndarray

    @classmethod
    def of_labels(cls, X: Any, labels: np.ndarray) -> "DomainMixture":
        """Take the Gaussians of domains 0 to K - 1 as they are, shapes (n, d) and (n,)."""
        n_domains = int(np.max(labels)) + 1
        rows, _ = check_embedding(X, n_domains)
        white = whiten(rows)
        hard = np.eye(n_domains)[labels][:, None, :]
        return cls.of_tied(m_step(white.rows, hard), white, np.arange(n_domains), rows)

    @classmethod
    def of_centres(cls, X: Any, labels: np.ndarray) -> "DomainMixture":
        """Take the means of domains 0 to K - 1 and the same spread in all directions, as k-means does."""
        n_domains = int(np.max(labels)) + 1
        rows, _ = check_embedding(X, n_domains)
        means = np.stack([rows[labels == domain].mean(axis=0) for domain in range(n_domains)])
        variance = max(float(np.square(rows - means[labels]).mean()), np.finfo(float).tiny)
        n_dims = rows.shape[1]
        scale = -0.5 * n_dims * np.log(2 * np.pi * variance)
        weights = np.full(n_domains, 1 / n_domains)
        return cls(weights, means, np.eye(n_dims) / np.sqrt(variance), scale, np.empty(0)).levelled(rows)

    @classmethod
    def of_tied(
        cls, mixture: TiedMixtures, white: Whitened, names: np.ndarray, rows: np.ndarray
    ) -> "DomainMixture":
        """Take a mixture of whitened rows, whose component k is domain ``names[k]``, to their own frame."""
        order = np.argsort(names)
        values, vectors = np.linalg.eigh(mixture.precision[0])
        back = np.linalg.pinv(white.transform)
        found = cls(
            weights=mixture.weights[0][order],
            means=white.mean + mixture.means[0][order] @ back,
            transform=white.transform @ (vectors * np.sqrt(values)),
            log_scale=white.log_scale + 0.5 * float(mixture.log_det[0] - len(values) * np.log(2 * np.pi)),
            levels=np.empty(0),
        )
        return found.levelled(rows)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> "DomainMixture":
        """Take what :meth:`arrays` gave out of a larger collection."""
        found = {f.name: arrays[prefix + f.name] for f in fields(cls)}
        return cls(**{**found, "log_scale": float(found["log_scale"])})  # type: ignore[arg-type]

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Lay the numbers out as arrays by name, each name after ``prefix``."""
        return {f"{prefix}{name}": np.asarray(value) for name, value in vars(self).items()}

    def levelled(self, rows: np.ndarray) -> "DomainMixture":
        """Keep what likelihoods these rows have, shape (n, d); see :meth:`typicality`."""
        levels = np.quantile(self.log_likelihood(rows), np.linspace(0, 1, N_LEVELS))
        return replace(self, levels=levels)

    def lifted(self, directions: np.ndarray) -> "DomainMixture":
        """Read rows whose coordinates along ``directions`` these were; orthonormal, shape (d, rank)."""
        return replace(self, means=self.means @ directions.T, transform=directions @ self.transform)

    def posterior(self, X: Any) -> np.ndarray:
        """Return the probability of every domain at every row, shape (n, K)."""
        return softmax(self._log_densities(X), axis=1)

    def log_likelihood(self, X: Any) -> np.ndarray:
        """Return the log-density of every row, shape (n,)."""
        return logsumexp(self._log_densities(X), axis=1) + self.log_scale

    def typicality(self, X: Any) -> np.ndarray:
        """Return the share of the fitted rows that are less likely than each of these, shape (n,)."""
        places = np.linspace(0, 1, len(self.levels))
        likelihood = self.log_likelihood(X)
        # exactly 0 below the least likely of all, which interpolation would give the lowest itself, too
        return np.where(likelihood < self.levels[0], 0.0, np.interp(likelihood, self.levels, places))

    def _log_densities(self, X: Any) -> np.ndarray:
        rows = np.asarray(X, dtype=np.float64)
        origin = self.weights @ self.means  # near 0, no digits are lost
        means = (self.means - origin) @ self.transform
        offsets = np.log(self.weights) - 0.5 * np.square(means).sum(axis=1)
        densities = np.empty((len(rows), len(means)))
        for first in range(0, len(rows), BLOCK_ROWS):
            block = (rows[first : first + BLOCK_ROWS] - origin) @ self.transform
            own = -0.5 * np.square(block).sum(axis=1, keepdims=True)
            densities[first : first + BLOCK_ROWS] = own + block @ means.T + offsets
        return densities

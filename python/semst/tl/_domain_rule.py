"""Domains as a rule, by which another embedding of the same spots can be read."""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from semst._errors import SemSTError

_ROUNDING = 1e-6  # of single precision


class DomainRule:
    """The Gaussian rule with tied covariance, learned on an embedding and its domains.

    Parameters
    ----------
    embedding
        Shape (n_spots, d).
    labels
        Domains, whole numbers.

    Raises
    ------
    SemSTError
        If there is one domain alone, or no spot differs from the others of its domain.

    Examples
    --------
    >>> rule = DomainRule(np.array([[0.0], [1.0], [8.0], [9.0]]), np.array([0, 0, 4, 4]))
    >>> rule.domains(np.array([[3.0], [7.0]])).tolist()
    [0, 4]
    """

    def __init__(self, embedding: np.ndarray, labels: np.ndarray) -> None:
        values = np.asarray(embedding, dtype=np.float64)
        classes, own = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise SemSTError("all spots are in one domain, and none can change it")
        means = np.stack([values[own == code].mean(axis=0) for code in range(len(classes))])
        if np.abs(values - means[own]).max() <= _ROUNDING * np.abs(values).max():
            raise SemSTError("the embeddings of all spots of a domain are the same, and tell no rule")
        found = LinearDiscriminantAnalysis().fit(values, labels)
        self._classes = found.classes_
        slopes, offsets = found.coef_, found.intercept_
        if len(found.classes_) == 2:  # scikit-learn keeps the difference of the two alone
            slopes = np.vstack([np.zeros_like(slopes), slopes])
            offsets = np.concatenate([np.zeros_like(offsets), offsets])
        self._slopes, self._offsets = slopes, offsets

    def log_odds(self, embedding: np.ndarray) -> np.ndarray:
        """Return the log-probability of every domain up to a summand of the spot, (n_spots, n_domains)."""
        return np.asarray(embedding, dtype=np.float64) @ self._slopes.T + self._offsets

    def domains(self, embedding: np.ndarray) -> np.ndarray:
        """Return the likeliest domain of every spot."""
        return self._classes[self.log_odds(embedding).argmax(axis=1)]

    def margin_slopes(self, embedding: np.ndarray) -> np.ndarray:
        """Return the gradient of every spot's log-odds, of its likeliest domain to the next, (n_spots, d)."""
        first, second = np.argsort(-self.log_odds(embedding), axis=1)[:, :2].T
        return (self._slopes[first] - self._slopes[second]).astype(np.float32)

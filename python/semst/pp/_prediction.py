"""What the values around a spot tell about its own: ridge regression that chooses its strength."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from semst._brief import brief
from semst._errors import SemSTError

# strengths looked at, as decades relative to the largest eigenvalue of the predictors' products
_WEAKEST, _STRONGEST, _PER_DECADE = -8, 2, 10


@brief
@dataclass(frozen=True)
class Prediction:
    """A prediction of some values from others, and how far it can be trusted.

    Attributes
    ----------
    values
        The fitted values, shape (n, d), float32.
    strength
        Of the ridge, in the unit of the predictors' sums of squares.
    freedom
        Effective number of predictors that this strength leaves, the intercept not counted.
    explained
        Share of the targets' variance that is predicted when the row itself is left out of the fit; below
        zero where the mean of the other rows would have predicted it better.
    """

    values: np.ndarray
    strength: float
    freedom: float
    explained: float

    def describe(self) -> dict[str, float]:
        """Return the figures as a plain dict that can be written to h5ad."""
        return {"strength": self.strength, "freedom": self.freedom, "explained": self.explained}


def ridge_prediction(targets: np.ndarray, predictors: np.ndarray) -> Prediction:
    """Predict all columns of ``targets`` by ridge regression with one strength, which the data choose.

    Parameters
    ----------
    targets
        Shape (n, d).
    predictors
        Shape (n, p). Taken in the unit in which they come: of two columns the one that varies more is
        held back less.

    Returns
    -------
    Fitted values, strength, effective predictors, and the share of variance predicted (leave-one-out).

    Raises
    ------
    SemSTError
        If the numbers of rows differ, there are fewer than three, or a value is not finite.

    Notes
    -----
    The strength has the least generalised cross-validation error (Golub, Heath and Wahba 1979, Technometrics
    21:215): squared residuals of all targets together, over the square of the rows left after as many as
    there are effective predictors. scikit-learn's ``RidgeCV`` minimises the leave-one-out error instead.
    Both take one eigendecomposition, p x p; nothing of size n x n is made. The order of the rows has no part.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(6.0)[:, None]
    >>> found = ridge_prediction(3 * line + 1, line)
    >>> found.values.round(2).ravel().tolist(), round(found.explained, 2)
    ([1.0, 4.0, 7.0, 10.0, 13.0, 16.0], 1.0)
    """
    wanted, given = _checked(targets, "targets"), _checked(predictors, "predictors")
    n = len(wanted)
    if len(given) != n or n < 3:
        raise SemSTError(
            f"There are {n} rows of targets and {len(given)} of predictors; "
            "as many of both are needed, and three or more."
        )
    means = wanted.mean(axis=0)
    wanted = wanted - means
    given = given - given.mean(axis=0)
    eigenvalues, directions = np.linalg.eigh(given.T @ given)
    eigenvalues = np.maximum(eigenvalues, 0)
    shared = directions.T @ (given.T @ wanted)  # (p, d)
    total, largest = float((wanted**2).sum()), float(eigenvalues[-1])
    if not total or not largest:  # nothing to predict, or nothing to predict it from
        constant = np.broadcast_to(means, wanted.shape).astype(np.float32)
        return Prediction(constant, np.inf, 0.0, 0.0)

    strength = _best_strength(eigenvalues, (shared**2).sum(axis=1), total, n)
    weights = 1 / (eigenvalues + strength)
    turned = given @ directions
    fitted = turned @ (weights[:, None] * shared)
    own_say = 1 / n + (turned**2) @ weights  # what a row contributes to its own fitted value
    left_out = (wanted - fitted) / np.maximum(1 - own_say, 1e-9)[:, None]
    by_mean = total * (n / (n - 1)) ** 2  # the same error of the mean of the other rows
    return Prediction(
        (fitted + means).astype(np.float32),
        strength,
        float((eigenvalues * weights).sum()),
        1 - float((left_out**2).sum()) / by_mean,
    )


def _best_strength(eigenvalues: np.ndarray, squares: np.ndarray, total: float, n: int) -> float:
    """Find the strength of least generalised cross-validation error: the best of a grid, then refined."""

    def error(exponent: float) -> float:
        strength = eigenvalues[-1] * 10**exponent
        weights = 1 / (eigenvalues + strength)
        residual = total - float((squares * weights * (1 + strength * weights)).sum())
        left = n - 1 - float((eigenvalues * weights).sum())
        return max(residual, 0.0) / max(left, 1e-9) ** 2

    grid = np.linspace(_WEAKEST, _STRONGEST, (_STRONGEST - _WEAKEST) * _PER_DECADE + 1)
    best = int(np.argmin([error(exponent) for exponent in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    # refined, so that rounding moves the strength a little, never from one point of the grid to the next
    refined = minimize_scalar(error, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x
    return float(eigenvalues[-1] * 10**refined)


def _checked(values: np.ndarray, name: str) -> np.ndarray:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise SemSTError(
            f"{name} has shape {rows.shape} and {int((~np.isfinite(rows)).sum())} values that are not "
            "finite; a matrix of finite values is needed."
        )
    return rows

"""How much of a spot its neighbours predict, direction by direction, in spots that were left out."""

import numpy as np

N_FOLDS = 10
SURE = 3.0  # standard errors by which a direction has to lower the error


def predicted_directions(own: np.ndarray, around: np.ndarray, strength: float) -> np.ndarray:
    """Drop in squared error by every direction of a ridge prediction, in units of its standard error.

    The spots are dealt into ten folds. The regression is fitted without a fold, the principal directions of
    what it predicts are taken, and in each of them the spots of the fold are predicted. A direction that the
    neighbours know nothing of does not lower the error there, however well it was fitted.

    Parameters
    ----------
    own
        Values of the spots, shape (n, d), centred.
    around
        Predictors, shape (n, p), centred.
    strength
        Of the ridge, for all spots.

    Returns
    -------
    Shape (d,), leading direction first. Those above 3 are there with certainty. The order of the spots has no
    part: folds follow from the values.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> around = rng.normal(size=(200, 2))
    >>> own = np.column_stack([around[:, 0], rng.normal(size=200)])
    >>> gains = predicted_directions(own - own.mean(0), around - around.mean(0), 1.0)
    >>> bool(gains[0] > SURE), bool(gains[1] > SURE)
    (True, False)
    """
    n, d = own.shape
    folds = np.empty(n, dtype=np.intp)
    folds[np.lexsort(own.T[:2][::-1])] = np.arange(n) % min(N_FOLDS, n)
    squares, shared = around.T @ around, around.T @ own
    drops = np.zeros((n, d))
    for fold in range(min(N_FOLDS, n)):
        inside = folds == fold
        x, c = around[inside], own[inside]
        left = n - len(c)
        # sums without the fold, about the means without it
        x_mean, c_mean = -x.sum(axis=0) / left, -c.sum(axis=0) / left
        products = squares - x.T @ x - left * np.outer(x_mean, x_mean)
        crossed = shared - x.T @ c - left * np.outer(x_mean, c_mean)
        ridge = products + strength * left / n * np.eye(len(products))
        weights = np.linalg.solve(ridge, crossed)
        # principal directions of the fitted values, from their products
        directions = np.linalg.eigh(weights.T @ products @ weights)[1][:, ::-1]
        truth = (c - c_mean) @ directions
        error = truth - (x - x_mean) @ (weights @ directions)
        drops[inside] = truth**2 - error**2
    spread = drops.std(axis=0) * np.sqrt(n)
    return np.divide(drops.sum(axis=0), spread, out=np.zeros(d), where=spread > 0)

"""Principal components, fitted once and applied to any slice with the same genes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, svds
from sklearn.decomposition import PCA

from semst._brief import brief
from semst._draw import draw
from semst._log import logger

from ._slice_means import slice_means

MAX_FIT = 200_000


@brief
@dataclass(frozen=True)
class Components:
    """A fitted projection.

    Attributes
    ----------
    mean
        Shape (n_features,).
    loadings
        Orthonormal columns, shape (n_features, n_components).
    """

    mean: np.ndarray
    loadings: np.ndarray

    def project(self, values: sp.csr_matrix | np.ndarray) -> np.ndarray:
        """Return the scores of ``values`` (n, n_features), shape (n, n_components), float32."""
        return np.asarray(values @ self.loadings - self.mean @ self.loadings, dtype=np.float32)


def fit_components(
    values: sp.csr_matrix | np.ndarray,
    *,
    n_components: int = 50,
    random_state: int = 0,
    max_fit: int = MAX_FIT,
    slices: np.ndarray | None = None,
) -> Components:
    """Find the leading principal components; a sparse matrix stays sparse.

    Parameters
    ----------
    values
        Shape (n, n_features).
    n_components
        How many; fewer where the matrix has no more.
    random_state
        Start of the iterative solver; it moves the result within rounding only. Seed of the random rows.
    max_fit
        With more rows than this the components are fitted to a random subset of that size, drawn evenly from
        the slices.
    slices
        Slice of every row, whole numbers from 0, shape (n,): the components are then those of the variation
        within slices, and none is spent on what lies between them. ``None`` for one slice.

    Returns
    -------
    Mean of all rows, and loadings.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.outer(np.arange(5.0), [3.0, 4.0])
    >>> fit_components(line, n_components=1).project(line).round(2).ravel().tolist()
    [-10.0, -5.0, 0.0, 5.0, 10.0]
    """
    if values.shape[0] > max_fit:
        logger.info("fitting principal components to %d of %d spots", max_fit, values.shape[0])
        rng = np.random.default_rng(random_state)
        chosen = draw(rng, values.shape[0], max_fit, slices)
        values = values[chosen]
        slices = None if slices is None else np.unique(slices[chosen], return_inverse=True)[1]
    if slices is not None:
        return _within_slices(values, slices, n_components, random_state)
    n, m = values.shape
    k = min(n_components, n - 1, m)
    wide: Any = values.astype(np.float64)
    # the iterative solver cannot give all components of a small matrix
    solver = "arpack" if k < min(n, m) and min(n, m) > 100 else "full"
    if solver == "full" and sp.issparse(wide):
        wide = wide.toarray()
    pca = PCA(n_components=k, svd_solver=solver, random_state=random_state).fit(wide)
    return Components(mean=pca.mean_.astype(np.float32), loadings=pca.components_.T.astype(np.float32))


def _within_slices(
    values: sp.csr_matrix | np.ndarray, slices: np.ndarray, n_components: int, random_state: int
) -> Components:
    """Components of what is left when every slice's own mean is off, which is never written out."""
    n, m = values.shape
    means = slice_means(values, slices)
    sizes = np.bincount(slices)
    k = max(min(n_components, n - len(means), m), 1)
    wide: Any = values.astype(np.float64)
    if k < min(n, m) and min(n, m) > 100:

        def product(vector: np.ndarray) -> np.ndarray:
            vector = vector.ravel()
            return wide @ vector - (means @ vector)[slices]

        def transposed(vector: np.ndarray) -> np.ndarray:
            vector = vector.ravel()
            return wide.T @ vector - means.T @ np.bincount(slices, weights=vector)

        operator = LinearOperator((n, m), matvec=product, rmatvec=transposed, dtype=np.float64)
        start = np.random.default_rng(random_state).uniform(-1, 1, min(n, m))
        _, deviations, axes = svds(operator, k, v0=start)
        axes = axes[np.argsort(-deviations)]
    else:
        dense = wide.toarray() if sp.issparse(wide) else wide
        axes = np.linalg.svd(dense - means[slices], full_matrices=False)[2][:k]
    largest = np.abs(axes).argmax(axis=1)
    loadings = (
        axes * np.sign(axes[np.arange(k), largest])[:, None]
    ).T  # a sign that is the same at each call
    return Components((sizes @ means / n).astype(np.float32), np.ascontiguousarray(loadings, np.float32))

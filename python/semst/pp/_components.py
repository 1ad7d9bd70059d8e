"""Principal components, fitted once and applied to any slice with the same genes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA

from semst._log import logger

MAX_FIT = 200_000


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
        With more rows than this the components are fitted to a random subset of that size.

    Returns
    -------
    Mean and loadings.

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
        values = values[np.sort(rng.choice(values.shape[0], max_fit, replace=False))]
    n, m = values.shape
    k = min(n_components, n - 1, m)
    wide: Any = values.astype(np.float64)
    # the iterative solver cannot give all components of a small matrix
    solver = "arpack" if k < min(n, m) and min(n, m) > 100 else "full"
    if solver == "full" and sp.issparse(wide):
        wide = wide.toarray()
    pca = PCA(n_components=k, svd_solver=solver, random_state=random_state).fit(wide)
    return Components(mean=pca.mean_.astype(np.float32), loadings=pca.components_.T.astype(np.float32))

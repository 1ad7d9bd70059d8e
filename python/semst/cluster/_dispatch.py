"""One door to all clusterers."""

from collections.abc import Callable
from typing import Any, Literal

from semst._errors import SemSTError
from semst._log import logger

from ._kmeans import kmeans
from ._leiden import leiden
from ._mclust import mclust
from ._mixture import mixture
from ._r_session import why_not
from ._result import ClusterResult

Method = Literal["auto", "mclust", "mixture", "kmeans", "leiden"]


def auto(X: Any, n_domains: int, *, random_state: int = 0, **options: Any) -> ClusterResult:
    """Cluster with mclust where R and mclust can be used, else with :func:`mixture`; the log says which.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    random_state
        Seed.
    **options
        Passed on to :func:`mclust` or :func:`mixture`; those both know are ``n_starts`` and ``max_fit``.

    Returns
    -------
    The result of :func:`mclust` or :func:`mixture`; ``method`` names it.

    Raises
    ------
    SemSTError
        As the clusterer that is taken.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> auto(X, 2).method in ("mclust", "mixture")
    True
    """
    reason = why_not()
    if reason is None:
        logger.info("clustering with mclust in R")
        return mclust(X, n_domains, random_state=random_state, **options)
    logger.info("clustering with the Python mixture (same model as mclust EEE), because: %s", reason)
    return mixture(X, n_domains, random_state=random_state, **options)


_METHODS: dict[str, Callable[..., ClusterResult]] = {
    "auto": auto,
    "mclust": mclust,
    "mixture": mixture,
    "kmeans": kmeans,
    "leiden": leiden,
}


def cluster(
    X: Any, n_domains: int, *, method: Method | str = "auto", random_state: int = 0, **options: Any
) -> ClusterResult:
    """Cluster an embedding into spatial domains.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    method
        ``"mclust"`` (R), ``"mixture"`` (its counterpart in Python), ``"kmeans"``, ``"leiden"``, or
        ``"auto"``: mclust where it can be used, else the mixture.
    random_state
        Seed.
    **options
        Passed on to the clusterer, e.g. ``n_starts``.

    Returns
    -------
    Labels with what the clusterer knows about them.

    Raises
    ------
    SemSTError
        If ``method`` is unknown; and as the clusterer.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> np.bincount(cluster(X, 2, method="kmeans").labels).tolist()
    [60, 40]
    """
    if method not in _METHODS:
        raise SemSTError(f"There is no clusterer {method!r}. There are: {', '.join(_METHODS)}.")
    return _METHODS[method](X, n_domains, random_state=random_state, **options)

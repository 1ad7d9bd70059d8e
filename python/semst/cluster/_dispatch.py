"""One door to all clusterers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from semst._errors import SemSTError
from semst._forked import check_fork
from semst._log import logger
from semst._settings import unknown

from ._kmeans import kmeans
from ._leiden import leiden
from ._mclust import mclust
from ._mixture import mixture
from ._r_session import why_not
from ._result import ClusterResult


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
        Passed on to :func:`mclust` or :func:`mixture`; those both know are ``n_starts``, ``max_fit``
        and ``samples``.

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


@dataclass(frozen=True)
class Clusterer:
    """A clusterer by name.

    Attributes
    ----------
    find
        ``find(X, n_domains, *, random_state, **options)`` gives a :class:`ClusterResult`.
    help
        What it is.
    is_mixture
        Whether it takes ``n_starts`` from a model's settings and draws spots, evenly from ``samples``; others
        have starts of their own and draw none.
    """

    find: Callable[..., ClusterResult]
    help: str
    is_mixture: bool = False


# One line adds a clusterer; the name is what users type.
CLUSTERERS: dict[str, Clusterer] = {
    "auto": Clusterer(auto, "mclust where it can be used, else the mixture", is_mixture=True),
    "mclust": Clusterer(mclust, "Gaussian mixture of R's mclust, model EEE", is_mixture=True),
    "mixture": Clusterer(mixture, "the same model in Python", is_mixture=True),
    "kmeans": Clusterer(kmeans, "k-means"),
    "leiden": Clusterer(leiden, "Leiden, its resolution searched for the number of domains"),
}


def available() -> dict[str, str]:
    """List the clusterers, with what they are.

    Examples
    --------
    >>> available()["kmeans"]
    'k-means'
    """
    return {name: one.help for name, one in CLUSTERERS.items()}


def cluster(
    X: Any, n_domains: int, *, method: str = "auto", random_state: int = 0, **options: Any
) -> ClusterResult:
    """Cluster an embedding into spatial domains.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    method
        A name of :func:`available`; ``"auto"`` is mclust where it can be used, else the mixture.
    random_state
        Seed.
    **options
        Passed on to the clusterer, e.g. ``n_starts``; to the mixtures (and ``"auto"``) also ``samples``.

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
    check_fork()
    return get(method).find(X, n_domains, random_state=random_state, **options)


def get(method: str) -> Clusterer:
    """Return a clusterer by its name.

    Parameters
    ----------
    method
        One of :func:`available`.

    Returns
    -------
    The clusterer: its function, and what it can do.

    Raises
    ------
    SemSTError
        If there is none of that name; the nearest ones are named.

    Examples
    --------
    >>> get("kmeans").is_mixture
    False
    """
    if method not in CLUSTERERS:
        raise SemSTError(unknown(method, CLUSTERERS, "There is no clusterer"))
    return CLUSTERERS[method]

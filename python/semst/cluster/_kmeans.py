"""k-means."""

from typing import Any

from sklearn.cluster import KMeans

from ._domain_mixture import DomainMixture
from ._result import ClusterResult, as_domains, canonical_order, check_embedding, check_n_starts


def kmeans(X: Any, n_domains: int, *, n_starts: int = 20, random_state: int = 0) -> ClusterResult:
    """Cluster with k-means, best of many starts by inertia.

    Parameters
    ----------
    X
        Spots x dimensions.
    n_domains
        Number of domains; the result has exactly so many.
    n_starts
        Number of k-means++ starts.
    random_state
        Seed. The result depends on it and on the set of spots, not on their order.

    Returns
    -------
    Labels; k-means has neither uncertainty nor likelihood.

    Raises
    ------
    SemSTError
        If the embedding is not finite, ``n_domains`` does not fit it, or fewer domains come out.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(8, 1, (40, 2))])
    >>> np.bincount(kmeans(X, 2).labels).tolist()
    [60, 40]
    """
    rows, n_domains = check_embedding(X, n_domains)
    check_n_starts(n_starts)
    order = canonical_order(rows)
    model = KMeans(n_domains, n_init=int(n_starts), random_state=random_state)
    found = model.fit(rows[order])
    labels = as_domains(rows[order], found.labels_, n_domains, order=order, method="kmeans")
    details = {"n_starts": int(n_starts), "random_state": int(random_state), "inertia": float(found.inertia_)}
    return ClusterResult(labels, None, "kmeans", None, details, DomainMixture.of_centres(rows, labels))

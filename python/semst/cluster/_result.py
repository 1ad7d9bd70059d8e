"""What every clusterer takes in and gives back."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semst import _words
from semst._brief import brief
from semst._errors import SemSTError
from semst._validate import check_n_domains

if TYPE_CHECKING:
    from ._domain_mixture import DomainMixture


@brief
@dataclass(frozen=True)
class ClusterResult:
    """Domains found by one clusterer.

    Attributes
    ----------
    labels
        Spots, int64, 0 to K - 1; 0 is the largest domain.
    uncertainty
        Spots, float32: 1 - posterior of the spot's domain, at most 1 - 1/K. None for clusterers without one.
    method
        The clusterer that was used, e.g. ``"mclust"``.
    log_likelihood
        Of all spots under the fitted mixture; None for clusterers without one.
    details
        Settings and figures of the run; plain values that can be written to h5ad.
    mixture
        The domains as Gaussians, which read them off other rows: those that were fitted by mclust (of its
        models, ``"EEE"`` and ``"E"``) and the mixture, with equal spread for k-means; else those that the
        labels make.
    """

    labels: np.ndarray
    uncertainty: np.ndarray | None
    method: str
    log_likelihood: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    mixture: "DomainMixture | None" = None


def check_embedding(X: Any, n_domains: Any) -> tuple[np.ndarray, int]:
    """Return the embedding as float64 and the number of domains as int, or say what is wrong with them."""
    try:
        rows = np.array(X, dtype=np.float64)
    except (TypeError, ValueError):
        raise SemSTError("The embedding cannot be read as numbers; spots x dimensions are needed.") from None
    if rows.ndim != 2 or 0 in rows.shape:
        raise SemSTError(f"The embedding has the shape {rows.shape}; spots x dimensions are needed.")
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if bad.size:
        raise SemSTError(
            f"The embedding is NaN or infinite for {bad.size} of {len(rows)} spots (first: row {bad[0]}). "
            "Usual causes: training diverged (lower the learning rate), or spots without counts were kept. "
            "Nothing is filled in."
        )
    return rows, check_n_domains(n_domains, len(rows))


def check_n_starts(n_starts: Any) -> None:
    """Make sure that there is at least one start."""
    if isinstance(n_starts, bool) or not isinstance(n_starts, int | np.integer) or n_starts < 1:
        raise SemSTError(
            f"{_words.name('n_starts')} is {n_starts!r}. A whole number of at least 1 is needed."
        )


def canonical_order(rows: np.ndarray) -> np.ndarray:
    """Order rows by their values: work done in this order does not depend on the order of the spots."""
    return np.lexsort(rows.T[::-1])


def as_domains(
    rows: np.ndarray, labels: np.ndarray, n_domains: int, *, order: np.ndarray, method: str
) -> np.ndarray:
    """Number clusters by falling size, and put those of ``rows`` (the spots in ``order``) back in place.

    Another number of clusters than ``n_domains`` is an error.
    """
    sizes = np.bincount(labels, minlength=n_domains)
    if len(sizes) != n_domains or (sizes == 0).any():
        n_distinct = len(np.unique(rows, axis=0))
        raise SemSTError(
            f"{method} found {int((sizes > 0).sum())} domains instead of the {n_domains} asked for "
            f"(the embedding has {n_distinct} different rows for {len(rows)} spots). Ask for fewer domains, "
            "or use another embedding or clusterer."
        )
    means = np.bincount(labels, weights=rows[:, 0], minlength=n_domains) / sizes
    name = np.empty(n_domains, dtype=np.int64)
    name[np.lexsort((means, -sizes))] = np.arange(n_domains)
    return back_in_place(name[labels], order)


def domain_of_component(components: np.ndarray, domains: np.ndarray, n_domains: int) -> np.ndarray:
    """Say which domain every component became, (K,), from both labels of the same spots."""
    names = np.empty(n_domains, dtype=np.int64)
    names[components] = domains
    return names


def back_in_place(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Put values of the spots in ``order`` back in the order of the spots."""
    placed = np.empty_like(values)
    placed[order] = values
    return placed

"""Agreement of domains with an annotation."""

from typing import Any, Literal

import numpy as np
from sklearn.metrics import adjusted_rand_score, f1_score, normalized_mutual_info_score

from semst._errors import SemSTError

from ._matching import best_matching, codes


def _scored(truth: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Codes of both labellings at the annotated spots; those without a domain form a group of their own."""
    left, _ = codes(truth)
    right, names = codes(labels)
    if len(left) != len(right):
        raise SemSTError(
            f"There are {len(left)} annotations for {len(right)} labels; one per spot is needed."
        )
    annotated = left >= 0
    if not annotated.any():
        raise SemSTError("No spot is annotated (all NaN or None): there is nothing to score against.")
    return left[annotated], np.where(right < 0, len(names), right)[annotated]


def ari(truth: Any, labels: Any) -> float:
    """Adjusted Rand index.

    Parameters
    ----------
    truth
        Annotation, one per spot. Spots without one (NaN, None) are left out.
    labels
        Domains, one per spot. Annotated spots without a domain count as one more group, so that leaving spots
        out earns nothing.

    Returns
    -------
    1 for the same partition, about 0 for a random one.

    Raises
    ------
    SemSTError
        If the lengths differ or no spot is annotated.

    Examples
    --------
    >>> ari(["a", "a", "b", None], [1, 1, 0, 0])
    1.0
    """
    return float(adjusted_rand_score(*_scored(truth, labels)))


def nmi(truth: Any, labels: Any) -> float:
    """Normalised mutual information (arithmetic mean of the entropies).

    Parameters
    ----------
    truth, labels
        As in :func:`ari`.

    Returns
    -------
    0 to 1.

    Raises
    ------
    SemSTError
        As :func:`ari`.

    Examples
    --------
    >>> nmi(["a", "a", "b", "b"], [0, 1, 0, 1])
    0.0
    """
    return float(normalized_mutual_info_score(*_scored(truth, labels)))


def accuracy(truth: Any, labels: Any) -> float:
    """Share of annotated spots whose domain is the one matched to their annotation (Hungarian method).

    Parameters
    ----------
    truth, labels
        As in :func:`ari`. With more domains than annotations the surplus domains are wrong, and the reverse.

    Returns
    -------
    0 to 1.

    Raises
    ------
    SemSTError
        As :func:`ari`.

    Examples
    --------
    >>> accuracy(["a", "a", "b", "b"], [5, 5, 5, 7])
    0.75
    """
    true, predicted = _matched(truth, labels)
    return float((true == predicted).mean())


def f1(truth: Any, labels: Any, *, average: Literal["macro", "weighted"] = "macro") -> float:
    """F1 of the annotations, after each was matched to a domain (Hungarian method).

    Parameters
    ----------
    truth, labels
        As in :func:`ari`.
    average
        ``"macro"``: mean over annotations; ``"weighted"``: weighted by their numbers of spots. An annotation
        that no domain was matched to has F1 0.

    Returns
    -------
    0 to 1.

    Raises
    ------
    SemSTError
        As :func:`ari`, and if ``average`` is unknown.

    Examples
    --------
    >>> round(f1(["a", "a", "b", "b"], [5, 5, 5, 7]), 4)
    0.7333
    """
    if average not in ("macro", "weighted"):
        raise SemSTError(f'average must be "macro" or "weighted", not {average!r}.')
    true, predicted = _matched(truth, labels)
    return float(f1_score(true, predicted, labels=np.unique(true), average=average, zero_division=0))


def score(truth: Any, labels: Any) -> dict[str, float]:
    """All figures of agreement at once.

    Parameters
    ----------
    truth, labels
        As in :func:`ari`.

    Returns
    -------
    ``ari``, ``nmi``, ``accuracy``, ``f1_macro``, ``f1_weighted``, and the number of annotated spots as
    ``n_scored``.

    Raises
    ------
    SemSTError
        As :func:`ari`.

    Examples
    --------
    >>> score(["a", "a", "b", None], [1, 1, 0, 0])["n_scored"]
    3
    """
    return {
        "ari": ari(truth, labels),
        "nmi": nmi(truth, labels),
        "accuracy": accuracy(truth, labels),
        "f1_macro": f1(truth, labels, average="macro"),
        "f1_weighted": f1(truth, labels, average="weighted"),
        "n_scored": len(_scored(truth, labels)[0]),
    }


def _matched(truth: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Annotations, and domains renamed to their annotation; -1 for domains without one."""
    true, found = _scored(truth, labels)
    name = np.full(found.max() + 1, -1)
    for annotation, domain in best_matching(true, found):
        name[domain] = annotation
    return true, name[found]

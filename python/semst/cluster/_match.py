"""Domains renamed after those of another labelling."""

from typing import Any

import numpy as np

from semst._errors import SemSTError
from semst.metrics import best_matching, codes


def match_labels(labels: Any, reference: Any) -> np.ndarray:
    """Rename domains after those of another labelling that they share most spots with (Hungarian method).

    Parameters
    ----------
    labels
        Domains to rename, one per spot.
    reference
        Labelling of the same spots whose names are taken over, e.g. an annotation or an earlier run.

    Returns
    -------
    Labels of the reference's type where all are whole numbers, else strings; missing stays missing. Domains
    without a partner get names that the reference does not use: the next numbers, or their own name with a
    suffix where it is taken.

    Raises
    ------
    SemSTError
        If the lengths differ.

    Examples
    --------
    >>> match_labels([1, 1, 0, 0, 2], [0, 0, 1, 1, 1]).tolist()
    [0, 0, 1, 1, 2]
    """
    number, own = codes(labels)
    target, theirs = codes(reference)
    if len(number) != len(target):
        raise SemSTError(
            f"There are {len(number)} labels and {len(target)} in the reference; one per spot each."
        )
    whole = all(isinstance(name, int | np.integer) for name in (*own, *theirs))
    partner = {domain: theirs[other] for domain, other in best_matching(number, target)}
    taken = set(theirs) if whole else {str(name) for name in theirs}
    names: list[Any] = []
    for domain, name in enumerate(own):
        if domain in partner:
            names.append(int(partner[domain]) if whole else str(partner[domain]))
        else:
            names.append(_free_number(taken) if whole else _free_name(str(name), taken))
            taken.add(names[-1])
    missing = number < 0
    if whole and not missing.any():
        return np.asarray(names, dtype=np.int64)[number]
    result = np.full(len(number), None, dtype=object)
    result[~missing] = np.asarray(names, dtype=object)[number[~missing]]
    return result


def _free_number(taken: set[Any]) -> int:
    return int(max(taken, default=-1)) + 1


def _free_name(name: str, taken: set[Any]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}-{count}"
    return candidate

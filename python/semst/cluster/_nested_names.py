"""Names of domains that are parts of others ("3.1") or made of others ("2+5")."""

import re
from collections.abc import Iterable

from semst._errors import SemSTError
from semst._order import natural_order

Level = dict[str, list[str]]  # domains that were split, and their parts


def levels(names: Iterable[str]) -> list[Level]:
    """Find which names are parts of others, the finest parts first.

    ``"3.1"`` is a part of ``"3"`` where there is another part of it, and no domain ``"3"`` beside them.

    Examples
    --------
    >>> levels(["1", "3.1.1", "3.1.2", "3.2", "L2.3"])
    [{'3.1': ['3.1.1', '3.1.2']}, {'3': ['3.1', '3.2']}]
    """
    current = set(names)
    found: list[Level] = []
    while True:
        parts: dict[str, list[str]] = {}
        for name in natural_order(current):
            match = re.fullmatch(r"(.+)\.[1-9]\d*", name)
            if match and match[1] not in current:
                parts.setdefault(match[1], []).append(name)
        parts = {whole: some for whole, some in parts.items() if len(some) > 1}
        if not parts:
            return found
        deepest = max(whole.count(".") for whole in parts)
        level = {whole: some for whole, some in parts.items() if whole.count(".") == deepest}
        found.append(level)
        current = current.difference(*level.values()) | set(level)


def merged(names: Iterable[str], split: list[Level]) -> str:
    """Name what several domains make together: the domain that they are all parts of, else "2+5".

    Examples
    --------
    >>> names = ["1", "2", "3.1", "3.2"]
    >>> merged(["3.2", "3.1"], levels(names)), merged(["3.1", "3.2", "1"], levels(names))
    ('3', '1+3')
    """
    left = set(names)
    if len(left) == 1:
        return left.pop()
    for level in split:
        for whole, parts in level.items():
            if left.issuperset(parts):
                left = left.difference(parts) | {whole}
    if len(left) == 1:
        return left.pop()
    return "+".join(natural_order({part for name in left for part in name.split("+")}))


def check_distinct(names: Iterable[str]) -> None:
    """Make sure that no two coarser domains would have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SemSTError(
                f'Two coarser domains would both be called "{name}", since names of the finer ones hold "+". '
                "Rename those."
            )
        seen.add(name)

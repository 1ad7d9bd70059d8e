"""Which domains are near each other: a tree of domains, and coarser domains from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from semst._brief import brief
from semst._errors import SemSTError
from semst._order import natural_order
from semst.metrics import codes

from ._em import RIDGE
from ._nested_names import Level, check_distinct, levels, merged
from ._result import canonical_order, check_embedding
from ._starts import whiten

SHRUNK = 0.5  # of the lowest height above: where parts of split domains merge at most


@brief
@dataclass(frozen=True)
class DomainTree:
    """A tree of domains.

    Attributes
    ----------
    names
        Domains at its leaves, numbers in them by size.
    linkage
        Merges as SciPy keeps them, shape (K - 1, 4): the two that merge (leaves 0 to K - 1 in the order of
        ``names``, then merges by their order), the height, and how many leaves are below.
    """

    names: tuple[str, ...]
    linkage: np.ndarray

    def cut(self, n_domains: int) -> dict[str, str]:
        """Merge the nearest until ``n_domains`` are left.

        Parameters
        ----------
        n_domains
            From 1 to the number of leaves. ``cut(n)`` merges two domains of ``cut(n + 1)``.

        Returns
        -------
        The name of every leaf's domain: ``"2+5"`` for domains that have merged, ``"3"`` where all parts of it
        have (``"3.1"`` and ``"3.2"``).

        Raises
        ------
        SemSTError
            If there are fewer leaves, or names would clash.
        """
        n_leaves = len(self.names)
        if not 1 <= n_domains <= n_leaves:
            raise SemSTError(
                f"n is {n_domains}; the tree has {n_leaves} domains. Give a number from 1 to {n_leaves}."
            )
        groups = {number: [name] for number, name in enumerate(self.names)}
        for merge, (one, other, _, _) in enumerate(self.linkage[: n_leaves - n_domains]):
            groups[n_leaves + merge] = groups.pop(int(one)) + groups.pop(int(other))
        split = levels(self.names)
        called = {merged(group, split): group for group in groups.values()}
        if len(called) < len(groups):
            check_distinct(merged(group, split) for group in groups.values())
        return {leaf: name for name, group in called.items() for leaf in group}


def domain_tree(X: Any, labels: Any) -> DomainTree:
    """Build a tree of domains from the distances between them in the embedding.

    Domains are taken as a mixture whose components share one covariance, that within domains. The distance of
    two is that of Mahalanobis between their means, which is what the mixture tells them apart by; clusters of
    domains are as far apart as their domains are on average. Parts of a split domain (``"3.1"``, ``"3.2"``)
    merge first, below every height of whole domains, since they are finer than what the embedding was asked
    for; whole domains merge as if none had been split.

    Parameters
    ----------
    X
        Spots x dimensions.
    labels
        Domain of every spot, of any type; two or more. Spots without one (NaN, None) are left out.

    Returns
    -------
    The tree. It is the same for every order of the spots and every invertible linear map of ``X``.

    Raises
    ------
    SemSTError
        If the embedding is not finite where there is a domain, the lengths differ, or there is only one
        domain.

    Notes
    -----
    Average linkage: Sokal and Michener (1958), Univ Kansas Sci Bull 38.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(place, 1, (50, 2)) for place in (0, 4, 20)])
    >>> domain_tree(X, np.repeat(["1", "2", "3"], 50)).cut(2)
    {'3': '3', '1': '1+2', '2': '1+2'}
    """
    number, found = codes(labels)
    kept = number >= 0
    if len(number) != len(X):
        raise SemSTError(f"There are {len(number)} labels for {len(X)} spots; one per spot is needed.")
    if len(found) < 2:
        raise SemSTError(f"There are {len(found)} domains; a tree needs two or more.")
    rows, _ = check_embedding(np.asarray(X)[kept], 2)
    order = canonical_order(rows)
    partition = np.array([str(name) for name in found], dtype=object)[number[kept][order]]
    return DomainTree(tuple(natural_order(set(partition))), _merges(whiten(rows[order]).rows, partition))


@dataclass(frozen=True)
class _Group:
    """Domains that merge with each other, up to one."""

    whole: str
    parts: list[str]
    steps: np.ndarray  # SciPy's linkage of the parts


def _merges(white: np.ndarray, partition: np.ndarray) -> np.ndarray:
    """The linkage of all domains, level by level: parts of split domains first, whole domains last."""
    rounds = []
    names = natural_order(set(partition))
    for level in levels(names):
        rounds.append(_groups(white, partition, level))
        whole_of = {part: whole for whole, parts in level.items() for part in parts}
        partition = np.array([whole_of.get(name, name) for name in partition], dtype=object)
    left = natural_order(set(partition))
    rounds += [_groups(white, partition, {"": left})] if len(left) > 1 else []
    _shrink(rounds)

    place, size = {name: number for number, name in enumerate(names)}, [1] * len(names)
    rows: list[tuple[float, float, float, float]] = []
    for groups in rounds:
        made = [[place[part] for part in group.parts] for group in groups]
        order = sorted(
            (step[2], which, at) for which, group in enumerate(groups) for at, step in enumerate(group.steps)
        )
        for height, which, at in order:
            one, other = sorted(made[which][int(local)] for local in groups[which].steps[at, :2])
            made[which].append(len(size))
            size.append(size[one] + size[other])
            rows.append((one, other, height, size[-1]))
        place |= {group.whole: own[-1] for group, own in zip(groups, made, strict=True)}
    return np.array(rows, dtype=np.float64)


def _groups(white: np.ndarray, partition: np.ndarray, level: Level) -> list[_Group]:
    """Average linkage of the parts of every domain of a level."""
    means = _means(white, partition)
    return [
        _Group(whole, parts, linkage(pdist(np.stack([means[part] for part in parts])), method="average"))
        for whole, parts in level.items()
    ]


def _means(white: np.ndarray, partition: np.ndarray) -> dict[str, np.ndarray]:
    """Means of domains, in a picture in which the covariance within domains is the unit matrix."""
    names, own = np.unique(partition, return_inverse=True)
    means = np.stack([white[own == number].mean(axis=0) for number in range(len(names))])
    within = white - means[own]
    values, vectors = np.linalg.eigh(within.T @ within / len(white))
    return dict(zip(names, means @ (vectors / np.sqrt(np.maximum(values, RIDGE))), strict=True))


def _shrink(rounds: list[list[_Group]]) -> None:
    """Bring the heights of every level below those of the level above it, in place."""
    limit = np.inf
    for groups in reversed(rounds):
        heights = np.concatenate([group.steps[:, 2] for group in groups])
        if heights.max() > SHRUNK * limit:
            factor = SHRUNK * limit / heights.max()
            for group in groups:
                group.steps[:, 2] *= factor
            heights = heights * factor
        limit = heights.min()

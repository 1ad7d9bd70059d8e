"""The tree of domains: by hand, and what holds for every tree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.cluster.hierarchy import is_valid_linkage

from semst import SemSTError
from semst._order import natural_order
from semst.cluster import domain_tree
from semst.cluster._nested_names import levels, merged

# two spots a domain, one unit from its mean on either side: the variance within domains is 1
MEANS = {"1": 0.0, "2": 2.0, "10": 10.0}
NAMES = ["1", "2", "3.1", "3.2.1", "3.2.2", "4.1", "4.2", "10"]


def on_a_line(means):
    labels = np.repeat(list(means), 2)
    return np.array([[mean + side] for mean in means.values() for side in (-1, 1)]), labels


def scattered(names, seed, n_each=6, n_dims=3):
    rng = np.random.default_rng(seed)
    labels = np.repeat(names, n_each)
    return rng.normal(size=(len(labels), n_dims)) + np.repeat(
        3 * rng.normal(size=(len(names), n_dims)), n_each, 0
    ), labels


def test_heights_are_mahalanobis_distances_on_average():
    tree = domain_tree(*on_a_line(MEANS))
    assert tree.names == ("1", "2", "10")
    assert_allclose(tree.linkage, [[0, 1, 2, 2], [2, 3, 9, 3]])  # 2 - 0; then (10 + 8) / 2
    assert tree.cut(2) == {"1": "1+2", "2": "1+2", "10": "10"}
    assert tree.cut(3) == {name: name for name in tree.names}
    assert set(tree.cut(1).values()) == {"1+2+10"}


def test_the_spread_within_domains_is_the_unit_and_sizes_of_domains_do_not_count():
    X, labels = on_a_line(MEANS)
    assert_allclose(domain_tree(7 * X - 3, labels).linkage[:, 2], [2, 9])
    more = np.concatenate([X, np.tile(X[:2], (20, 1))])
    assert_allclose(domain_tree(more, [*labels, *["1"] * 40]).linkage[:, 2], [2, 9])


def test_parts_of_a_domain_merge_first_and_the_others_as_if_it_were_whole():
    means = {"1": 0.0, "2": 3.0, "3.1": 20.0, "3.2": 90.0}
    X, labels = on_a_line(means)
    tree = domain_tree(X, labels)
    whole = domain_tree(X, ["3" if name.startswith("3") else name for name in labels])
    assert tree.linkage[0, :2].tolist() == [2, 3]
    assert_allclose(tree.linkage[1:, 2], whole.linkage[:, 2])
    assert_allclose(tree.linkage[0, 2], whole.linkage[0, 2] / 2)  # shrunk below the lowest of whole domains
    assert tree.cut(3) == {"1": "1", "2": "2", "3.1": "3", "3.2": "3"}
    assert {tree.cut(2)[name] for name in ("3.1", "3.2")} == {"3"}


def test_parts_that_are_near_keep_their_distance():
    X, labels = on_a_line({"1": 0.0, "2": 50.0, "3.1": 99.0, "3.2": 100.0})
    assert_allclose(domain_tree(X, labels).linkage[0], [2, 3, 1, 2])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.sets(st.sampled_from(NAMES), min_size=2))
def test_every_cut_is_a_coarsening_of_the_next_and_parts_merge_into_wholes(seed, names):
    names = natural_order(names)
    tree = domain_tree(*scattered(names, seed))
    assert is_valid_linkage(tree.linkage)
    cuts = {n: tree.cut(n) for n in range(1, len(names) + 1)}
    for n, cut in cuts.items():
        assert set(cut) == set(names)
        assert len(set(cut.values())) == n
        if n > 1:
            finer = {(cut[name], cuts[n - 1][name]) for name in names}
            assert len(finer) == n  # every finer domain lies in one coarser domain
    n_whole = len(names)
    for level in levels(names):
        n_whole -= sum(len(parts) - 1 for parts in level.values())
    assert not any(levels([*set(cuts[n_whole].values())]))
    assert not any("+" in name for name in cuts[n_whole].values())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_the_spots_and_linear_maps_say_nothing(seed):
    X, labels = scattered(["1", "2", "3.1", "3.2", "4"], seed)
    rng = np.random.default_rng(seed + 1)
    order = rng.permutation(len(X))
    turned = X[order] @ (rng.normal(size=(3, 3)) + 4 * np.eye(3)) + 5
    one = domain_tree(X, labels)
    assert_allclose(domain_tree(X[order], labels[order]).linkage, one.linkage, rtol=1e-9)
    assert_allclose(domain_tree(turned, labels[order]).linkage[:, 2], one.linkage[:, 2], rtol=1e-5)


def test_spots_without_a_domain_and_their_embedding_do_not_count():
    X, labels = on_a_line(MEANS)
    more = domain_tree(np.vstack([X, [[np.nan], [77.0]]]), [*labels, None, np.nan])
    assert_allclose(more.linkage, domain_tree(X, labels).linkage)


def test_inputs_are_left_alone():
    X, labels = on_a_line(MEANS)
    before = X.copy(), labels.copy()
    domain_tree(X, labels).cut(2)
    assert (before[0] == X).all() and (before[1] == labels).all()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["3.1", "3.2.1", "3.2.2"], "3"),
        (["3.2.1", "3.2.2"], "3.2"),
        (["3.2.1", "3.2.2", "10", "2"], "2+3.2+10"),
        (["4.1", "4.2", "3.1"], "3.1+4"),
        (["3.1"], "3.1"),
    ],
)
def test_names_of_what_has_merged(names, expected):
    assert merged(names, levels(NAMES)) == expected


def test_a_dot_alone_makes_no_part():
    assert levels(["L2.3", "L4", "CA1.a", "CA1.b"]) == []  # no other part; no numbers
    assert levels(["3", "3.1", "3.2"]) == []  # "3" stands beside them
    assert merged(["2+5", "1"], []) == "1+2+5"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: domain_tree(np.ones((3, 1)), ["a", "a", None]), "There are 1 domains; a tree needs two"),
        (lambda: domain_tree(np.ones((3, 1)), ["a", "b"]), "There are 2 labels for 3 spots"),
        (
            lambda: domain_tree(*on_a_line(MEANS)).cut(4),
            "n is 4; the tree has 3 domains. Give .* from 1 to 3",
        ),
        (lambda: domain_tree(*on_a_line(MEANS)).cut(0), "n is 0; the tree has 3 domains"),
        (
            lambda: domain_tree(*on_a_line({"1": 0.0, "2": 1.0, "1+2": 9.0})).cut(2),
            r'Two coarser domains would both be called "1\+2"',
        ),
    ],
)
def test_what_cannot_be_a_tree_is_told(call, message):
    with pytest.raises(SemSTError, match=message):
        call()

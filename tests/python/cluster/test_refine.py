"""The neighbour vote on nine spots, and renaming of domains."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse

from semst import SemSTError
from semst.cluster import keep_every_domain, match_labels, refine, spare_narrow_domains
from semst.gr import spatial_graph

NINE = spatial_graph(np.argwhere(np.ones((3, 3))), radius=1).adjacency  # 0 1 2 / 3 4 5 / 6 7 8
EIGHT = spatial_graph(np.argwhere(np.ones((3, 3))), radius=1.5).adjacency


def test_a_lone_spot_is_outvoted():
    labels = np.array([0, 0, 0, 0, 1, 0, 0, 0, 0])
    assert_array_equal(refine(labels, NINE), 0)
    assert labels[4] == 1


def test_ties_keep_the_own_label():
    # corner 0: itself "a", neighbours "a" and "b": a. Spot 1: itself a, a, b, b -> tie, stays.
    labels = np.array(["a", "a", "b", "a", "b", "b", "a", "b", "b"])
    #  a a b        1: a, a, b, b tie; 2: b, a, b: b; 3: a, a, b, a: a
    #  a b b        4: b, a, a, b, b: b; 6: a, a, b: a; 7: b, a, b, b: b
    #  a b b
    assert_array_equal(refine(labels, NINE), labels)


def test_a_tie_among_others_keeps_the_own_label():
    """The centre is alone with its label; two others have four votes each."""
    labels = np.array([0, 0, 0, 0, 2, 1, 1, 1, 1])
    assert refine(labels, EIGHT)[4] == 2
    labels = np.array([0, 0, 0, 0, 2, 0, 1, 1, 1])
    assert refine(labels, EIGHT)[4] == 0


def test_all_spots_vote_at_once():
    """On a path a, b, a, b, … each inner spot sees two of the other: every one flips at the same time."""
    path = sparse.diags([np.ones(5), np.ones(5)], [1, -1], shape=(6, 6)).tocsr()
    assert refine(["a", "b", "a", "b", "a", "b"], path).tolist() == ["a", "a", "b", "a", "b", "b"]


def test_weights_and_self_loops_of_the_graph_do_not_count():
    labels = np.random.default_rng(0).integers(0, 3, 9)
    weighted = NINE.multiply(np.random.default_rng(1).random((9, 9)) + 0.1).tocsr() + 5 * sparse.identity(9)
    assert_array_equal(refine(labels, weighted), refine(labels, NINE))


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(pd.Categorical(list("aabbababb"))),
        np.array(list("aabbababb")),
        [1, 1, 2, 2, 1, 2, 1, 2, 2],
        np.array([1.0, 1, 2, 2, 1, 2, 1, 2, 2]),
    ],
)
def test_type_of_labels_does_not_matter(labels):
    found = refine(labels, NINE)
    plain = refine(pd.factorize(np.asarray(labels))[0], NINE)
    assert_array_equal(pd.factorize(found, sort=True)[0], plain)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_spots_without_a_label_neither_vote_nor_get_one(missing):
    labels = np.array(["a", missing, missing, "b", missing, missing, "b", missing, missing], dtype=object)
    found = refine(labels, NINE)
    assert pd.isna(found[[1, 2, 4, 5, 7, 8]]).all()
    assert found[[0, 3, 6]].tolist() == ["a", "b", "b"]  # 0: one a, one b: tie


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(1, 5))
def test_vote_equals_counting_and_order_does_not_matter(seed, k):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, 40)
    adjacency = spatial_graph(rng.random((40, 2)), n_neighs=5).adjacency
    expected = labels.copy()
    for spot in range(40):
        votes = np.bincount(labels[np.append(adjacency[spot].indices, spot)], minlength=k)
        if (votes == votes.max()).sum() == 1:
            expected[spot] = votes.argmax()
    found = refine(labels, adjacency)
    assert_array_equal(found, expected)
    order = rng.permutation(40)
    assert_array_equal(refine(labels[order], adjacency[order][:, order]), found[order])


def test_a_vanished_domain_is_reported(messages):
    refine(np.array(["x", "x", "x", "x", "lone", "x", "x", "x", "x"]), NINE)
    assert "refinement changed 1 of 9 labels" in messages.text
    assert "no spot in domain lone" in messages.text


def test_refine_sizes():
    with pytest.raises(SemSTError, match=r"shape \(9, 9\) for 8 labels"):
        refine(np.zeros(8), NINE)


def test_match_swaps_names():
    assert match_labels([0, 0, 1, 1, 2], [2, 2, 0, 0, 1]).tolist() == [2, 2, 0, 0, 1]


def test_match_is_the_best_overall_not_the_first_best():
    """Domain 0 overlaps most with x, but giving x to 1 leaves more spots in agreement."""
    labels = [0] * 5 + [1] * 4
    reference = ["x"] * 3 + ["y"] * 2 + ["x"] * 4
    assert match_labels(labels, reference).tolist() == ["y"] * 5 + ["x"] * 4


def test_surplus_domains_get_free_names():
    assert match_labels([0, 0, 1, 2], [5, 5, 7, 7])[[0, 1]].tolist() == [5, 5]
    assert set(match_labels([0, 0, 1, 2], [5, 5, 7, 7])) == {5, 7, 8}
    found = match_labels(["L1", "L1", "L2", "L2", "x"], ["L2", "L2", "L1", "L1", "L1"])
    assert found.tolist() == ["L2", "L2", "L1", "L1", "x"]
    clash = match_labels(["b", "b", "a"], ["a", "a", "a"])
    assert clash.tolist() == ["a", "a", "a-2"]


def test_match_keeps_missing_missing():
    found = match_labels([0, 0, None, 1], ["x", None, "y", "y"])
    assert found.tolist() == ["x", "x", None, "y"]


def test_match_lengths():
    with pytest.raises(SemSTError, match="3 labels and 2 in the reference"):
        match_labels([0, 0, 1], ["x", "x"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_renaming_and_matching_back_is_the_identity(seed):
    rng = np.random.default_rng(seed)
    reference = np.concatenate([np.arange(5), rng.integers(0, 5, 30)])
    assert_array_equal(match_labels(rng.permutation(5)[reference], reference), reference)


def test_a_layer_one_spot_wide_is_spared_and_noise_is_not():
    side = 12
    rows, columns = np.divmod(np.arange(side * side), side)
    labels = np.where(rows == side - 1, "layer", np.where(columns < 6, "a", "b"))
    noisy = labels.copy()
    noisy[[3 * side + 2, 7 * side + 9]] = ["b", "a"]
    graph = spatial_graph(np.column_stack([columns, rows]), radius=2.3).adjacency
    voted = refine(noisy, graph)
    assert (voted[rows == side - 1] == "layer").mean() < 0.4
    spared = spare_narrow_domains(noisy, voted)
    assert_array_equal(spared[rows < side - 2], labels[rows < side - 2])
    assert_array_equal(spared[rows == side - 1], "layer")
    assert_array_equal(spare_narrow_domains(noisy, voted, least=0.0), voted)


def test_nothing_is_spared_where_every_domain_keeps_most_of_its_spots():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])
    refined = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1])
    assert_array_equal(spare_narrow_domains(labels, refined), refined)


def test_spots_without_a_domain_stay_without_one_when_others_are_spared():
    labels = pd.Series(["a", None, "a", "b"], dtype=object)
    refined = np.array(["b", None, "b", "b"], dtype=object)
    assert spare_narrow_domains(labels, refined).tolist() == ["a", None, "a", "b"]


def test_a_domain_without_a_spot_left_stays_as_it_was_and_the_others_as_voted(messages):
    labels = np.array(["x", "x", "y", "x", "lone", "y", "x", "x", "y"])
    voted = refine(labels, NINE)
    assert voted[4] == "x" and "lone" not in voted
    found, kept = keep_every_domain(labels, voted)
    assert kept == ["lone"] and found[4] == "lone"
    others = np.arange(9) != 4
    assert_array_equal(found[others], voted[others])
    assert "last spot of domain lone; left as found: 1 spots" in messages.text


def test_spots_that_go_back_may_have_been_the_last_of_another_domain():
    """b moved to where a was; as a gets its spots back, b would be gone."""
    found, kept = keep_every_domain(["a", "b", "c", "c"], ["b", "c", "c", "c"])
    assert found.tolist() == ["a", "b", "c", "c"] and kept == ["a", "b"]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(1, 39))
def test_no_vote_costs_a_domain_and_nothing_changes_where_none_would(seed, k):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, 40 - k)]).astype(float)
    labels[rng.integers(0, 40)] = np.nan
    voted = refine(labels, spatial_graph(rng.random((40, 2)), n_neighs=6).adjacency)
    found, kept = keep_every_domain(labels, voted)
    there = np.unique(labels[~np.isnan(labels)])
    assert_array_equal(np.unique(found[~np.isnan(found)]), there)
    if not set(there) - set(voted):
        assert not kept
        assert_array_equal(found, voted)

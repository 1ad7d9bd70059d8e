"""Permutation tests against an enumeration of all arrangements."""

from itertools import combinations

import numpy as np
import pytest

from semst.compare import difference_p, distance_p, smallest_p

EXACT = {"n_permutations": 9999, "random_state": 0}


def arrangements(together, n_first):
    """Both groups in every arrangement, the given one first."""
    everyone = range(len(together))
    for chosen in combinations(everyone, n_first):
        rest = [i for i in everyone if i not in chosen]
        yield together[list(chosen)], together[rest]


@pytest.mark.parametrize(("n_first", "n_second"), [(3, 3), (3, 4), (5, 3)])
def test_p_values_are_those_of_all_arrangements(n_first, n_second):
    together = np.random.default_rng(n_first).normal(size=(n_first + n_second, 4))
    together[n_first:, 0] += 3
    differences, distances = [], []
    for first, second in arrangements(together, n_first):
        gap = second.mean(axis=0) - first.mean(axis=0)
        differences.append(gap)
        distances.append((gap**2).sum())
    null = np.array(differences)
    tail = np.minimum((null >= null[0] - 1e-9).mean(axis=0), (null <= null[0] + 1e-9).mean(axis=0))
    first, second = together[:n_first], together[n_first:]
    np.testing.assert_allclose(difference_p(first, second, **EXACT), np.minimum(2 * tail, 1))
    assert distance_p(first, second, **EXACT) == pytest.approx(
        (np.array(distances) >= distances[0] - 1e-9).mean()
    )


@pytest.mark.parametrize(("n_first", "n_second", "n_permutations"), [(3, 3, 9999), (4, 3, 9999), (6, 6, 99)])
def test_the_smallest_p_is_that_of_groups_apart(n_first, n_second, n_permutations):
    first, second = np.arange(n_first) + 0.0, np.arange(n_second) + 100.0
    found = difference_p(first[:, None], second[:, None], n_permutations=n_permutations, random_state=0)
    assert found[0] == pytest.approx(smallest_p(n_first, n_second, n_permutations))


def test_no_test_with_two_samples():
    few, many = np.zeros((2, 3)), np.ones((5, 3))
    assert (
        np.isnan(difference_p(few, many, **EXACT)).all() and np.isnan(difference_p(many, few, **EXACT)).all()
    )
    assert np.isnan(distance_p(few, many, **EXACT))


def test_what_all_samples_share_has_no_effect():
    # means of 3 and of 4 equal numbers differ in their last digit
    first, second = np.full((3, 2), 0.1), np.full((4, 2), 0.1)
    assert difference_p(first, second, **EXACT).tolist() == [1, 1]
    assert distance_p(first, second, **EXACT) == 1


def test_random_arrangements_follow_the_seed_and_come_near_the_exact_p():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(5, 3)), rng.normal(0.7, size=(5, 3))
    exact = difference_p(first, second, **EXACT)  # 252 arrangements
    drawn = [difference_p(first, second, n_permutations=200, random_state=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    np.testing.assert_allclose(drawn[0], exact, atol=0.15)

"""Choosing the number of domains, and how stable domains are."""

import numpy as np
import pandas as pd
import pytest

from semst import SemSTError
from semst.cluster import choose_n_domains, stability
from semst.cluster._choose import _chosen


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [7, 0, 0], [0, 7, 0], [0, 0, 7]])
    return np.concatenate([rng.normal(centre, 1, (50, 3)) for centre in centres])


def test_all_criteria_find_clear_domains(blobs):
    found = choose_n_domains(blobs, range(2, 7), n_subsamples=4, n_starts=6, progress=False)
    assert found.choices == {"stability": 4, "bic": 4, "icl": 4, "silhouette": 4}
    assert found.n_domains == 4
    assert found.curves.index.tolist() == [2, 3, 4, 5, 6]
    assert (found.curves["icl"] >= found.curves["bic"]).all()
    assert found.curves["stability"].between(-1, 1).all()


def test_bic_is_that_of_the_formula(blobs):
    one = choose_n_domains(blobs, [4], n_subsamples=2, n_starts=6, progress=False).curves.loc[4]
    from semst.cluster import mixture

    likelihood = mixture(blobs, 4, n_starts=20).log_likelihood
    n_parameters = 3 + 4 * 3 + 6
    assert one["bic"] == pytest.approx((-2 * likelihood + n_parameters * np.log(200)) / 200, rel=1e-4)


def test_the_same_seed_gives_the_same_curves(blobs):
    options = {"n_subsamples": 2, "n_starts": 5, "progress": False}
    one, other = (choose_n_domains(blobs, [3, 4], random_state=3, **options) for _ in range(2))
    pd.testing.assert_frame_equal(one.curves, other.curves)


def test_the_highest_peak_wins_and_few_domains_do_not_win_for_being_few():
    curves = pd.DataFrame(
        {"stability": [0.99, 0.6, 0.8, 0.7, 0.75, 0.6], "stability_se": 0.01}, index=range(2, 8)
    )
    assert _chosen(curves, "stability") == 4


def test_without_a_peak_the_largest_within_one_standard_error():
    curves = pd.DataFrame({"stability": [0.9, 0.88, 0.6], "stability_se": 0.03}, index=range(2, 5))
    assert _chosen(curves, "stability") == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k_range": [1, 2]}, "k_range is .*whole numbers of 2 or more"),
        ({"k_range": []}, "k_range is"),
        ({"k_range": [2.5]}, "k_range is"),
        ({"criterion": "gap"}, "criterion is 'gap'; accepted are 'stability', 'bic'"),
        ({"n_subsamples": 1}, "at least 2 are needed"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(blobs, options, message):
    with pytest.raises(SemSTError, match=message):
        choose_n_domains(blobs, **options, progress=False)


def test_clear_domains_are_stable_and_arbitrary_ones_are_not(blobs):
    labels = np.repeat(np.arange(4), 50)
    assert stability(blobs, labels, 4) == pytest.approx(1.0, abs=0.02)
    shuffled = np.random.default_rng(0).permutation(labels)
    assert abs(stability(blobs, shuffled, 4)) < 0.1

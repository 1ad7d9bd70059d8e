"""Choosing the number of domains, and how stable domains are."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from semst import SemSTError
from semst.cluster import choose_n_domains, stability
from semst.cluster._peaks import most_stable, no_optimum, optima, stability_peaks
from semst.cluster._subsamples import mean_agreement


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [7, 0, 0], [0, 7, 0], [0, 0, 7]])
    return np.concatenate([rng.normal(centre, 1, (50, 3)) for centre in centres])


def test_all_criteria_find_clear_domains(blobs):
    found = choose_n_domains(blobs, range(2, 7), n_subsamples=4, n_starts=6, progress=False)
    assert found.choices == {"stability": 4, "bic": 4, "icl": 4, "silhouette": 4}
    assert found.n_domains == 4
    assert found.peaks["n_domains"].tolist()[0] == 4
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


def curve(stability, error=0.01, **others):
    columns = {"stability": stability, "stability_se": error, **others}
    return pd.DataFrame(columns, index=pd.RangeIndex(2, 2 + len(stability)))


def chosen(curves):
    return most_stable(curves, stability_peaks(curves))


def test_the_highest_peak_wins_and_few_domains_do_not_win_for_being_few():
    curves = curve([0.99, 0.6, 0.8, 0.7, 0.75, 0.6])
    assert chosen(curves) == 4
    peaks = stability_peaks(curves)
    assert peaks["n_domains"].tolist() == [4, 6]
    assert peaks["stability"].tolist() == [0.8, 0.75]
    assert peaks.columns.tolist() == ["n_domains", "stability", "stability_se"]


def test_among_peaks_within_one_standard_error_the_coarser_is_taken():
    curves = curve([0.99, 0.6, 0.75, 0.7, 0.8, 0.6], error=[0.2, 0.2, 0.2, 0.2, 0.06, 0.2])
    assert stability_peaks(curves)["n_domains"].tolist() == [6, 4]
    assert chosen(curves) == 4
    curves.loc[6, "stability_se"] = 0.04  # that of the highest peak decides, not that of the others
    assert chosen(curves) == 6


def test_of_equal_numbers_side_by_side_the_smallest_is_the_peak():
    assert stability_peaks(curve([0.5, 0.8, 0.8, 0.6]))["n_domains"].tolist() == [3]
    assert stability_peaks(curve([0.5, 0.8, 0.8, 0.9]))["n_domains"].tolist() == []


@pytest.mark.parametrize("values", [[0.9, 0.88, 0.6], [0.6, 0.88, 0.9]])
def test_without_a_peak_the_coarser_within_one_standard_error(values):
    curves = curve(values, error=0.03)
    assert not len(stability_peaks(curves))
    assert chosen(curves) == (2 if values[0] == 0.9 else 3)


def test_what_is_best_at_an_end_of_the_range_is_no_optimum():
    curves = curve(
        [0.9, 0.7, 0.8, 0.6],
        bic=[9, 8, 7, 6.0],
        icl=[9, 7, 8, 8.5],
        silhouette=[0.5, 0.3, 0.2, np.nan],
    )
    assert optima(curves) == {"icl": 3}
    for name, said in {
        "bic": r"bic is lowest at 5, at the end of the range that was tried \(2 to 5\).*Widen k_range, or",
        "silhouette": "silhouette is highest at 2, at the end of .*There is no number below 2 to try; take",
    }.items():
        assert re.search(said, str(no_optimum(curves, name)))


def test_a_criterion_without_an_optimum_is_refused_and_not_among_the_choices(blobs):
    options = {"n_subsamples": 3, "n_starts": 4, "progress": False}
    assert set(choose_n_domains(blobs, [2, 3, 4], **options).choices) == {"stability"}
    with pytest.raises(SemSTError, match=r"bic is lowest at 4.* \(2 to 4\): it has no optimum there"):
        choose_n_domains(blobs, [2, 3, 4], criterion="bic", **options)


def test_the_standard_error_is_that_of_subsamples_left_out_one_by_one():
    rng = np.random.default_rng(0)
    partitions = [rng.integers(0, 2, 30) for _ in range(4)]
    from sklearn.metrics import adjusted_rand_score

    def mean(kept):
        return np.mean([adjusted_rand_score(a, b) for a, b in combinations(kept, 2)])

    without = np.array([mean(partitions[:i] + partitions[i + 1 :]) for i in range(4)])
    value, error = mean_agreement(partitions)
    assert value == pytest.approx(mean(partitions))
    assert error == pytest.approx(np.sqrt(3 / 4 * ((without - without.mean()) ** 2).sum()))
    assert np.isnan(mean_agreement(partitions[:2])[1])


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

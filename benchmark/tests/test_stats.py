"""Intervals against textbook numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from semst_benchmark._stats import paired_difference, t_interval, welch_interval


def test_t_interval_is_that_of_scipy():
    values = np.array([0.01, 0.03, -0.02, 0.05, 0.02])
    low, high = t_interval(values)
    reference = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (low, high) == pytest.approx((reference.low, reference.high))


def test_mean_is_over_slices_and_the_seed_interval_over_seeds():
    # two slices, three seeds: slice means 0.2 and 0.0, seed means 0.05, 0.10, 0.15
    table = pd.DataFrame([[0.1, 0.2, 0.3], [0.0, 0.0, 0.0]])
    found = paired_difference(table)
    assert found.mean == pytest.approx(0.1)
    assert (found.t_low, found.t_high) == pytest.approx(t_interval(np.array([0.05, 0.10, 0.15])))
    assert (found.n_slices, found.n_seeds) == (2, 3)
    # a slice without any difference may be drawn twice: the wider interval reaches zero
    assert found.low == pytest.approx(0.0)
    assert not found.clear


def test_a_difference_that_is_there_everywhere_is_clear():
    rng = np.random.default_rng(0)
    found = paired_difference(pd.DataFrame(0.1 + 0.01 * rng.normal(size=(4, 5))))
    assert found.clear
    assert found.low > 0.08
    assert found.high < 0.12


def test_a_missing_seed_leaves_the_slice_in():
    found = paired_difference(pd.DataFrame([[0.1, 0.2, np.nan], [0.3, 0.4, 0.5]]))
    assert found.mean == pytest.approx((0.15 + 0.4) / 2)
    assert found.n_seeds == 2
    assert (found.t_low, found.t_high) == pytest.approx(
        welch_interval([np.array([0.1, 0.2]), np.array([0.3, 0.4, 0.5])])
    )


def test_welch_interval_is_that_of_scipy_for_a_difference():
    # the mean of a and -b is half the difference of a and b
    a, b = np.array([0.1, 0.4, 0.2]), np.array([0.0, 0.3, 0.1, 0.05])
    reference = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert welch_interval([a, -b]) == pytest.approx((reference.low / 2, reference.high / 2))


def test_a_slice_with_one_seed_has_no_interval_over_seeds():
    found = paired_difference(pd.DataFrame([[0.1, np.nan], [0.3, 0.4]]))
    assert found.mean == pytest.approx((0.1 + 0.35) / 2)
    assert found.n_seeds == 1
    assert np.isnan(found.t_low)
    assert np.isfinite(found.low)


def test_one_run_has_no_interval():
    found = paired_difference(pd.DataFrame([[0.1]]))
    assert found.mean == pytest.approx(0.1)
    assert np.isnan([found.t_low, found.t_high, found.low, found.high]).all()
    assert not found.clear

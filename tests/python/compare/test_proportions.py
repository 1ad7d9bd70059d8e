"""Compositions of two groups of samples."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from semst.compare import compare_proportions, difference_table

GROUPS = ("control", "case")


def study(n_control=4, n_case=4, n_domains=3, seed=0):
    rng = np.random.default_rng(seed)
    names = [f"s{i}" for i in range(n_control + n_case)]
    counts = pd.DataFrame(
        rng.poisson(50, (len(names), n_domains)), index=names, columns=[str(i + 1) for i in range(n_domains)]
    )
    counts.iloc[n_control:, 0] += 60
    return counts, pd.Series(["control"] * n_control + ["case"] * n_case, index=names)


def test_estimates_by_hand():
    counts, conditions = study()
    found = compare_proportions(counts, conditions, GROUPS)
    shares = counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True)
    logs = np.log(counts.to_numpy() + 0.5)
    clr = logs - logs.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found.proportions, shares)
    np.testing.assert_allclose(found.clr, clr)
    np.testing.assert_allclose(found.effects["mean_control"], shares[:4].mean(axis=0))
    np.testing.assert_allclose(found.effects["mean_case"], shares[4:].mean(axis=0))
    welch = stats.ttest_ind(clr[4:], clr[:4], equal_var=False)
    interval = welch.confidence_interval(0.95)
    difference = clr[4:].mean(axis=0) - clr[:4].mean(axis=0)
    np.testing.assert_allclose(found.effects["difference"], difference)
    np.testing.assert_allclose(found.effects["ratio"], np.exp(difference))
    np.testing.assert_allclose(found.effects["standard_error"], difference / welch.statistic)
    np.testing.assert_allclose(found.effects[["low", "high"]].T, interval)


def test_a_domain_that_grows_is_found_as_far_as_so_few_samples_can():
    found = compare_proportions(*study(), GROUPS)
    assert found.effects["p"]["1"] == pytest.approx(2 / 70)
    np.testing.assert_allclose(found.effects["p_adjusted"], stats.false_discovery_control(found.effects["p"]))
    assert found.overall_p == pytest.approx(2 / 70)
    assert found.note == (
        "the smallest p that 4 and 4 samples can give is 0.029: after adjustment for 3 tests one alone "
        "cannot be below 0.05"
    )
    assert compare_proportions(*study(6, 6), GROUPS).note == ""


def test_three_samples_a_group_cannot_be_below_a_tenth():
    found = compare_proportions(*study(3, 3), GROUPS)
    assert found.effects["p"].min() == pytest.approx(0.1)
    assert found.note == "the smallest p that 3 and 3 samples can give is 0.1: nothing can be below 0.05"


@pytest.mark.parametrize(
    ("n", "note", "interval"),
    [((2, 4), '"control" has 2: a test', True), ((4, 1), '"case" has 1: a test', False)],
)
def test_few_samples_give_estimates_without_p(n, note, interval):
    found = compare_proportions(*study(*n), GROUPS)
    assert note in found.note and found.note.endswith("so there are estimates and no p")
    assert found.effects[["p", "p_adjusted"]].isna().all(axis=None) and np.isnan(found.overall_p)
    assert found.effects[["difference", "ratio"]].notna().all(axis=None)
    assert found.effects[["low", "high", "standard_error"]].notna().all(axis=None) == interval


def test_without_conditions_nothing_is_compared():
    counts, _ = study()
    found = compare_proportions(counts)
    assert found.effects is None and found.groups is None and found.note == "" and np.isnan(found.overall_p)
    assert found.lines()[1].split() == ["s0", *found.proportions.loc["s0"].map("{:.3f}".format)]


@given(st.permutations(range(7)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_samples_does_not_matter(order):
    counts, conditions = study(4, 3)
    whole = compare_proportions(counts, conditions, GROUPS)
    found = compare_proportions(counts.iloc[order], conditions.iloc[order], GROUPS)
    pd.testing.assert_frame_equal(found.effects, whole.effects)
    assert found.overall_p == whole.overall_p


def test_swapped_groups_swap_signs_and_nothing_else():
    counts, conditions = study()
    one, other = (compare_proportions(counts, conditions, names) for names in (GROUPS, GROUPS[::-1]))
    np.testing.assert_allclose(other.effects["difference"], -one.effects["difference"])
    np.testing.assert_allclose(other.effects["low"], -one.effects["high"])
    np.testing.assert_allclose(other.effects["ratio"], 1 / one.effects["ratio"])
    for name in ("p", "p_adjusted", "standard_error", "mean_control", "mean_case"):
        np.testing.assert_allclose(other.effects[name], one.effects[name])
    assert other.overall_p == one.overall_p


def test_depth_of_a_sample_does_not_matter_but_for_the_pseudo_count():
    counts, conditions = study()
    larger = counts * 1000
    larger.iloc[0] *= 50
    one, other = (compare_proportions(table, conditions, GROUPS) for table in (counts * 1000, larger))
    np.testing.assert_allclose(one.effects["difference"], other.effects["difference"], atol=1e-4)


def test_lines_have_a_row_a_domain_the_whole_and_the_note():
    found = compare_proportions(*study(), GROUPS)
    lines = found.lines()
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert f"{found.effects['ratio']['1']:.2f}" in lines[1] and "0.0286" in lines[1]
    assert lines[4] == "whole composition: p 0.0286" and lines[5] == f"note: {found.note}"


def test_a_column_leaves_out_its_missing_samples():
    values = pd.DataFrame({"whole": np.arange(8.0), "part": np.arange(8.0)})
    values.loc[[0, 7], "part"] = np.nan
    second = np.arange(8) > 3
    settings_ = {"n_permutations": 9999, "random_state": 0}
    found = difference_table(values, second, **settings_)
    assert found[["n_first", "n_second"]].to_numpy().tolist() == [[4, 4], [3, 3]]
    alone = difference_table(values.loc[1:6, ["part"]], second[1:7], **settings_)
    pd.testing.assert_series_equal(found.loc["part"][:-1], alone.loc["part"][:-1])
    np.testing.assert_allclose(found["p"], [2 / 70, 0.1])
    np.testing.assert_allclose(found["p_adjusted"], [4 / 70, 0.1])

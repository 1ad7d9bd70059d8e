"""Log-ratios and adjusted p values, by hand."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from semst.compare import benjamini_hochberg, centred_log_ratios


def test_log_ratios_by_hand():
    counts = pd.DataFrame([[0, 3, 31], [7, 7, 7]], index=["a", "b"], columns=["1", "2", "3"])
    logs = np.log([0.5, 3.5, 31.5])
    found = centred_log_ratios(counts)
    np.testing.assert_allclose(found.loc["a"], logs - logs.mean())
    np.testing.assert_allclose(found.loc["b"], 0, atol=1e-15)
    assert list(found.index) == ["a", "b"] and list(found.columns) == ["1", "2", "3"]


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=12))
def test_rows_add_up_to_zero_and_keep_the_order_of_counts(counts):
    found = centred_log_ratios(pd.DataFrame([counts])).iloc[0].to_numpy()
    assert abs(found.sum()) < 1e-9
    assert (np.argsort(found, kind="stable") == np.argsort(counts, kind="stable")).all()


def test_adjusted_p_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.5: times 4/rank, and no larger than what follows
    p = np.array([0.5, 0.01, 0.03, 0.02])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.5, 0.04, 0.04, 0.04])


def test_what_was_not_tested_is_not_counted():
    found = benjamini_hochberg(np.array([0.02, np.nan, 0.04]))
    np.testing.assert_allclose(found, [0.04, np.nan, 0.04])
    assert np.isnan(benjamini_hochberg(np.full(3, np.nan))).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjustment_never_lowers_a_p_nor_changes_the_order(p):
    values = np.array(p)
    found = benjamini_hochberg(values)
    assert (found >= values - 1e-12).all() and (found <= 1).all()
    assert (np.diff(found[np.argsort(values, kind="stable")]) >= -1e-12).all()

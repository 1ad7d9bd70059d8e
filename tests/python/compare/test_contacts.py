"""Contacts between domains: expected edges, ratios, pairs that cannot be, tests."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semst.compare import compare_contacts
from semst.compare._contacts import expected_edges

# a lattice of 3 x 3, columns of a, b and c: 12 edges; within a column 2, between neighbouring ones 3
LATTICE = np.array([[4, 3, 0], [3, 4, 3], [0, 3, 4]])
SIZES = pd.DataFrame([[3, 3, 3]], index=["s"], columns=["a", "b", "c"])


def test_a_lattice_by_hand():
    found = compare_contacts({"s": LATTICE}, SIZES)
    pairs = [("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c")]
    assert list(found.counts.columns) == pairs
    assert found.counts.loc["s"].to_list() == [2, 3, 0, 2, 3, 2]
    # ends: 7, 10, 7 of 24; within a: 7 * 6 / 2 / 23, between a and b: 7 * 10 / 23
    expected = np.array([21, 70, 49, 45, 70, 21]) / 23
    np.testing.assert_allclose(found.expected.loc["s"], expected)
    assert found.expected.loc["s"].sum() == pytest.approx(12)
    ratio = np.log2((np.array([2, 3, 0, 2, 3, 2]) + 0.5) / (expected + 0.5))
    np.testing.assert_allclose(found.log2_ratio.loc["s"], ratio)
    np.testing.assert_allclose(found.overall["log2_ratio"], ratio)
    table = found.matrix(found.overall["log2_ratio"])
    assert table.loc["b", "a"] == table.loc["a", "b"] == pytest.approx(ratio[1])


@given(hnp.arrays(float, st.integers(1, 8), elements=st.integers(1, 500).map(float)))
def test_all_pairs_add_up_to_all_edges(ends):
    if ends.sum() > 1:
        found = expected_edges(ends)
        np.testing.assert_allclose(found, found.T)
        np.testing.assert_allclose(np.triu(found).sum(), ends.sum() / 2)


def test_pairs_that_a_sample_cannot_have_are_missing_there():
    sizes = pd.DataFrame([[3, 3, 3], [4, 1, 0]], index=["s", "t"], columns=["a", "b", "c"])
    found = compare_contacts({"s": LATTICE, "t": np.array([[6, 2, 0], [2, 0, 0], [0, 0, 0]])}, sizes)
    assert found.log2_ratio.loc["t"].notna().to_list() == [True, True, False, False, False, False]
    assert found.overall["n_samples"].to_list() == [2, 2, 1, 1, 1, 1]
    # all together: what t cannot have does not count
    assert found.overall["counts"].to_list() == [5, 5, 0, 2, 3, 2]
    assert found.overall.loc[("b", "b"), "expected"] == pytest.approx(45 / 23)


def study(n=4):
    """More contacts of a and b in the second group, b and c never apart, a and c never together."""
    names = [f"s{i}" for i in range(2 * n)]
    sizes = pd.DataFrame(np.full((2 * n, 3), 30), index=names, columns=["a", "b", "c"])
    edges = {}
    for i, name in enumerate(names):
        touch = (30 if i >= n else 10) + i % n
        edges[name] = np.array([[100 - touch, touch, 0], [touch, 100 - touch - 5, 5], [0, 5, 95]])
    return edges, sizes, pd.Series(np.repeat(["control", "case"], n), index=names)


def test_conditions_are_compared_pair_by_pair():
    edges, sizes, conditions = study()
    found = compare_contacts(edges, sizes, conditions, ("control", "case"))
    row = found.effects.loc[("a", "b")]
    ratio = found.log2_ratio[("a", "b")].to_numpy()
    assert row["difference"] == pytest.approx(ratio[4:].mean() - ratio[:4].mean())
    assert row["mean_case"] == pytest.approx(ratio[4:].mean()) and row["n_case"] == 4
    assert row["p"] == pytest.approx(2 / 70)
    # a and c touch nowhere: their ratio is one of sizes alone, and there is no test
    assert found.effects.loc[("a", "c"), ["difference", "p", "p_adjusted"]].isna().all()
    assert found.effects["p"].notna().sum() == 5 and "for 5 tests" in found.note
    swapped = compare_contacts(edges, sizes, conditions, ("case", "control"))
    np.testing.assert_allclose(swapped.effects["difference"], -found.effects["difference"])
    np.testing.assert_allclose(swapped.effects["p"], found.effects["p"])


def test_a_sample_without_a_domain_leaves_its_pairs_to_the_others():
    edges, sizes, conditions = study()
    sizes.loc["s0", "c"] = 0
    edges["s0"] = edges["s0"] * np.outer([1, 1, 0], [1, 1, 0])
    found = compare_contacts(edges, sizes, conditions, ("control", "case")).effects
    assert found["n_control"].to_list() == [4, 4, 3, 4, 3, 3] and (found["n_case"] == 4).all()
    sizes.loc["s1", "c"] = 0
    edges["s1"] = edges["s1"] * np.outer([1, 1, 0], [1, 1, 0])
    found = compare_contacts(edges, sizes, conditions, ("control", "case")).effects
    assert np.isnan(found.loc[("b", "c"), "p"]) and not np.isnan(found.loc[("b", "c"), "difference"])
    assert found.loc[("a", "b"), "p"] == pytest.approx(2 / 70)

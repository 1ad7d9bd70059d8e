"""LISI by hand, by its definition, and in its limits."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from semst import SemSTError
from semst.metrics import clisi, ilisi, lisi

pytest.importorskip("harmonypy", reason="harmonypy (extra: integration) is not installed")


def test_even_mixture_of_equidistant_neighbours_by_hand():
    # twelve corners of an octahedron-like set at the same distance: every neighbour weighs the same
    rows = np.vstack([np.zeros(6), *(sign * np.eye(6)[i] for i in range(6) for sign in (1, -1))])
    labels = ["c"] + ["a", "b"] * 6
    found = lisi(rows, labels, perplexity=4)
    assert found[0] == pytest.approx(2.0)


def test_limits():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 3))
    three = rng.choice(["a", "b", "c"], 600)
    assert ilisi(rows, three) > 2.6
    assert ilisi(rows + 50 * (three == "a")[:, None] + 100 * (three == "b")[:, None], three) == pytest.approx(
        1
    )
    assert clisi(rows, np.where(rows[:, 0] > 0, "left", "right")) < 1.2


def test_missing_labels_and_spots_are_left_out():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 2))
    labels = pd.Series(rng.choice(["a", "b"], 80)).astype(object)
    labels[3] = np.nan
    rows[5] = np.nan
    found = lisi(rows, labels, perplexity=10)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3, 5]
    with pytest.raises(SemSTError, match="a row and a label"):
        lisi(rows, labels[:-1])
    with pytest.raises(SemSTError, match="5 are the least"):
        lisi(rows[:4], labels[:4])


def test_scale_and_order_do_not_matter():
    rng = np.random.default_rng(1)
    rows, labels = rng.normal(size=(200, 4)), rng.choice(["a", "b"], 200)
    found = lisi(rows, labels)
    order = rng.permutation(200)
    np.testing.assert_allclose(lisi(rows[order], labels[order]), found[order], rtol=1e-12)
    # each is found to within 4e-6
    np.testing.assert_allclose(lisi(7 * rows, labels), found, rtol=8e-6)


def test_same_as_the_definition():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 3))
    labels = np.where(rows[:, 0] + 0.5 * rng.normal(size=60) > 0, "a", "b")
    expected = []
    for i, row in enumerate(rows):
        distances = np.linalg.norm(rows - row, axis=1)
        near = np.delete(np.argsort(distances), 0)[:30]
        assert i not in near

        def weights(width, at=distances[near]):
            raw = np.exp(-width * (at - at[0]))
            return raw / raw.sum()

        width = brentq(lambda w: -np.sum(weights(w) * np.log(weights(w))) - np.log(10), 1e-3, 1e2, xtol=1e-12)
        share = weights(width)[labels[near] == "a"].sum()
        expected.append(1 / (share**2 + (1 - share) ** 2))
    # harmonypy's search for the width stops at a difference of 1e-5 in entropy
    np.testing.assert_allclose(lisi(rows, labels, perplexity=10), expected, rtol=4e-6)
    # as the version of this function that was our own had it
    np.testing.assert_allclose(expected[:4], [1.4237105, 1.8472931, 1.1726198, 1.0128153], rtol=1e-7)

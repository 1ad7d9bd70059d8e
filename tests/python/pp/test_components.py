"""Components fitted to part of the spots: drawn evenly from slices of very different size."""

import numpy as np

from semst import pp


def test_a_small_slice_is_not_drowned_by_a_large_one():
    rng = np.random.default_rng(0)
    large = np.outer(rng.normal(size=2_000), [1.0, 0.0, 0.0]) + 0.01 * rng.normal(size=(2_000, 3))
    small = np.outer(rng.normal(size=60), [0.0, 1.5, 0.0]) + 0.01 * rng.normal(size=(60, 3))
    slices = np.repeat([0, 1], [2_000, 60])
    rows = np.vstack([large, small])
    drawn = pp.fit_components(rows, n_components=1, max_fit=120, slices=slices)
    assert abs(drawn.loadings[1, 0]) > 0.99  # half of what is drawn is of the small slice, which varies more
    whole = pp.fit_components(rows, n_components=1, slices=slices)
    assert abs(whole.loadings[0, 0]) > 0.99  # nothing is drawn: every spot counts alike


def test_one_slice_is_drawn_as_ever():
    rows = np.random.default_rng(0).normal(size=(300, 4))
    chosen = np.sort(np.random.default_rng(7).choice(300, 100, replace=False))
    drawn = pp.fit_components(rows, n_components=2, max_fit=100, random_state=7)
    np.testing.assert_array_equal(drawn.loadings, pp.fit_components(rows[chosen], n_components=2).loadings)

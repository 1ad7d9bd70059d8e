"""What the tissue says about a spot, against simulated tissue whose signal is known."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from semst import SemSTError, gr, pp


def _layers(width, noise, *, side=24, seed=0, n_components=8):
    """Components of a square tissue in stripes: signal in two of them, noise in all."""
    rng = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(side * side), side)
    stripe = (x // width) % 4
    levels = np.array([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]])[stripe]
    signal = np.zeros((side * side, n_components))
    signal[:, :2] = levels
    values = signal + noise * rng.normal(size=signal.shape)
    return np.column_stack([x, y]).astype(float), signal, values


def _found(xy, values, **options):
    rings = gr.neighbour_rings(xy, rings=(6, 18, 36), widest=0.1)
    around = gr.ring_means(values, rings)
    reach = gr.ring_reach(xy, rings)
    return pp.fit_tissue_signal(values, around, reach=reach, **options), around


def _explained(found, signal):
    """Share of the signal's variance that a linear map of the result explains."""
    x = found - found.mean(axis=0)
    y = signal - signal.mean(axis=0)
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - (rest**2).sum() / (y**2).sum()


@pytest.mark.parametrize(("width", "noise"), [(6, 1.0), (6, 3.0), (1, 0.5)])
def test_the_signal_is_nearer_than_what_was_seen_or_averaged(width, noise):
    xy, signal, values = _layers(width, noise)
    fitted, around = _found(xy, values, n_directions=2)
    found = _explained(fitted.project(values, around), signal)
    near = gr.smooth(values, gr.nearest_neighbours(xy, n_neighs=18))
    averaged = _explained(pp.fit_components(near, n_components=2).project(near), signal)
    seen = _explained(pp.fit_components(values, n_components=2).project(values), signal)
    assert found > min(averaged, seen) + 0.03
    if width > 1:  # a spot in a layer one spot wide is better off alone, were it known that it is in one
        assert found > max(averaged, seen) - 0.03
    else:
        assert found > 0.6 > 0.1 > averaged


def test_a_spot_speaks_for_itself_where_layers_are_one_spot_wide_and_hardly_in_noise():
    share = {
        (width, noise): _found(*_layers(width, noise)[::2], n_directions=2)[0].figures["own_share"]
        for width, noise in ((1, 0.3), (6, 3.0))
    }
    assert share[1, 0.3] > 0.6
    assert share[6, 3.0] < 0.4


def test_as_many_directions_as_the_neighbours_are_sure_of_and_six_at_least():
    xy, _, values = _layers(6, 1.0)
    fitted, around = _found(xy, values)
    assert fitted.figures["predicted"] == 2
    assert fitted.project(values, around).shape[1] == 6
    assert _found(xy, values, n_directions=3)[0].own.shape == (8, 3)
    assert _found(xy, values[:, :4])[0].own.shape == (4, 4)


def test_columns_are_uncorrelated_the_one_that_varies_most_first():
    xy, _, values = _layers(6, 1.0)
    fitted, around = _found(xy, values)
    found = fitted.project(values, around)
    products = np.cov(found.T)
    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=1e-4)
    assert (np.diff(np.diag(products)) < 1e-6).all()


def test_the_order_of_the_spots_has_no_part():
    xy, _, values = _layers(3, 1.0)
    fitted, around = _found(xy, values)
    order = np.random.default_rng(3).permutation(len(xy))
    again, around_again = _found(xy[order], values[order])
    np.testing.assert_allclose(
        again.project(values[order], around_again), fitted.project(values, around)[order], atol=2e-3
    )


def test_hidden_from_itself_a_spot_of_noise_is_not_found():
    """White noise has no signal: neither rings nor extrapolation may let the spot's own value through."""
    rng = np.random.default_rng(0)
    for n_spots in (280, 400, 1_000):
        side = int(np.ceil(np.sqrt(n_spots)))
        y, x = np.divmod(np.arange(n_spots), side)
        xy = np.column_stack([x, y]).astype(float)
        values = rng.normal(size=(n_spots, 20))
        fitted, around = _found(xy, values)
        assert fitted.figures["predicted"] <= 3
        assert abs(fitted.figures["explained"]) < 0.02
        assert fitted.figures["freedom"] < 20
        assert fitted.figures["own_share"] < 0.15


def test_weights_are_those_of_the_equations():
    """One component, one ring: weights solve two equations by hand."""
    rng = np.random.default_rng(1)
    xy = rng.uniform(size=(200, 2))
    field = np.sin(6 * xy[:, 0])
    values = (field + 0.5 * rng.normal(size=200))[:, None]
    near = cKDTree(xy).query(xy, k=7)[1][:, 1:]
    around = values[near].mean(axis=1)
    fitted = pp.fit_tissue_signal(values, around)
    c, m = values - values.mean(), around - around.mean()
    strength = pp.ridge_prediction(c, m).strength
    shared = float((c * m).sum())
    products = np.array([[(c**2).sum() + strength, shared], [shared, (m**2).sum() + strength]])
    own, ring = np.linalg.solve(products, [shared, shared])  # one ring: the spot counts as the ring vouches
    np.testing.assert_allclose(
        np.abs([fitted.own[0, 0], fitted.around[0, 0]]), np.abs([own, ring]), rtol=1e-6
    )


def test_rings_without_variation_leave_the_spots_their_own_word():
    values = np.random.default_rng(0).normal(size=(12, 3))
    fitted = pp.fit_tissue_signal(values, np.ones((12, 3)))
    np.testing.assert_allclose(
        fitted.project(values, np.ones((12, 3))), values - values.mean(axis=0), atol=1e-6
    )


def test_too_few_spots_are_refused():
    with pytest.raises(SemSTError, match="three or more"):
        pp.fit_tissue_signal(np.ones((2, 3)), np.ones((2, 3)))

"""Ridge regression that chooses its strength: by hand, against all pairs of rows, and by invariance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeCV

from semst import SemSTError
from semst.pp import ridge_prediction


def _related(n=80, p=12, d=4, noise=1.0, seed=0):
    rng = np.random.default_rng(seed)
    predictors = rng.normal(size=(n, p)) * np.linspace(0.3, 2, p) + 5
    weights = rng.normal(size=(p, d)) * (np.arange(p)[:, None] < 3)
    return predictors @ weights + rng.normal(size=(n, d)) * noise - 7, predictors


def _hat(predictors, strength):
    """The matrix that makes fitted values of targets, intercept included."""
    centred = predictors - predictors.mean(axis=0)
    inner = np.linalg.inv(centred.T @ centred + strength * np.eye(centred.shape[1]))
    return 1 / len(centred) + centred @ inner @ centred.T


def test_one_predictor_by_hand():
    # the centred predictor is -1 0 1, its sum of squares 2, and the slope of least squares 1
    targets, predictors = np.array([[2.0], [3.5], [4.0]]), np.array([[0.0], [1.0], [2.0]])
    found = ridge_prediction(targets, predictors)
    share = 2 / (2 + found.strength)
    mean, slope = 9.5 / 3, 1.0
    np.testing.assert_allclose(found.values.ravel(), mean + slope * share * np.array([-1, 0, 1]), rtol=1e-6)
    assert found.freedom == pytest.approx(share)


def test_fitted_values_are_those_of_scikit_learns_ridge():
    targets, predictors = _related()
    found = ridge_prediction(targets, predictors)
    expected = Ridge(alpha=found.strength).fit(predictors, targets).predict(predictors)
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)


def test_the_strength_has_the_least_generalised_cross_validation_error():
    targets, predictors = _related()
    found = ridge_prediction(targets, predictors)
    assert 0.2 < found.explained < 0.9

    def error(strength):
        hat = _hat(predictors, strength)
        return ((targets - hat @ targets) ** 2).sum() / (len(targets) - np.trace(hat)) ** 2

    assert found.freedom == pytest.approx(np.trace(_hat(predictors, found.strength)) - 1)
    tried = [error(found.strength * factor) for factor in np.logspace(-4, 4, 81)]
    assert error(found.strength) <= min(tried) * (1 + 1e-9)


def test_the_explained_share_is_that_of_rows_left_out_one_by_one():
    targets, predictors = _related(n=25, noise=2.0)
    found = ridge_prediction(targets, predictors)
    wrong = wrong_by_mean = 0.0
    for row in range(25):
        others = np.arange(25) != row
        told = Ridge(alpha=found.strength).fit(predictors[others], targets[others]).predict(predictors[[row]])
        wrong += ((targets[row] - told) ** 2).sum()
        wrong_by_mean += ((targets[row] - targets[others].mean(axis=0)) ** 2).sum()
    assert found.explained == pytest.approx(1 - wrong / wrong_by_mean, rel=1e-6)


def test_it_is_near_what_leave_one_out_would_choose():
    targets, predictors = _related(n=2000, noise=3.0)
    found = ridge_prediction(targets, predictors)
    other = RidgeCV(alphas=np.logspace(-2, 5, 141)).fit(predictors, targets)
    np.testing.assert_allclose(found.values, other.predict(predictors), atol=0.01)


def test_noise_is_not_predicted():
    rng = np.random.default_rng(3)
    found = ridge_prediction(rng.normal(size=(400, 5)), rng.normal(size=(400, 20)))
    assert found.explained < 0.02


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    factor=st.floats(1e-3, 1e3),
    shift=st.floats(-100, 100),
)
def test_unit_place_and_order_do_not_matter(seed, factor, shift):
    shift *= (
        factor  # far from zero in the new unit, single precision would keep too few digits of what varies
    )
    targets, predictors = _related(n=40, seed=seed)
    found = ridge_prediction(targets, predictors)
    order = np.random.default_rng(seed).permutation(40)
    other = ridge_prediction(factor * targets[order] + shift, factor * predictors[order] - shift)
    np.testing.assert_allclose((other.values - shift) / factor, found.values[order], rtol=1e-3, atol=1e-3)
    assert other.explained == pytest.approx(found.explained, abs=1e-4)


def test_turning_targets_or_predictors_turns_the_prediction_alone():
    targets, predictors = _related()
    rng = np.random.default_rng(0)
    turn, other_turn = (np.linalg.qr(rng.normal(size=(k, k)))[0] for k in (4, 12))
    found = ridge_prediction(targets, predictors)
    turned = ridge_prediction(targets @ turn, predictors @ other_turn)
    np.testing.assert_allclose(turned.values, found.values @ turn, rtol=1e-3, atol=1e-3)
    assert turned.explained == pytest.approx(found.explained, abs=1e-6)


def test_what_does_not_vary_is_its_own_prediction():
    _, predictors = _related()
    flat = ridge_prediction(np.full((80, 2), 3.0), predictors)
    assert (flat.values == 3).all() and flat.explained == 0
    blind = ridge_prediction(predictors, np.ones((80, 1)))
    np.testing.assert_allclose(blind.values, np.tile(predictors.mean(axis=0), (80, 1)), rtol=1e-6)


def test_more_predictors_than_rows():
    targets, predictors = _related(n=20, p=50)
    found = ridge_prediction(targets, predictors)
    assert np.isfinite(found.values).all() and found.explained <= 1 and 0 <= found.freedom <= 19


@pytest.mark.parametrize(
    ("targets", "predictors", "message"),
    [
        (np.ones((4, 1)), np.ones((5, 1)), "4 rows of targets and 5 of predictors"),
        (np.ones((2, 1)), np.ones((2, 1)), "three or more"),
        (np.full((4, 1), np.nan), np.ones((4, 1)), "targets has shape .* 4 values that are not finite"),
        (np.ones((4, 1)), np.ones(4), "predictors has shape"),
    ],
)
def test_what_is_refused(targets, predictors, message):
    with pytest.raises(SemSTError, match=message):
        ridge_prediction(targets, predictors)

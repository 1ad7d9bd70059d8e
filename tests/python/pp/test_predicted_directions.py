"""Directions that neighbours predict in spots left out."""

import numpy as np
import pytest

from semst.pp import predicted_directions


def _centred(values):
    return values - values.mean(axis=0)


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    around = _centred(rng.normal(size=(300, 8)))
    own = np.zeros((300, 6))
    own[:, :3] = 2 * around[:, :3]
    return _centred(own + rng.normal(size=own.shape)), around


def test_as_many_stand_out_as_there_are(parts):
    gains = predicted_directions(*parts, strength=1.0)
    assert (gains > 3).sum() == 3
    assert (gains[:3] > 3).all() and (gains[3:] < 1).all()


def test_none_stand_out_where_there_is_nothing_to_predict():
    found = [
        predicted_directions(_centred(rng.normal(size=(200, 10))), _centred(rng.normal(size=(200, 40))), 1.0)
        for rng in map(np.random.default_rng, range(10))
    ]
    assert np.max(found) < 3


def test_folds_follow_from_values_and_not_from_the_order_of_the_spots(parts):
    own, around = parts
    order = np.random.default_rng(1).permutation(len(own))
    np.testing.assert_allclose(
        predicted_directions(own[order], around[order], 2.0),
        predicted_directions(own, around, 2.0),
        rtol=1e-8,
    )


def test_sums_without_a_fold_are_those_of_a_fit_without_it(parts):
    """The fold's sums are taken off the whole; a fit to the other spots alone says the same."""
    own, around = (part[:40] for part in parts)
    own, around = _centred(own), _centred(around)
    folds = np.empty(40, dtype=int)
    folds[np.lexsort(own.T[:2][::-1])] = np.arange(40) % 10
    drops = np.zeros_like(own)
    for fold in range(10):
        out, rest = folds == fold, folds != fold
        x, c = around[rest], own[rest]
        ridge = _centred(x).T @ _centred(x) + 3.0 * rest.mean() * np.eye(8)
        weights = np.linalg.solve(ridge, _centred(x).T @ _centred(c))
        axes = np.linalg.svd(_centred(x) @ weights, full_matrices=False)[2].T
        truth = (own[out] - c.mean(axis=0)) @ axes
        drops[out] = truth**2 - (truth - (around[out] - x.mean(axis=0)) @ weights @ axes) ** 2
    wanted = drops.sum(axis=0) / (drops.std(axis=0) * np.sqrt(40))
    np.testing.assert_allclose(predicted_directions(own, around, 3.0), wanted, rtol=1e-7)

"""One step of EM against densities and covariances written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from semst.cluster import _em
from semst.cluster._em import RIDGE, TiedMixtures, e_step, m_step, run_em


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 2.0, 0.5]


@pytest.fixture
def posterior():
    """Of two mixtures of four components."""
    return np.random.default_rng(1).dirichlet(np.ones(4), size=(50, 2))


def test_m_step_is_the_weighted_mean_and_the_pooled_covariance(rows, posterior):
    mixtures = m_step(rows, posterior)
    for s in range(2):
        pooled = np.zeros((3, 3))
        for k in range(4):
            weight = posterior[:, s, k]
            mean = weight @ rows / weight.sum()
            assert_allclose(mixtures.means[s, k], mean, rtol=1e-8)
            assert_allclose(mixtures.weights[s, k], weight.mean(), rtol=1e-8)
            pooled += (weight[:, None] * (rows - mean)).T @ (rows - mean) / 50
        assert_allclose(np.linalg.inv(mixtures.precision[s]), pooled, rtol=1e-6, atol=1e-10)
        assert_allclose(mixtures.log_det[s], -np.linalg.slogdet(pooled)[1], rtol=1e-8)


def test_e_step_is_the_density(rows, posterior):
    mixtures = m_step(rows, posterior)
    found, likelihood = e_step(rows, mixtures)
    for s in range(2):
        covariance = np.linalg.inv(mixtures.precision[s])
        joint = np.column_stack(
            [
                np.log(mixtures.weights[s, k])
                + multivariate_normal.logpdf(rows, mixtures.means[s, k], covariance)
                for k in range(4)
            ]
        )
        assert_allclose(likelihood[s], logsumexp(joint, axis=1).mean(), rtol=1e-9)
        assert_allclose(found[:, s], np.exp(joint - logsumexp(joint, axis=1, keepdims=True)), rtol=1e-7)


def test_density_of_rows_that_were_not_fitted(rows, posterior):
    """Blocks of further rows have another second moment than the fitted ones."""
    mixtures = m_step(rows, posterior)
    _, whole = e_step(rows, mixtures)
    parts = [e_step(rows[part], mixtures)[1] for part in (slice(0, 7), slice(7, 50))]
    assert_allclose((7 * parts[0] + 43 * parts[1]) / 50, whole, rtol=1e-10)


def test_likelihood_never_falls(rows, posterior):
    mixtures, previous = m_step(rows, posterior), np.full(2, -np.inf)
    for _ in range(30):
        mixtures, likelihood, _ = run_em(rows, mixtures, max_iter=1, tol=0.0)
        assert (likelihood >= previous - 1e-12).all()
        previous = likelihood


def test_mixtures_side_by_side_do_not_mix(rows, posterior):
    both = m_step(rows, posterior)
    alone = m_step(rows, posterior[:, 1:])
    assert_allclose(both.take(slice(1, 2)).means, alone.means, rtol=1e-12)
    assert_allclose(e_step(rows, both)[0][:, 1], e_step(rows, alone)[0][:, 0], rtol=1e-10)


def test_singular_covariance_is_held_up():
    rows = np.repeat([[0.0, 0.0], [1.0, 1.0]], 5, axis=0)
    mixtures = m_step(rows, np.repeat(np.eye(2), 5, axis=0)[:, None, :])
    assert isinstance(mixtures, TiedMixtures)
    assert mixtures.ridged.tolist() == [True]
    assert_allclose(np.linalg.eigvalsh(mixtures.precision[0]), 1 / RIDGE)
    assert np.isfinite(e_step(rows, mixtures)[1]).all()


def test_empty_component_stays_finite():
    rows = np.random.default_rng(0).normal(size=(20, 2))
    posterior = np.zeros((20, 1, 3))
    posterior[:10, 0, 0] = posterior[10:, 0, 1] = 1
    found, likelihood = e_step(rows, m_step(rows, posterior))
    assert np.isfinite(likelihood).all()
    assert found[:, 0, 2].max() < 1e-6


@pytest.mark.parametrize("n_components", [1, 2, 7, 8, 12, 17, 24])
def test_posteriors_are_those_of_the_plain_formula_bit_by_bit(n_components, monkeypatch):
    monkeypatch.setattr(_em, "BLOCK_BYTES", 8 * 3 * n_components * 7)  # blocks of seven rows
    rng = np.random.default_rng(0)
    given, offsets = rng.normal(0, 9, (40, 3, n_components)), rng.normal(size=(3, n_components))
    density = given + offsets
    top = density.max(axis=2, keepdims=True)
    expected = np.exp(density - top)
    total = expected.sum(axis=2, keepdims=True)
    posterior = given.copy()
    sums = _em._normalise(posterior, offsets)
    np.testing.assert_array_equal(posterior, expected / total)
    np.testing.assert_array_equal(sums, np.log(total) + top)


def test_a_second_moment_that_is_there_is_taken():
    rng = np.random.default_rng(1)
    rows, posterior = rng.normal(size=(50, 3)), rng.dirichlet([1, 1], (50, 4))
    moment = _em.second_moment(rows)
    np.testing.assert_allclose(moment, np.mean([np.outer(row, row) for row in rows], axis=0), atol=1e-12)
    found, again = _em.m_step(rows, posterior), _em.m_step(rows, posterior, moment)
    for one, other in zip(vars(found).values(), vars(again).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(_em.e_step(rows, found)[1], _em.e_step(rows, found, moment)[1])

"""The tied mixture: what it finds, and what it says."""

import random

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from semst import SemSTError
from semst.cluster import mixture


def test_known_components_come_back_largest_first(separated):
    X, truth = separated
    result = mixture(X, 4)
    assert_array_equal(result.labels, truth)
    assert result.labels.dtype == np.int64
    assert result.uncertainty.dtype == np.float32
    assert result.uncertainty.max() < 1e-4
    assert result.method == "mixture"
    assert result.details["converged"]


def test_likelihood_and_uncertainty_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) * [3, 1, 0.2]
    X[:, 1] += 4 * rng.integers(0, 3, 400)  # components overlap
    ours = mixture(X, 3)
    means = np.stack([X[ours.labels == k].mean(axis=0) for k in range(3)])
    theirs = GaussianMixture(
        3, covariance_type="tied", means_init=means, tol=1e-9, max_iter=5000, reg_covar=0
    ).fit(X)
    assert ours.log_likelihood == pytest.approx(400 * theirs.score(X), rel=1e-6)
    posterior = theirs.predict_proba(X)
    assert_allclose(ours.uncertainty, 1 - posterior.max(axis=1), atol=2e-3)
    assert adjusted_rand_score(ours.labels, posterior.argmax(axis=1)) > 0.98
    assert 0.2 < ours.uncertainty.max() <= 2 / 3


def test_many_starts_escape_where_one_does_not(trap):
    X, truth = trap
    many = mixture(X, 4)
    assert adjusted_rand_score(truth, many.labels) > 0.95
    for seed in range(4):
        one = mixture(X, 4, n_starts=1, random_state=seed)
        assert one.log_likelihood < many.log_likelihood - 50
        assert adjusted_rand_score(truth, one.labels) < 0.6


def test_the_best_of_the_polished_starts_is_the_result(trap):
    result = mixture(trap[0], 4)
    scores = result.details["polished_mean_log_likelihoods"]
    assert (np.diff(scores) <= 0).all()
    assert result.log_likelihood == pytest.approx(240 * scores[0], rel=1e-8)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 100))
def test_order_of_spots_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(120, 4)) + 2 * rng.integers(0, 3, (120, 1))
    order = rng.permutation(120)
    one, other = mixture(X, 3, n_starts=8), mixture(X[order], 3, n_starts=8)
    assert_array_equal(one.labels[order], other.labels)
    assert_array_equal(one.uncertainty[order], other.uncertainty)
    assert one.log_likelihood == other.log_likelihood


def test_linear_maps_move_the_likelihood_only(separated):
    X, _ = separated
    rng = np.random.default_rng(0)
    linear = rng.normal(size=(4, 4)) * [1e-3, 1, 10, 1e3]
    one, other = mixture(X, 4), mixture(X @ linear + 7, 4)
    assert_array_equal(one.labels, other.labels)
    shift = -len(X) * np.log(abs(np.linalg.det(linear)))
    assert other.log_likelihood == pytest.approx(one.log_likelihood + shift, rel=1e-6)


def test_same_seed_same_bits_and_no_global_state(trap):
    np.random.seed(1)
    random.seed(1)
    states = np.random.get_state()[1].copy(), random.getstate()
    one, other = mixture(trap[0], 4, random_state=3), mixture(trap[0], 4, random_state=3)
    assert_array_equal(one.labels, other.labels)
    assert_array_equal(one.uncertainty, other.uncertainty)
    assert_array_equal(np.random.get_state()[1], states[0])
    assert random.getstate() == states[1]


def test_large_data_are_fitted_on_a_part(messages):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 3000)
    X = rng.normal(size=(3000, 2)) + 9 * np.eye(3)[truth][:, :2]
    whole, part = mixture(X, 3), mixture(X, 3, max_fit=400)
    assert part.details["n_fit"] == 400
    assert "fitting the mixture to 400 of 3000 spots" in messages.text
    assert adjusted_rand_score(whole.labels, part.labels) > 0.99
    assert part.log_likelihood < whole.log_likelihood
    assert part.log_likelihood == pytest.approx(whole.log_likelihood, rel=0.01)


@pytest.mark.parametrize("form", [np.float32, pd.DataFrame, np.asfortranarray, list])
def test_type_of_the_embedding_does_not_matter(separated, form):
    X = separated[0].astype(np.float32)
    given = X.astype(form) if form is np.float32 else form(X)
    assert_array_equal(mixture(given, 4, n_starts=4).labels, mixture(X.astype(float), 4, n_starts=4).labels)


def test_details_can_be_written(separated, tmp_path):
    result = mixture(separated[0], 4, n_starts=4)
    adata = anndata.AnnData(separated[0], uns={"clustering": result.details})
    adata.write_h5ad(tmp_path / "a.h5ad")
    assert int(anndata.read_h5ad(tmp_path / "a.h5ad").uns["clustering"]["n_starts"]) == 4


def test_dimensions_that_follow_from_others_are_left_out(separated, messages):
    X, truth = separated
    redundant = np.column_stack([X, X[:, 0] - X[:, 1], np.full(len(X), 3.0)])
    result = mixture(redundant, 4)
    assert_array_equal(result.labels, truth)
    assert "varies in only 4 of its 6 dimensions" in messages.text


def test_singular_covariance_is_held_up_with_a_warning(messages):
    """Spots that repeat exactly: the likelihood has no maximum."""
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), [5, 7, 9], axis=0)
    result = mixture(X, 3)
    assert np.bincount(result.labels).tolist() == [9, 7, 5]
    assert "the covariance within domains is singular" in messages.text


def test_more_dimensions_than_spots():
    X = np.random.default_rng(0).normal(size=(8, 30))
    X[:4] += 50
    assert set(mixture(X, 2).labels[:4]) != set(mixture(X, 2).labels[4:])


def test_one_dimension():
    X = np.concatenate([np.random.default_rng(0).normal(m, 1, 30) for m in (0, 20)])[:, None]
    assert np.bincount(mixture(X, 2).labels).tolist() == [30, 30]


def test_number_of_domains_is_met_or_the_message_says_what_came_out():
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 10, axis=0)
    with pytest.raises(
        SemSTError, match=r"mixture found 3 domains instead of the 5 asked for.*3 different rows"
    ):
        mixture(X, 5)


def test_messages():
    X = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(SemSTError, match="n_domains is 1. At least 2"):
        mixture(X, 1)
    with pytest.raises(SemSTError, match="n_domains is 21, but there are only 20 spots"):
        mixture(X, 21)
    with pytest.raises(SemSTError, match="n_domains is 2.5"):
        mixture(X, 2.5)
    with pytest.raises(SemSTError, match="n_starts is 0"):
        mixture(X, 2, n_starts=0)
    with pytest.raises(SemSTError, match="All spots have the same embedding"):
        mixture(np.ones((20, 3)), 2)
    with pytest.raises(SemSTError, match=r"shape \(20,\); spots x dimensions"):
        mixture(X[:, 0], 2)
    with pytest.raises(SemSTError, match="cannot be read as numbers"):
        mixture([["a", "b"]] * 20, 2)
    for bad in (np.nan, np.inf):
        broken = X.copy()
        broken[[4, 9], 1] = bad
        with pytest.raises(SemSTError, match=r"NaN or infinite for 2 of 20 spots \(first: row 4\).*diverged"):
            mixture(broken, 2)


@pytest.mark.slow
def test_memory_grows_with_the_spots_only():
    """200,000 spots: one matrix of all pairs would take 160 GB or more."""
    import tracemalloc

    rng = np.random.default_rng(0)
    X = rng.normal(size=(200_000, 10)) + 5 * rng.integers(0, 4, (200_000, 1))
    tracemalloc.start()
    result = mixture(X, 4, n_starts=4, max_fit=2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(result.labels) == 200_000
    assert peak < 12 * X.nbytes

"""Domains as a fitted mixture."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from semst import cluster
from semst.cluster import DomainMixture
from semst.cluster._r_session import why_not

R_IS_MISSING = why_not()
IN_R = pytest.param(
    "mclust", marks=pytest.mark.skipif(R_IS_MISSING is not None, reason=f"mclust: {R_IS_MISSING}")
)


def blobs(n=300, k=3, d=3, seed=0):
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(d, d))
    labels = rng.integers(k, size=n)
    return 4 * rng.normal(size=(k, d))[labels] + rng.normal(size=(n, d)) @ spread, labels


def test_densities_are_those_of_the_gaussians_themselves():
    X, labels = blobs()
    found = DomainMixture.of_labels(X, labels)
    means = np.stack([X[labels == k].mean(axis=0) for k in range(3)])
    residual = X - means[labels]
    covariance = residual.T @ residual / len(X)
    shares = np.bincount(labels) / len(X)
    others = X[:20] + 1
    by_hand = sum(
        share * multivariate_normal(mean, covariance).pdf(others)
        for share, mean in zip(shares, means, strict=True)
    )
    np.testing.assert_allclose(found.log_likelihood(others), np.log(by_hand), rtol=1e-9)
    one = shares[1] * multivariate_normal(means[1], covariance).pdf(others)
    np.testing.assert_allclose(found.posterior(others)[:, 1], one / by_hand, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("method", ["mixture", IN_R, "kmeans"])
@pytest.mark.parametrize("n_dims", [1, 3])
def test_a_clusterer_reads_its_own_rows_as_it_labelled_them(method, n_dims):
    X, _ = blobs(d=n_dims, seed=2)
    found = cluster.cluster(X, 3, method=method)
    posterior = found.mixture.posterior(X)
    np.testing.assert_array_equal(posterior.argmax(axis=1), found.labels)
    if found.uncertainty is not None:
        np.testing.assert_allclose(1 - posterior.max(axis=1), found.uncertainty, atol=2e-3)
        np.testing.assert_allclose(found.mixture.log_likelihood(X).sum(), found.log_likelihood, rtol=1e-4)


def test_a_direction_without_variance_has_no_say():
    X, labels = blobs(d=2)
    flat = np.column_stack([X, np.full(len(X), 7.0)])
    for method in ("mixture", "kmeans"):
        found = cluster.cluster(flat, 3, method=method).mixture
        np.testing.assert_array_equal(
            found.posterior(flat).argmax(axis=1), cluster.cluster(flat, 3, method=method).labels
        )
    moved = flat + [0, 0, 5]
    read = DomainMixture.of_labels(flat, labels)
    np.testing.assert_allclose(read.log_likelihood(moved), read.log_likelihood(flat))


@pytest.mark.parametrize("method", ["mixture", IN_R])
def test_rows_that_do_not_vary_in_a_direction_are_read_in_their_own_frame(method):
    X, _ = blobs(d=2)
    flat = np.column_stack([X[:, 0], np.full(len(X), 7.0), X[:, 1]])
    found = cluster.cluster(flat, 3, method=method)
    np.testing.assert_array_equal(found.mixture.posterior(flat).argmax(axis=1), found.labels)


def test_a_fit_to_part_of_the_rows_labels_all_of_them_alike():
    X, _ = blobs(n=400)
    found = cluster.mixture(X, 3, max_fit=200)
    np.testing.assert_array_equal(found.mixture.posterior(X).argmax(axis=1), found.labels)


def test_typicality_is_the_share_of_less_likely_fitted_rows():
    X, labels = blobs()
    found = DomainMixture.of_labels(X, labels)
    ranks = np.argsort(np.argsort(found.log_likelihood(X))) / (len(X) - 1)
    np.testing.assert_allclose(found.typicality(X), ranks, atol=2 / len(X))
    assert found.typicality(X.mean(axis=0, keepdims=True) + 1e3).tolist() == [0.0]


def test_blocks_do_not_matter(monkeypatch):
    X, labels = blobs()
    whole = DomainMixture.of_labels(X, labels).posterior(X)
    monkeypatch.setattr("semst.cluster._domain_mixture.BLOCK_ROWS", 7)
    np.testing.assert_allclose(DomainMixture.of_labels(X, labels).posterior(X), whole, rtol=1e-12)

"""Spots that are drawn: as ever of one slice, evenly of several."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from semst import SemSTError
from semst._draw import draw, even_quotas, pick
from semst.cluster import choose_n_domains, cluster, mixture, stability
from semst.cluster._slice_codes import slice_codes

KEPT = {"n_subsamples": 3, "n_starts": 4}


def two_slices(n_large):
    """A large slice in two domains, and a small one of 30 spots, which is a domain of its own."""
    rng = np.random.default_rng(0)
    large = rng.normal(size=(n_large, 3)) + 8 * np.repeat([[0, 0, 0], [1, 0, 0]], n_large // 2, axis=0)
    X = np.concatenate([large, rng.normal(size=(30, 3)) * 0.3 + [0, 0, 4]])
    return X, np.repeat(["large", "small"], [n_large, 30])


@pytest.fixture(scope="module")
def drowned():
    return two_slices(3000)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.data())
def test_quotas_use_all_that_is_asked_for_and_leave_no_slice_behind(sizes, data):
    sizes = np.array(sizes)
    most = data.draw(st.integers(0, int(sizes.sum())))
    quotas = even_quotas(sizes, most)
    assert quotas.sum() == most
    assert (quotas <= sizes).all()
    short = quotas < sizes  # who could give more gives no less, but for a rest, than anybody
    assert not short.any() or quotas[short].min() >= quotas.max() - 1


@settings(max_examples=40)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 5))
def test_one_slice_is_drawn_as_ever(n, most, seed):
    expected = np.arange(n)
    if n > most:
        expected = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    assert_array_equal(draw(np.random.default_rng(seed), n, most), expected)


def test_several_slices_give_their_quotas_each_spot_once():
    slices = np.repeat([0, 1, 2], [500, 8, 92])
    chosen = draw(np.random.default_rng(0), 600, 100, slices)
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(slices[chosen]).tolist() == [46, 8, 46]
    half = pick(np.random.default_rng(0), 600, 300, slices, share=0.5)
    assert np.bincount(slices[half]).tolist() == [250, 4, 46]


def test_one_value_is_one_slice_and_wrong_ones_are_told():
    assert slice_codes(np.repeat("a", 3), np.arange(3)) is None
    with pytest.raises(SemSTError, match="samples holds 2 values, for 3 spots. Give the slice of every spot"):
        slice_codes(["a", "b"], np.arange(3))
    with pytest.raises(SemSTError, match="holds 3 values, 1 of them missing, for 3 spots"):
        slice_codes(["a", None, "b"], np.arange(3))


def test_a_small_slice_is_heard_where_a_large_one_is_drawn_from(drowned):
    X, samples = drowned
    small = samples == "small"

    def purity(found):
        return max((found.labels[small] == k).mean() - (found.labels[~small] == k).mean() for k in range(3))

    options = [{"n_starts": 20, "max_fit": 60, "random_state": seed} for seed in range(4)]
    heard = [purity(mixture(X, 3, samples=samples, **one)) for one in options]
    by_size = [purity(mixture(X, 3, **one)) for one in options]  # of 60 spots not even one of the small slice
    assert min(heard) > 0.9
    assert np.mean(by_size) < 0.8


def test_the_order_of_the_spots_says_nothing_with_slices_either(drowned):
    X, samples = drowned
    order = np.random.default_rng(3).permutation(len(X))
    one = mixture(X, 3, n_starts=6, max_fit=150, samples=samples)
    other = mixture(X[order], 3, n_starts=6, max_fit=150, samples=samples[order])
    assert_array_equal(one.labels[order], other.labels)


def test_one_slice_gives_the_bits_it_gave(drowned):
    X, _ = drowned
    named = np.repeat("a", len(X))
    options = {"method": "mixture", "n_starts": 4, "max_fit": 200}
    plain, one = cluster(X, 3, **options), cluster(X, 3, samples=named, **options)
    assert_array_equal(plain.labels, one.labels)
    assert_array_equal(plain.uncertainty, one.uncertainty)
    assert stability(X, plain.labels, 3, **KEPT) == stability(X, plain.labels, 3, samples=named, **KEPT)
    curves = [
        choose_n_domains(X[:400], [2, 3], progress=False, **KEPT, samples=s).curves
        for s in (None, named[:400])
    ]
    assert curves[0].equals(curves[1])


def test_a_domain_of_a_small_slice_counts_for_how_stable_domains_are():
    X, samples = two_slices(12_000)
    truth = np.where(samples == "small", 2, X[:, 0] > 4)
    heard, by_size = (stability(X, truth, 3, samples=s, **KEPT) for s in (samples, None))
    assert heard > 0.99 > by_size
    options = {"n_subsamples": 3, "n_starts": 3, "progress": False}
    curves = [choose_n_domains(X, [3], samples=s, **options).curves for s in (samples, None)]
    assert curves[0].loc[3, "stability"] > 0.99 > curves[1].loc[3, "stability"]

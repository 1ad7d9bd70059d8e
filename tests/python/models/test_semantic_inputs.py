"""Semantic vectors as the network takes them in."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from semst.models import smooth_and_centre


def _ring(n):
    step = sp.csr_matrix((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    return sp.csr_matrix(step + step.T)


def _uneven(n):
    """A graph in which degrees differ, so that averages are rounded differently."""
    graph = sp.random(n, n, density=0.2, random_state=0, format="csr")
    graph = sp.csr_matrix(((graph + graph.T) > 0).astype(float))
    graph.setdiag(0)
    graph.eliminate_zeros()
    return graph


def test_by_hand():
    found, scale = smooth_and_centre(np.array([[0.0], [3.0], [6.0]]), sp.csr_matrix((3, 3)))
    np.testing.assert_allclose(found, np.array([[-1.0], [0.0], [1.0]]) * np.sqrt(1.5), rtol=1e-6)
    assert scale.mean == 3


@given(value=st.floats(-1e3, 1e3, width=32), shift=st.floats(0, 1, width=32))
def test_one_vector_for_all_spots_says_nothing(value, shift):
    vectors = np.tile(np.float32([value, value + shift, 0.1]), (40, 1))
    found, _ = smooth_and_centre(vectors, _uneven(40))
    np.testing.assert_array_equal(found, 0)


def test_small_differences_beside_a_large_common_part_are_kept():
    rng = np.random.default_rng(0)
    vectors = (5 + 1e-3 * rng.normal(size=(40, 8))).astype(np.float32)
    found, _ = smooth_and_centre(vectors, _ring(40))
    np.testing.assert_allclose(np.sqrt((found**2).mean()), 1, rtol=1e-5)


def test_slices_are_centred_by_themselves_and_share_a_size():
    vectors, samples = np.array([[0.0], [2.0], [10.0], [16.0], [7.0]]), np.array(list("bbccd"))
    found, scale = smooth_and_centre(vectors, sp.csr_matrix((5, 5)), samples=samples)
    centred = np.array([-1, 1, -3, 3, 0])
    np.testing.assert_allclose(found[:, 0], centred / np.sqrt(4), rtol=1e-6)
    assert scale.mean is None and scale.size == 2
    later, _ = smooth_and_centre(vectors[:2] + 100, sp.csr_matrix((2, 2)), scale=scale)
    np.testing.assert_allclose(later[:, 0], [-0.5, 0.5])
    one = [smooth_and_centre(vectors, _ring(5), samples=each)[0] for each in (None, np.array(["a"] * 5))]
    np.testing.assert_array_equal(*one)


def test_an_earlier_scale_is_used_again():
    vectors = np.random.default_rng(0).normal(size=(20, 3))
    found, scale = smooth_and_centre(vectors, _ring(20))
    again, _ = smooth_and_centre(vectors + 1, _ring(20), scale=scale)
    np.testing.assert_allclose(again, found + 1 / scale.size, rtol=1e-4, atol=1e-5)

"""Degree scaling, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from semst import SemSTError
from semst.gr import normalise_adjacency, spatial_graph

PATH = sparse.csr_matrix([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]])  # 0 - 1 - 2, and 3 alone


def test_symmetric_with_self_loops():
    a, b = 1 / 2, 1 / np.sqrt(6)
    expected = [[a, b, 0, 0], [b, 1 / 3, b, 0], [0, b, a, 0], [0, 0, 0, 1]]
    assert_allclose(normalise_adjacency(PATH).toarray(), expected, rtol=1e-6)


def test_row_with_self_loops():
    expected = [[0.5, 0.5, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]]
    assert_allclose(normalise_adjacency(PATH, kind="row").toarray(), expected, rtol=1e-6)


def test_without_self_loops_an_isolated_spot_has_an_empty_row():
    row = normalise_adjacency(PATH, kind="row", self_loops=False).toarray()
    assert_allclose(row, [[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    h = np.sqrt(0.5)
    symmetric = normalise_adjacency(PATH, self_loops=False).toarray()
    assert_allclose(symmetric, [[0, h, 0, 0], [h, 0, h, 0], [0, h, 0, 0], [0, 0, 0, 0]], rtol=1e-6)


def test_self_loops_already_there_are_not_doubled():
    assert_array_equal(
        normalise_adjacency(PATH + sparse.identity(4)).toarray(), normalise_adjacency(PATH).toarray()
    )


def test_nine_spots():
    """Corner, edge and centre have 3, 4 and 5 neighbours, themselves included."""
    graph = spatial_graph(np.argwhere(np.ones((3, 3))), radius=1)
    scaled = normalise_adjacency(graph.adjacency)
    assert scaled.dtype == np.float32
    assert scaled.format == "csr"
    assert_allclose(scaled[0, 1], 1 / np.sqrt(3 * 4), rtol=1e-6)
    assert_allclose(scaled[1, 4], 1 / np.sqrt(4 * 5), rtol=1e-6)
    assert_allclose(scaled.diagonal()[[0, 1, 4]], [1 / 3, 1 / 4, 1 / 5], rtol=1e-6)
    rows = normalise_adjacency(graph.adjacency, kind="row")
    assert_allclose(np.asarray(rows.sum(axis=1)).ravel(), 1, rtol=1e-6)


def test_input_is_not_changed():
    before = PATH.copy()
    normalise_adjacency(PATH)
    assert (before != PATH).nnz == 0


def test_unknown_kind():
    with pytest.raises(SemSTError, match='kind must be "symmetric" or "row", not \'left\''):
        normalise_adjacency(PATH, kind="left")


@pytest.mark.parametrize("kind", ["symmetric", "row"])
def test_blocks_of_rows_do_not_matter(monkeypatch, kind):
    graph = sparse.random(30, 30, density=0.2, random_state=0, format="csr")
    whole = normalise_adjacency(graph + graph.T, kind=kind)
    monkeypatch.setattr("semst.gr._normalise.BLOCK_ROWS", 7)
    assert (whole != normalise_adjacency(graph + graph.T, kind=kind)).nnz == 0

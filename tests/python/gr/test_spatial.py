"""Spatial graphs on spots whose neighbours can be counted by hand."""

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from semst import SemSTError
from semst.gr import knn_spatial_graph, spatial_graph

NINE = np.argwhere(np.ones((3, 3)))  # 0 1 2 / 3 4 5 / 6 7 8


def edges(graph):
    rows, columns = graph.adjacency.nonzero()
    return {(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i < j}


@pytest.fixture
def messages(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("semst"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


def check_form(adjacency):
    assert adjacency.format == "csr"
    assert adjacency.dtype == np.float32
    assert set(adjacency.data) <= {1.0}
    assert (adjacency != adjacency.T).nnz == 0
    assert adjacency.diagonal().sum() == 0
    assert adjacency.has_canonical_format


def test_nine_spots_by_radius():
    graph = spatial_graph(NINE, radius=1.0)
    expected = {
        (0, 1),
        (1, 2),
        (3, 4),
        (4, 5),
        (6, 7),
        (7, 8),
        (0, 3),
        (3, 6),
        (1, 4),
        (4, 7),
        (2, 5),
        (5, 8),
    }
    assert edges(graph) == expected
    assert graph.mean_degree == pytest.approx(24 / 9)
    assert graph.radius == 1.0
    check_form(graph.adjacency)


def test_nine_spots_by_wanted_degree():
    assert edges(spatial_graph(NINE, n_neighs=4)) == edges(spatial_graph(NINE, radius=1.2))
    more = np.argwhere(np.ones((5, 5)))
    assert edges(spatial_graph(more, n_neighs=8)) == edges(spatial_graph(more, radius=1.5))


def test_nearest_neighbours_are_symmetrised_by_union():
    line = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])
    graph = knn_spatial_graph(line, n_neighs=1)
    assert edges(graph) == {(0, 1), (1, 2), (2, 3)}
    assert graph.radius is None
    assert graph.mean_degree == 1.5
    check_form(graph.adjacency)


def test_nearest_neighbours_among_duplicates_never_include_the_spot():
    """Six spots on one place: by position alone a spot need not be its own nearest."""
    points = np.concatenate([np.zeros((6, 2)), [[1.0, 0], [2, 0], [3, 0]]])
    graph = knn_spatial_graph(points, n_neighs=2)
    check_form(graph.adjacency)
    assert np.diff(graph.adjacency.indptr).min() >= 2


def test_isolated_spots_are_counted_and_reported(messages):
    graph = spatial_graph(np.concatenate([NINE, [[50, 50], [90, 90]]]), radius=1.0)
    assert graph.n_isolated == 2
    assert "2 of 11 spots have no neighbour" in messages.text
    assert graph.describe() == {
        "mean_degree": 24 / 11,
        "n_isolated": 2,
        "n_edges": 12,
        "radius": 1.0,
    }


def test_samples_make_blocks_with_their_own_radius():
    """The second slice comes in another unit and lies on top of the first."""
    points = np.concatenate([NINE, 100 * NINE])
    samples = np.array(["a", "b"]).repeat(9)
    order = np.random.default_rng(0).permutation(18)
    graph = spatial_graph(points[order], n_neighs=4, samples=samples[order])
    one = spatial_graph(NINE, n_neighs=4).adjacency.toarray()
    expected = np.zeros((18, 18))
    expected[:9, :9] = expected[9:, 9:] = one
    assert_array_equal(graph.adjacency.toarray(), expected[order][:, order])
    assert graph.radius is None
    assert graph.sample_radii["b"] == pytest.approx(100 * graph.sample_radii["a"])
    record = graph.describe()
    assert dict(zip(record["samples"], record["sample_radii"], strict=True)) == graph.sample_radii


def test_samples_of_nearest_neighbours_stay_apart():
    points = np.concatenate([NINE, NINE + 0.25])
    samples = ["a"] * 9 + ["b"] * 9
    matrix = knn_spatial_graph(points, n_neighs=2, samples=samples).adjacency
    assert matrix[:9, 9:].nnz == 0
    assert matrix[:9, :9].nnz == matrix[9:, 9:].nnz > 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(1, 6), grid=st.booleans())
def test_order_of_spots_does_not_matter(seed, k, grid):
    rng = np.random.default_rng(seed)
    points = np.argwhere(np.ones((6, 6))).astype(float) if grid else rng.random((40, 2))
    order = rng.permutation(len(points))
    one = knn_spatial_graph(points, n_neighs=k).adjacency
    other = knn_spatial_graph(points[order], n_neighs=k).adjacency
    assert (one[order][:, order] != other).nnz == 0


def test_radius_graph_equals_all_distances():
    points = np.random.default_rng(1).random((200, 3))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    expected = (distances <= 0.2) & ~np.eye(200, dtype=bool)
    assert_array_equal(spatial_graph(points, radius=0.2).adjacency.toarray(), expected)


@pytest.mark.parametrize("radius", [0, -1, np.nan, np.inf])
def test_impossible_radius(radius):
    with pytest.raises(SemSTError, match="radius must be a positive number"):
        spatial_graph(NINE, radius=radius)


def test_sample_too_small_is_named():
    with pytest.raises(SemSTError, match='Sample "b".*only 2 spots'):
        knn_spatial_graph(np.random.default_rng(0).random((9, 2)), n_neighs=3, samples=["a"] * 7 + ["b"] * 2)
    with pytest.raises(SemSTError, match='Sample "b".*only 2 spots'):
        spatial_graph(np.random.default_rng(0).random((9, 2)), n_neighs=3, samples=["a"] * 7 + ["b"] * 2)


def test_sample_too_small_is_joined_where_that_is_asked_for():
    points = np.vstack([np.argwhere(np.ones((5, 5))), [[0, 0], [40, 0], [0, 30]], [[3, 3]]]).astype(float)
    samples = np.array(["many"] * 25 + ["few"] * 3 + ["one"])
    for graph in (
        spatial_graph(points, n_neighs=4, samples=samples, or_all=True),
        knn_spatial_graph(points, n_neighs=4, samples=samples, or_all=True),
    ):
        few = graph.adjacency[25:].toarray()
        np.testing.assert_array_equal(few[:3, 25:28], 1 - np.eye(3))
        assert few.sum() == 6 and graph.n_isolated == 1
    alone = spatial_graph(points[:25], n_neighs=4).adjacency
    whole = spatial_graph(points, n_neighs=4, samples=samples, or_all=True).adjacency
    assert (whole[:25, :25] != alone).nnz == 0


def test_bad_sample_labels():
    with pytest.raises(SemSTError, match="3 sample labels for 9 spots"):
        spatial_graph(NINE, n_neighs=4, samples=["a", "b", "c"])
    with pytest.raises(SemSTError, match="2 of 9 spots have no sample label"):
        spatial_graph(NINE, n_neighs=4, samples=["a"] * 7 + [None, np.nan])


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "lattice"), [("dlpfc_151673", True), ("starmap_mpfc_BZ5", False), ("osmfish_ssctx", False)]
)
def test_real_slices(shared_data, name, lattice):
    import anndata

    adata = anndata.read_h5ad(shared_data / f"{name}.h5ad")
    for wanted in (6, 12, 18):
        graph = spatial_graph(adata.obsm["spatial"], n_neighs=wanted)
        degrees = np.diff(graph.adjacency.indptr)
        if lattice:
            assert np.median(degrees) == degrees.max() == wanted
        else:
            assert graph.mean_degree == pytest.approx(wanted, abs=0.01)


def test_blocks_of_spots_do_not_matter(monkeypatch):
    points = np.random.default_rng(0).random((40, 2))
    whole = knn_spatial_graph(points, n_neighs=5).adjacency
    monkeypatch.setattr("semst.gr._knn.BLOCK_ROWS", 9)
    assert (whole != knn_spatial_graph(points, n_neighs=5).adjacency).nnz == 0

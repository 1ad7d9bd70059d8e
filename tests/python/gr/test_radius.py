"""The radius found for a wanted number of neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semst import SemSTError
from semst.gr import find_radius, spatial_graph


def hexagons(n_rows, n_columns):
    """Visium's layout with spacing 1."""
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    return np.column_stack([column + 0.5 * (row % 2), row * np.sqrt(3) / 2])


def inner_degrees(graph, points, depth):
    inside = (points > points.min(axis=0) + depth).all(axis=1) & (points < points.max(axis=0) - depth).all(
        axis=1
    )
    return set(np.diff(graph.adjacency.indptr)[inside])


@pytest.mark.parametrize("shape", [(10, 10), (13, 40), (60, 60)])
@pytest.mark.parametrize(("wanted", "ring"), [(6, 1.0), (12, 3**0.5), (18, 2.0), (30, 7**0.5), (36, 3.0)])
def test_hexagonal_grid_gives_whole_rings(shape, wanted, ring):
    points = hexagons(*shape)
    radius = find_radius(points, n_neighs=wanted)
    beyond = {1.0: 3**0.5, 3**0.5: 2.0, 2.0: 7**0.5, 7**0.5: 3.0, 3.0: 12**0.5}[ring]
    assert ring * 1.03 < radius < beyond * 0.97
    if min(shape) > 2 * ring + 4:
        assert inner_degrees(spatial_graph(points, n_neighs=wanted), points, ring + 0.1) == {wanted}


@pytest.mark.parametrize(("wanted", "ring"), [(4, 1.0), (8, 2**0.5), (12, 2.0), (20, 5**0.5)])
def test_square_grid_gives_whole_rings(wanted, ring):
    points = np.argwhere(np.ones((15, 15)))
    graph = spatial_graph(points, n_neighs=wanted)
    assert inner_degrees(graph, points, ring + 0.1) == {wanted}


@pytest.mark.parametrize("wanted", [6, 12, 18])
def test_pixel_rounding_and_holes_do_not_change_the_rings(wanted):
    rng = np.random.default_rng(0)
    points = hexagons(40, 40)
    points = points[rng.random(len(points)) > 0.03]  # spots off the tissue
    exact = spatial_graph(points, n_neighs=wanted).adjacency
    rounded = spatial_graph(np.round(137 * points), n_neighs=wanted).adjacency
    assert (exact != rounded).nnz == 0


@pytest.mark.parametrize("wanted", [8, 10, 14])
def test_a_number_between_two_rings_takes_the_closer_ring(wanted):
    degrees = inner_degrees(spatial_graph(hexagons(20, 20), n_neighs=wanted), hexagons(20, 20), 3)
    assert degrees == {{8: 6, 10: 12, 14: 12}[wanted]}


@pytest.mark.parametrize("n_spots", [40, 300, 3000])
@pytest.mark.parametrize("wanted", [3, 6, 12, 25])
def test_irregular_spots_meet_the_wanted_mean(n_spots, wanted):
    rng = np.random.default_rng(n_spots)
    points = rng.random((n_spots, 2)) * rng.random((n_spots, 1))  # dense in one corner
    assert spatial_graph(points, n_neighs=wanted).mean_degree == pytest.approx(wanted, abs=1.5 / n_spots)


def test_three_dimensions():
    cube = np.argwhere(np.ones((7, 7, 7)))
    assert 1 < find_radius(cube, n_neighs=6) < 2**0.5


def test_all_pairs_can_be_wanted():
    points = np.array([[0, 0], [1, 0], [0, 3], [9, 9]])
    assert spatial_graph(points, n_neighs=3).mean_degree == 3


def test_spots_on_top_of_each_other():
    """Ten positions a step apart, five spots on each: four neighbours are at distance 0."""
    points = np.repeat(np.column_stack([np.arange(10), np.zeros(10)]), 5, axis=0)
    graph = spatial_graph(points, n_neighs=4)
    assert set(np.diff(graph.adjacency.indptr)) == {4}
    wider = spatial_graph(points, n_neighs=14)
    assert np.diff(wider.adjacency.indptr).max() == 14


def test_one_outlier_does_not_widen_the_radius():
    points = np.concatenate([hexagons(20, 20), [[1e6, 1e6]]])
    graph = spatial_graph(points, n_neighs=6)
    assert 1 < graph.radius < 3**0.5
    assert graph.n_isolated == 1


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    scale=st.sampled_from([1e-4, 0.5, 1.0, 300.0, 1e6]),
    shift=st.floats(-100, 100),
    wanted=st.integers(1, 10),
    lattice=st.booleans(),
)
def test_scale_shift_and_order_do_not_matter(seed, scale, shift, wanted, lattice):
    rng = np.random.default_rng(seed)
    points = hexagons(8, 8) if lattice else rng.random((60, 2))
    order = rng.permutation(len(points))
    moved = scale * (points + shift)
    one = spatial_graph(points, n_neighs=wanted)
    other = spatial_graph(moved[order], n_neighs=wanted)
    assert (one.adjacency[order][:, order] != other.adjacency).nnz == 0
    assert other.radius == pytest.approx(scale * one.radius, rel=1e-6)


def test_too_few_spots():
    with pytest.raises(SemSTError, match="n_neighs is 12, but there are only 5 spots"):
        find_radius(np.random.default_rng(0).random((5, 2)))


def test_bad_coordinates():
    with pytest.raises(SemSTError, match="the same point for all 30 spots"):
        find_radius(np.ones((30, 2)))
    with pytest.raises(SemSTError, match="NaN or infinite for 1 of 30 spots"):
        find_radius(np.where(np.arange(60).reshape(30, 2) == 7, np.nan, 1.0))

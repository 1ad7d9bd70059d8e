"""Rings of neighbours, by hand, against all pairs, and what leaves them as they are."""

import numpy as np
import pytest

from semst import SemSTError, gr


def _members(ring, spot):
    return sorted(ring[[spot]].indices.tolist())


def test_rings_and_means_by_hand():
    line = np.column_stack([[0.0, 1.0, 3.0, 7.0, 15.0], np.zeros(5)])
    first, second = gr.neighbour_rings(line, rings=(1, 3))
    assert [_members(first, spot) for spot in range(5)] == [[1], [0], [1], [2], [3]]
    assert [_members(second, spot) for spot in range(5)] == [[2, 3], [2, 3], [0, 3], [0, 1], [1, 2]]
    means = gr.ring_means(line[:, :1], (first, second))
    np.testing.assert_array_equal(means, [[1.0, 5.0], [0.0, 5.0], [1.0, 3.5], [3.0, 0.5], [7.0, 2.0]])


def test_rings_of_a_hexagonal_grid_are_its_own():
    rows, columns = np.mgrid[:15, :15]
    points = np.column_stack([(columns + rows % 2 / 2).ravel(), rows.ravel() * np.sqrt(3) / 2])
    middle = 7 * 15 + 7
    distance = np.linalg.norm(points - points[middle], axis=1)
    six, twelve, eighteen, _ = gr.neighbour_rings(points)
    np.testing.assert_allclose(distance[_members(six, middle)], 1)
    assert set(distance[_members(twelve, middle)].round(3)) == {1.732, 2.0}
    assert distance[_members(eighteen, middle)].max() == pytest.approx(3)


def test_rings_against_all_pairs_within_samples():
    rng = np.random.default_rng(0)
    points, samples = rng.normal(size=(130, 3)), rng.permutation(np.repeat(["x", "y"], 65))
    rings = gr.neighbour_rings(points, rings=(2, 5, 11), samples=samples)
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    distance[samples[:, None] != samples] = np.inf
    np.fill_diagonal(distance, np.inf)
    ranked = np.argsort(distance, axis=1)
    for ring, (start, end) in zip(rings, [(0, 2), (2, 5), (5, 11)], strict=True):
        for spot in range(130):
            assert _members(ring, spot) == sorted(ranked[spot, start:end])


def test_order_of_spots_does_not_matter_even_with_equal_distances():
    points = np.argwhere(np.ones((11, 11))).astype(float)
    values = np.random.default_rng(1).normal(size=(121, 3))
    order = np.random.default_rng(2).permutation(121)
    means = gr.ring_means(values, gr.neighbour_rings(points))
    shuffled = gr.ring_means(values[order], gr.neighbour_rings(points[order]))
    np.testing.assert_allclose(shuffled, means[order], rtol=1e-5, atol=1e-6)


def test_a_small_slice_takes_the_rings_it_can():
    points = np.random.default_rng(0).normal(size=(30, 2))
    assert [ring.nnz for ring in gr.neighbour_rings(points)] == [30 * 6, 30 * 12]
    (all_others,) = gr.neighbour_rings(points[:5])
    np.testing.assert_array_equal(all_others.toarray(), 1 - np.eye(5))
    (nobody,) = gr.neighbour_rings(points[:1])
    assert gr.ring_means(np.ones((1, 2)), [nobody]).tolist() == [[0, 0]]


def test_a_small_sample_beside_a_large_one_repeats_its_widest_ring():
    points = np.random.default_rng(0).normal(size=(53, 2))
    samples = ["large"] * 40 + ["small"] * 9 + ["few"] * 3 + ["alone"]
    first, second, third = gr.neighbour_rings(points, samples=samples)
    assert np.diff(first.indptr).tolist() == [6] * 49 + [2] * 3 + [0]
    assert np.diff(second.indptr).tolist() == [12] * 40 + [6] * 9 + [2] * 3 + [0]
    assert np.diff(third.indptr).tolist() == [18] * 40 + [6] * 9 + [2] * 3 + [0]
    np.testing.assert_array_equal(second[40:].toarray(), first[40:].toarray())
    alone = gr.neighbour_rings(points[:40])
    for ring, same in zip((first, second, third), alone, strict=True):
        np.testing.assert_array_equal(ring[:40, :40].toarray(), same.toarray())


@pytest.mark.parametrize("rings", [(), (0, 6), (6, 6), (18, 6)])
def test_rings_that_do_not_rise_are_refused(rings):
    with pytest.raises(SemSTError, match="rising numbers of neighbours from 1"):
        gr.neighbour_rings(np.argwhere(np.ones((3, 3))), rings=rings)


def test_rings_reach_no_further_than_a_share_of_their_sample():
    rng = np.random.default_rng(0)
    points = rng.uniform(size=(500, 2))
    assert len(gr.neighbour_rings(points, widest=0.1)) == 3  # 36 of 500, and not 90
    assert len(gr.neighbour_rings(points[:300], widest=0.1)) == 2
    assert len(gr.neighbour_rings(points[:40], widest=0.1)) == 1  # the first ring is never forgone
    for whole, part in zip(gr.neighbour_rings(points), gr.neighbour_rings(points, widest=0.1), strict=False):
        assert (whole != part).nnz == 0


def test_in_a_small_sample_the_widest_ring_with_room_stands_in():
    rng = np.random.default_rng(1)
    points = rng.uniform(size=(600, 2))
    samples = np.where(np.arange(600) < 500, "large", "small")
    rings = gr.neighbour_rings(points, widest=0.1, samples=samples)
    assert len(rings) == 3
    alone = gr.neighbour_rings(points[500:], widest=0.1)
    assert len(alone) == 1
    for ring in rings:
        assert (ring[500:, 500:] != alone[0]).nnz == 0


def test_reach_of_a_hexagonal_grid_and_of_rings_in_one_place():
    rows, columns = np.mgrid[:15, :15]
    points = np.column_stack([(columns + rows % 2 / 2).ravel(), rows.ravel() * np.sqrt(3) / 2])
    six, twelve = np.array([1.0] * 6), np.array([3**0.5] * 6 + [2.0] * 6)
    rings = gr.neighbour_rings(points, rings=(6, 18))
    assert gr.ring_reach(points, rings) == pytest.approx(six.mean() / (twelve.mean() - six.mean()), rel=0.02)
    assert gr.ring_reach(1e4 * points, rings) == pytest.approx(gr.ring_reach(points, rings))
    assert gr.ring_reach(points, rings[:1]) == 0
    square = np.array([[0.0, 0], [0, 1], [0, 0], [0, 1]])
    assert gr.ring_reach(square, gr.neighbour_rings(square[[0, 1, 1, 1]], rings=(1, 2))) == 0


def square(n=9):
    return np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2).astype(float)


def test_neighbours_at_one_distance_share_the_ranks_that_they_take():
    first, second = gr.neighbour_rings(square(), rings=(6, 10))
    middle = 40  # 4 neighbours at 1, 4 at the root of 2, 4 at 2
    weights = {1.0: 1.0, np.sqrt(2): 0.5}
    for spot in range(81):
        away = np.linalg.norm(square()[spot] - square()[middle])
        assert first[middle, spot] == weights.get(away, 0)
    assert (
        second[middle].sum() == 4 and second[middle, middle + 10] == 0.5 and second[middle, middle + 2] == 0.5
    )
    np.testing.assert_allclose(np.asarray(first.sum(axis=1)).ravel(), 6)
    np.testing.assert_allclose(np.asarray(second.sum(axis=1)).ravel(), 4)


def turned(xy, angle):
    cos, sin = np.cos(angle), np.sin(angle)
    return xy @ np.array([[cos, -sin], [sin, cos]])


@pytest.mark.parametrize("lattice", ["square", "hexagonal", "irregular", "on top of each other"])
def test_rings_are_the_same_however_a_slice_is_turned_mirrored_scaled_and_moved(lattice):
    draw = np.random.default_rng(0)
    xy = {
        "square": square(11) * 100,
        "hexagonal": np.array([[x + y % 2 / 2, y * np.sqrt(3) / 2] for y in range(11) for x in range(11)])
        * 137,
        "irregular": draw.normal(size=(121, 2)),
        "on top of each other": np.repeat(square(6), 3, axis=0),
    }[lattice]
    rings = gr.neighbour_rings(xy)
    values = draw.normal(size=(len(xy), 3))
    means = gr.ring_means(values, rings)
    others = [turned(xy, angle) for angle in (0.3, np.pi / 2, 2.0)]
    for other in [*others, xy * [-1, 1], xy[:, ::-1], xy * 0.37, xy * 1e4, xy + [1e3, -77]]:
        for ring, again in zip(rings, gr.neighbour_rings(other), strict=True):
            assert abs(ring - again).max() < 1e-6
        np.testing.assert_allclose(gr.ring_means(values, gr.neighbour_rings(other)), means, atol=1e-5)
    order = draw.permutation(len(xy))
    for ring, again in zip(rings, gr.neighbour_rings(xy[order]), strict=True):
        assert abs(ring[order][:, order] - again).max() < 1e-6


def test_many_spots_in_one_place_are_one_group_of_ties():
    xy = np.concatenate([np.zeros((200, 2)), square(5) + 10])
    (first,) = gr.neighbour_rings(xy, rings=(6,))
    own = first[:200, :200].toarray()
    np.testing.assert_allclose(own + 6 / 199 * np.eye(200), 6 / 199, rtol=1e-5)

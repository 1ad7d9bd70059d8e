"""Edges between slices: mutual neighbours and vertical neighbours."""

import numpy as np
import pytest

from semst import SemSTError, gr


def test_mutual_neighbours_by_hand():
    # a2 is nearest to b1, but b1 is nearer to a1: no edge
    angles = {"a1": 0.0, "a2": 30.0, "b1": 5.0, "b2": 90.0}
    rows = np.array([[np.cos(np.radians(v)), np.sin(np.radians(v))] for v in angles.values()])
    graph = gr.mutual_neighbours(rows, ["a", "a", "b", "b"], n_neighs=1).toarray().astype(int)
    expected = np.zeros((4, 4), int)
    expected[0, 2] = expected[2, 0] = 1
    np.testing.assert_array_equal(graph, expected)


def test_mutual_neighbours_against_all_pairs():
    rng = np.random.default_rng(0)
    rows, samples = rng.normal(size=(60, 5)), rng.permutation(np.repeat(["x", "y", "z"], 20))
    graph = gr.mutual_neighbours(rows, samples, n_neighs=3).toarray() > 0
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    likeness = unit @ unit.T
    asked = np.zeros((60, 60), bool)
    for i in range(60):
        for name in np.unique(samples):
            if name != samples[i]:
                there = np.flatnonzero(samples == name)
                asked[i, there[np.argsort(-likeness[i, there])[:3]]] = True
    np.testing.assert_array_equal(graph, asked & asked.T)
    assert not graph[samples[:, None] == samples].any()


def test_a_slice_smaller_than_the_number_of_neighbours():
    rows = np.random.default_rng(0).normal(size=(8, 3))
    graph = gr.mutual_neighbours(rows, ["a"] * 6 + ["b"] * 2, n_neighs=5)
    assert graph.nnz and (graph != graph.T).nnz == 0


def test_vertical_neighbours_join_adjacent_sections_only():
    plane = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = np.vstack([np.column_stack([plane + 0.01 * z, np.full(3, float(z))]) for z in (2, 0, 1)])
    sections = np.repeat(["top", "bottom", "middle"], 3)
    graph = gr.vertical_neighbours(points, sections).toarray() > 0
    heights = points[:, 2]
    rows, columns = np.nonzero(graph)
    assert (np.abs(heights[rows] - heights[columns]) == 1).all()
    np.testing.assert_array_equal(rows % 3, columns % 3)  # the spot right above or below
    assert graph.sum() == 2 * 2 * 3


def test_vertical_neighbours_say_what_is_missing():
    with pytest.raises(SemSTError, match="three coordinates"):
        gr.vertical_neighbours(np.zeros((4, 2)) + np.arange(4)[:, None], ["a", "a", "b", "b"])
    flat = np.column_stack([np.arange(4.0), np.arange(4.0), np.zeros(4)])
    with pytest.raises(SemSTError, match="same height"):
        gr.vertical_neighbours(flat, ["a", "a", "b", "b"])

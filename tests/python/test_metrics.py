"""Scores, worked out by hand and against direct loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, silhouette_samples

from semst import SemSTError, metrics

TRUTH = ["a"] * 4 + ["b"] * 3 + ["c"] * 3
LABELS = [1] * 3 + [2] + [2] * 3 + [3] * 2 + [1]  # 1 = a, 2 = b, 3 = c: 8 of 10 right


def test_accuracy_by_hand():
    assert metrics.accuracy(TRUTH, LABELS) == 0.8


def test_f1_by_hand():
    # a: precision 3/4, recall 3/4; b: 3/4 and 1; c: 1 and 2/3
    each = np.array([3 / 4, 6 / 7, 4 / 5])
    assert metrics.f1(TRUTH, LABELS) == pytest.approx(each.mean())
    assert metrics.f1(TRUTH, LABELS, average="weighted") == pytest.approx(each @ [0.4, 0.3, 0.3])


def test_ari_by_hand():
    # pairs together: in both 3+3+1 = 7 (1:aaa, 2:bbb, 3:cc), truth 6+3+3 = 12, labels 6+6+1 = 13, of 45
    expected = 12 * 13 / 45
    assert metrics.ari(TRUTH, LABELS) == pytest.approx((7 - expected) / (12.5 - expected))


def test_nmi_by_hand():
    joint = np.array([3, 1, 3, 2, 1]) / 10
    p, q = np.array([0.4, 0.3, 0.3]), np.array([0.4, 0.4, 0.2])
    product = np.array([p[0] * q[0], p[0] * q[1], p[1] * q[1], p[2] * q[2], p[2] * q[0]])
    information = (joint * np.log(joint / product)).sum()
    entropies = [-(x * np.log(x)).sum() for x in (p, q)]
    assert metrics.nmi(TRUTH, LABELS) == pytest.approx(information / np.mean(entropies))


def test_matching_is_the_best_overall():
    """Greedily 0 -> x (3 right, then 0); the best is 0 -> y, 1 -> x (2 + 4 right)."""
    truth, labels = ["x"] * 3 + ["y"] * 2 + ["x"] * 4, [0] * 5 + [1] * 4
    assert metrics.accuracy(truth, labels) == pytest.approx(6 / 9)


def test_more_domains_than_annotations():
    truth, labels = ["a"] * 4 + ["b"] * 4, [0, 0, 0, 1, 2, 2, 2, 2]
    assert metrics.accuracy(truth, labels) == 7 / 8
    assert metrics.f1(truth, labels) == pytest.approx((6 / 7 + 1) / 2)  # a: precision 1, recall 3/4


def test_fewer_domains_than_annotations():
    truth, labels = ["a"] * 4 + ["b"] * 2 + ["c"], [0] * 4 + [1] * 3
    assert metrics.accuracy(truth, labels) == pytest.approx(6 / 7)
    assert metrics.f1(truth, labels) == pytest.approx((1 + 4 / 5 + 0) / 3)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_unannotated_spots_are_left_out(missing):
    truth = np.array([*TRUTH, missing, missing], dtype=object)
    assert metrics.score(truth, [*LABELS, 9, 1]) == metrics.score(TRUTH, LABELS)


def test_categories_and_strings_are_the_same():
    truth = pd.Series(pd.Categorical([*TRUTH, None], categories=["c", "b", "a", "unused"]))
    labels = pd.Series([*map(str, LABELS), "1"]).astype("category")
    assert metrics.score(truth, labels) == metrics.score(TRUTH, LABELS)


def test_leaving_spots_without_a_domain_earns_nothing():
    refused = [
        None if right != found else found for right, found in zip("aaaabbbccc", "aaabbbbcca", strict=True)
    ]
    assert metrics.accuracy(TRUTH, refused) == 0.8
    assert metrics.ari(TRUTH, refused) < 1
    assert metrics.score(TRUTH, refused)["n_scored"] == 10


def test_score_holds_every_figure():
    found = metrics.score(TRUTH, LABELS)
    assert found == {
        "ari": metrics.ari(TRUTH, LABELS),
        "nmi": metrics.nmi(TRUTH, LABELS),
        "accuracy": 0.8,
        "f1_macro": metrics.f1(TRUTH, LABELS),
        "f1_weighted": metrics.f1(TRUTH, LABELS, average="weighted"),
        "n_scored": 10,
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 6), extra=st.integers(0, 3))
def test_names_and_order_do_not_matter(seed, k, extra):
    rng = np.random.default_rng(seed)
    truth, labels = rng.integers(0, k, 50), rng.integers(0, k + extra, 50)
    order, names = rng.permutation(50), rng.permutation(20)
    first = metrics.score(truth, labels)
    assert metrics.score(truth[order], names[labels][order]) == pytest.approx(first)
    assert all(value <= 1 for key, value in first.items() if key != "n_scored")
    assert metrics.score(truth, names[truth]) == pytest.approx(
        {"ari": 1, "nmi": 1, "accuracy": 1, "f1_macro": 1, "f1_weighted": 1, "n_scored": 50}
    )
    # no renaming of the domains does better
    for _ in range(20):
        guess = rng.permutation(k + extra)[labels]
        assert (guess == truth).mean() <= first["accuracy"] + 1e-12


def test_f1_after_matching_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 200)
    labels = np.where(rng.random(200) < 0.7, truth, rng.integers(0, 4, 200))
    assert metrics.f1((truth + 1) % 4, labels) == pytest.approx(f1_score(truth, labels, average="macro"))


def test_chaos_by_hand():
    """Spots at x = 0, 1, 3, 7 and y likewise alternating; the axes are standardised first."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 1.0], [7.0, 1.0]])
    scaled = (points - points.mean(axis=0)) / points.std(axis=0, ddof=1)
    near, far = np.linalg.norm(scaled[0] - scaled[1]), np.linalg.norm(scaled[2] - scaled[3])
    assert metrics.chaos(points, [0, 0, 1, 1]) == pytest.approx((2 * near + 2 * far) / 4)
    assert metrics.chaos(points, [0, 0, 1, 2]) == pytest.approx(2 * near / 4)  # lone spots add nothing


def test_chaos_equals_the_double_loop():
    rng = np.random.default_rng(0)
    points, labels = rng.random((80, 2)) * [1, 5], rng.integers(0, 3, 80)
    scaled = (points - points.mean(axis=0)) / points.std(axis=0, ddof=1)
    total = 0.0
    for i in range(80):
        same = [j for j in range(80) if j != i and labels[j] == labels[i]]
        total += min(np.linalg.norm(scaled[i] - scaled[j]) for j in same)
    assert metrics.chaos(points, labels) == pytest.approx(total / 80)


def test_pas_by_hand():
    """A stranger in the middle of a row; then a row in which the neighbours alternate."""
    line = np.column_stack([np.arange(11.0), np.zeros(11)])
    labels = np.zeros(11)
    labels[5] = 1
    assert metrics.pas(line, labels, n_neighs=10) == 1 / 11
    assert metrics.pas(line, labels, n_neighs=2) == 1 / 11
    assert metrics.pas(line, np.arange(11) % 2, n_neighs=2) == pytest.approx(
        9 / 11
    )  # the ends see one of each


def test_pas_needs_more_than_half():
    """Of eleven spots each has the ten others as neighbours: 5 differ from the first six, 6 from the rest."""
    points = np.random.default_rng(0).random((11, 2))
    assert metrics.pas(points, [0] * 6 + [1] * 5) == 5 / 11


def test_pas_equals_the_double_loop():
    rng = np.random.default_rng(0)
    points, labels = rng.random((60, 2)), rng.integers(0, 2, 60)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    abnormal = 0
    for i in range(60):
        near = np.argsort(distances[i])[1:11]
        abnormal += (labels[near] != labels[i]).sum() >= 6
    assert metrics.pas(points, labels) == pytest.approx(abnormal / 60)


def test_pas_where_spots_share_a_position():
    points = np.repeat([[0.0, 0.0], [1.0, 0.0]], 30, axis=0)
    assert metrics.pas(points, np.repeat([0, 1], 30)) == 0


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    scale=st.sampled_from([0.25, 1.0, 64.0]),
    shift=st.integers(-50, 50),
    grid=st.booleans(),
)
def test_coherence_does_not_depend_on_order_scale_and_shift(seed, scale, shift, grid):
    rng = np.random.default_rng(seed)
    points = np.argwhere(np.ones((7, 7))).astype(float) if grid else rng.random((49, 2))
    labels = rng.integers(0, 3, 49)
    order = rng.permutation(49)
    moved = scale * points + (scale * shift if grid else 0)  # exact in binary: ties of the grid stay ties
    assert metrics.pas(moved[order], labels[order]) == metrics.pas(points, labels)
    assert metrics.chaos(moved[order], labels[order]) == pytest.approx(metrics.chaos(points, labels))


def test_coherent_domains_score_better_than_scattered_ones():
    grid = np.argwhere(np.ones((20, 20)))
    halves, scattered = grid[:, 0] // 10, np.random.default_rng(0).integers(0, 2, 400)
    assert metrics.pas(grid, halves) < 0.05 < 0.3 < metrics.pas(grid, scattered)
    assert metrics.chaos(grid, halves) < metrics.chaos(grid, scattered)
    assert metrics.asw(grid, halves) > 0.3 > 0.1 > metrics.asw(grid, scattered)


def test_asw_by_hand():
    X = np.array([[0.0], [1.0], [4.0], [6.0]])
    # a: 1 against 5 and 4 (mean of distances to the other domain); b: 2 against 3.5 and 5.5
    expected = np.mean([(5 - 1) / 5, (4 - 1) / 4, (3.5 - 2) / 3.5, (5.5 - 2) / 5.5])
    assert metrics.asw(X, ["a", "a", "b", "b"]) == pytest.approx(expected)


def test_asw_of_a_part():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 900)
    X = rng.normal(size=(900, 4)) + 3 * labels[:, None]
    whole = silhouette_samples(X, labels).mean()
    part = metrics.asw(X, labels, max_spots=300)
    assert part == metrics.asw(X, labels, max_spots=300)
    assert part != metrics.asw(X, labels, max_spots=300, random_state=1)
    assert part == pytest.approx(whole, abs=0.05)
    assert metrics.asw(X, labels) == pytest.approx(whole)


def test_spots_without_a_domain_are_left_out_of_coherence():
    grid = np.argwhere(np.ones((8, 8))).astype(float)
    labels = (grid[:, 0] // 4).astype(object)
    labels[[3, 40]] = np.nan, None
    kept = pd.notna(labels)
    for figure in (metrics.chaos, metrics.pas, metrics.asw):
        assert figure(grid, labels) == figure(grid[kept], labels[kept])


def test_messages():
    with pytest.raises(SemSTError, match="2 annotations for 3 labels"):
        metrics.ari(["a", "b"], [0, 1, 1])
    with pytest.raises(SemSTError, match="No spot is annotated"):
        metrics.score([None, np.nan], [0, 1])
    with pytest.raises(SemSTError, match='average must be "macro" or "weighted", not \'micro\''):
        metrics.f1(TRUTH, LABELS, average="micro")
    grid = np.argwhere(np.ones((3, 3)))
    with pytest.raises(SemSTError, match="8 labels for 9 spots"):
        metrics.chaos(grid, np.zeros(8))
    with pytest.raises(SemSTError, match="1 spots have a domain; at least 2"):
        metrics.chaos(grid, [0] + [None] * 8)
    with pytest.raises(SemSTError, match="n_neighs is 10, but only 9 spots"):
        metrics.pas(grid, np.zeros(9))
    with pytest.raises(SemSTError, match="there are 1 domains in 9 spots"):
        metrics.asw(grid, np.zeros(9))
    with pytest.raises(SemSTError, match="NaN or infinite"):
        metrics.asw(np.full((9, 2), np.nan), np.arange(9) % 2)
    with pytest.raises(SemSTError, match=r"9 labels for a table of shape \(8, 2\)"):
        metrics.asw(grid[:8], np.arange(9) % 2)


def test_coherence_never_mixes_slices():
    grid = np.argwhere(np.ones((8, 8))).astype(float)
    left = grid[:, 0] < 4
    both = np.concatenate([grid, grid])  # two slices in the same place, with opposite labels
    labels = np.concatenate([left, ~left])
    samples = np.repeat(["a", "b"], len(grid))
    apart = metrics.coherence(both, labels, samples=samples)
    one = metrics.coherence(grid, left)
    assert apart == pytest.approx(one)
    assert metrics.coherence(both, labels)["pas"] > one["pas"]


def test_coherence_of_too_few_spots_is_unknown():
    assert np.isnan(list(metrics.coherence(np.eye(5)[:, :2], [0, 1, 0, 1, 0]).values())).all()

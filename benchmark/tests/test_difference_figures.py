"""Pictures of differences show every pair once, and all models together where they share a question."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from semst_benchmark import Arm
from semst_benchmark._difference_figures import draw_differences

MODELS = ["graphst", "sedr", "stdcl"]


@pytest.fixture
def drawn(monkeypatch):
    """Figures of two questions to three models and of one pair of its own, and the differences."""
    shared = [
        {"arm": model + extra, "against": model, "about": about, "mean": mean}
        for about, extra, means in (("after", "+", [0.1, 0.2, 0.3]), ("noise", "?", [-0.3, -0.1, -0.2]))
        for model, mean in zip(MODELS, means, strict=True)
    ]
    gaps = pd.DataFrame([*shared, {"arm": "one", "against": "other", "about": "", "mean": 0.05}])
    for name in ("t_low", "low", "on a"):
        gaps[name] = gaps["mean"] - 0.1
    for name in ("t_high", "high", "on b"):
        gaps[name] = gaps["mean"] + 0.1
    monkeypatch.setattr("semst_benchmark._difference_figures.differences", lambda outcome: gaps)
    arms = [Arm(name=model + extra, model=model) for model in MODELS for extra in ("", "+", "?")]
    outcome = SimpleNamespace(suite=SimpleNamespace(arms=arms))
    yield draw_differences(outcome), gaps
    plt.close("all")


def test_a_panel_for_each_shared_question_with_a_line_for_all_models(drawn):
    figures, _ = drawn
    axes = figures["by_model"].axes
    assert [ax.get_title() for ax in axes] == ["after", "noise"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == [
        "GraphST",
        "SEDR",
        "stDCL",
        "all models",
    ]
    for ax, means in zip(axes, ([0.1, 0.2, 0.3], [-0.3, -0.1, -0.2]), strict=True):
        points = {line.get_marker(): line.get_xydata() for line in ax.get_lines()}
        np.testing.assert_allclose(points["o"], list(zip(means, [3, 2, 1], strict=True)))
        np.testing.assert_allclose(points["D"], [[np.mean(means), 0]])


def test_a_pair_of_its_own_is_a_line_of_the_other_picture(drawn):
    figures, gaps = drawn
    (ax,) = figures["differences"].axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one − other"]
    low, high = ax.get_xlim()
    assert low < gaps["low"].iloc[-1] < gaps["high"].iloc[-1] < high

"""Representations fit some lines, whatever an object holds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import semst
from semst import compare, data, explain, gr, models, tl, train
from semst._brief import brief, shown


@pytest.fixture(scope="module")
def adata():
    found = semst.datasets.simulated_cortex(n_spots=250, n_genes=80, random_state=0)
    found.obs["donor"] = np.where(np.arange(250) % 2, "a", "b")
    return found


@pytest.fixture(scope="module")
def estimator(adata):
    return tl.Estimator("semst", 4, semantics="none", cluster="mixture", progress=False).fit(adata)


def test_what_steps_return_is_told_in_a_few_lines(adata, estimator):
    found = {
        "Estimator(": estimator,
        "Result(labels=250 labels of 4 kinds, ": estimator.result_,
        "Prediction(labels=250 labels of 4 kinds, ": estimator.predict(adata),
        "DomainMixture(weights=float64 (4,), ": estimator.mixture_,
        "Panel(genes=80 values, ": estimator.panel_,
        "Slice(counts=float32 (250, 80), ": data.read_slice(adata)[0],
        "SpatialGraph(adjacency=float32 (250, 250), ": gr.spatial_graph(adata.obsm["spatial"]),
        "GeneSets(ids=": explain.gene_sets("go"),
        "Proportions(counts=2 rows x 7 columns, ": tl.proportions(adata, "ground_truth", sample_key="donor"),
        "SemSTConfig(": models.settings("semst", preset="paper")[1],
    }
    for beginning, one in found.items():
        text = repr(one)
        assert text.startswith(beginning) and text.endswith(")")
        assert len(text.splitlines()) <= 6 and max(map(len, text.splitlines())) <= 120


def test_settings_say_what_differs_from_the_defaults():
    assert repr(data.SliceKeys(layer="counts")) == "SliceKeys(layer='counts', 6 others by default)"
    assert repr(train.Compute()) == "Compute(6 settings by default)"
    assert repr(models.settings("semst", epochs=7)[1]).startswith("SemSTConfig(epochs=7, ")


def test_every_public_class_that_holds_arrays_is_brief():
    rows = pd.DataFrame({"p": np.zeros(500)})
    contacts = compare.Contacts(rows, rows, rows, rows, None, None, None, "", "semst", ["1", "2"])
    assert repr(contacts).startswith("Contacts(counts=500 rows x 1 columns, ")


def test_lines_break_between_fields():
    @brief
    @dataclass
    class Wide:
        first: np.ndarray
        second: str
        third: str

    text = repr(Wide(np.zeros((3, 4)), "x" * 40, "y" * 40))
    assert text.splitlines() == [
        f"Wide(first=float64 (3, 4), second='{'x' * 40}',",
        f"    third='{'y' * 40}')",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (np.float64(0.5), "np.float64(0.5)"),
        (np.zeros((2, 3), dtype=np.float32), "float32 (2, 3)"),
        (pd.Series([1, 2]), "2 values"),
        ({"params": 1, "versions": 2}, "{params, versions}"),
        ({f"a long name {i}": i for i in range(20)}, "20 entries"),
        (list(range(100)), "100 items"),
        ("word " * 30, "'" + ("word " * 30)[:56] + "..'"),
    ],
)
def test_values_are_told_by_kind_and_size(value, text):
    assert shown(value) == text

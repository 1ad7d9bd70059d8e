"""The published settings are the defaults."""

import pytest

from semst import models


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "graphst",
            {"epochs": 600, "learning_rate": 1e-3, "n_neighs": 3, "n_latent": 64},
        ),
        ("stagate", {"epochs": 1000, "learning_rate": 1e-3, "weight_decay": 1e-4, "clip_norm": 5.0}),
        ("stagate", {"n_hidden": 512, "n_latent": 30, "cluster_pcs": 0, "refine_neighs": 0}),
        ("gaaest", {"epochs": 600, "n_hidden": 256, "n_latent": 64, "cluster_pcs": 20, "n_contexts": 7}),
        ("dusted", {"epochs": 500, "learning_rate": 1e-4, "weight_decay": 1e-4, "n_hidden": 512}),
    ],
)
def test_the_defaults_are_the_authors(name, expected):
    config = models.get(name).Config()
    assert {key: getattr(config, key) for key in expected} == expected

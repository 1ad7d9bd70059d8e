"""The worked example of docs/tutorials/own-model.md, run as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from semst import metrics

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tutorials" / "own-model.md"


@pytest.fixture(scope="module")
def names():
    """What the code of the page leaves behind."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", text, flags=re.S | re.M)
    assert len(blocks) == 3
    left: dict = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), left)
    return left


def test_the_page_trains_a_model_and_finds_domains(names):
    adata, losses = names["adata"], names["losses"]
    assert losses[-1] < 0.8 * losses[0]
    assert np.isfinite(adata.obsm["X_autoencoder"]).all()
    assert adata.obs["domains"].nunique() == adata.obs["ground_truth"].nunique()
    assert metrics.ari(adata.obs["ground_truth"], adata.obs["domains"]) > 0.2


def test_the_model_starts_without_modulation_and_every_parameter_learns(names):
    torch.manual_seed(1)
    data = names["data"]
    model = names["GraphAutoencoder"](data.num_features, data.semantic.shape[1])
    hidden = torch.relu(model.first(data.x, data.edge_index))
    torch.testing.assert_close(model.encode(data), model.second(hidden, data.edge_index))
    trained = dict(names["model"].named_parameters())
    for _ in range(2):  # what a zero weight hides in the first step has a gradient in the second
        model.zero_grad()
        (model(data) - data.target).square().mean().backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())
    assert trained["fsm.modulation.weight"].abs().sum() > 0

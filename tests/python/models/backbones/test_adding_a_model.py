"""The worked example of docs/adding-a-model.md, run as it stands there, and held to the contract."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from semst import models
from semst.data import read_slice

PAGE = Path(__file__).resolve().parents[4] / "docs" / "adding-a-model.md"


@pytest.fixture(scope="module")
def names():
    """What the code of the page leaves behind; the registry is put back."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.S | re.M)
    assert len(blocks) == 3
    left: dict = {"__name__": "page"}
    before = dict(models.MODELS)
    try:
        for block in blocks:
            exec(compile(block, str(PAGE), "exec"), left)
    finally:
        models.MODELS.clear()
        models.MODELS.update(before)
    return left


def test_the_page_makes_a_model_that_runs_plain_and_with_fsm(names):
    adata = names["adata"]
    for key in ("averager", "averager_fsm"):
        assert adata.obs[key].nunique() == 4
        assert adata.uns[key]["params"]["model"] == "averager"
        assert adata.obsm[f"X_{key}"].shape == (300, 15)
        losses = adata.uns[key]["history"]["loss"]
        assert losses[-1] < losses[0]


def test_its_loss_is_the_formula_of_the_page(names):
    data = read_slice(names["adata"])[0]
    config = names["AveragerConfig"](epochs=1, n_latent=4)
    prepared = names["Averager"].prepare(data, config)
    network = models.build(names["Averager"], prepared.inputs, config).double()
    inputs = prepared.inputs
    x = inputs.design.to_dense().double()
    a = inputs.propagation.matrix.to_dense().double()
    z = a @ x @ network.encoder
    reconstruction = (x - a @ z @ network.decoder).square().mean()
    smoothness = (z - a @ z).square().mean()
    parts = network.losses(inputs, "train")
    torch.testing.assert_close(parts["loss"], reconstruction + 0.1 * smoothness, rtol=1e-4, atol=1e-6)
    found = torch.autograd.grad(parts["loss"], list(network.parameters()))
    assert all(gradient.abs().sum() > 0 for gradient in found)
    assert np.isfinite(models.embed(network.float(), prepared.inputs, config)).all()

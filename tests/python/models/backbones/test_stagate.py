"""STAGATE beside its formulas written out over dense matrices."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import semst
from models.conftest import fit
from semst import models
from semst.data import read_slice
from semst.models.backbones.stagate import STAGATE


@pytest.fixture(scope="module")
def prepared():
    data = read_slice(semst.datasets.simulated_cortex(n_spots=150, random_state=1))[0]
    config = STAGATE.Config(epochs=3, n_hidden=12, n_latent=5)
    return STAGATE.prepare(data, config), config


@pytest.fixture
def network(prepared):
    return models.build(STAGATE, prepared[0].inputs, prepared[1], random_state=3).double()


def _dense_x(inputs):
    return inputs.design.to_dense().double()


def _dense_loss(network, inputs):
    x, n = _dense_x(inputs), inputs.edges.n_spots
    near = torch.zeros(n, n, dtype=torch.bool)
    near[inputs.edges.rows, inputs.edges.columns] = True
    projected = x @ network.first
    sent, received = projected @ network.attention.sender, projected @ network.attention.receiver
    weights = torch.sigmoid(sent[None, :] + received[:, None]).masked_fill(~near, -torch.inf).softmax(dim=1)
    latent = functional.elu(weights @ projected) @ network.second
    hidden = functional.elu(weights @ (latent @ network.second.T))
    return functional.mse_loss(hidden @ network.first.T, x), latent


def test_loss_and_gradients_equal_the_dense_ones(prepared, network):
    inputs = prepared[0].inputs
    lean, (dense, latent) = network.losses(inputs, "train")["loss"], _dense_loss(network, inputs)
    assert lean.item() == pytest.approx(dense.item(), rel=1e-6)
    parameters = list(network.parameters())
    for ours, theirs in zip(
        torch.autograd.grad(lean, parameters), torch.autograd.grad(dense, parameters), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-10)
    torch.testing.assert_close(network.encode(inputs), latent)


def test_every_spot_attends_to_itself_and_to_about_six_others(prepared):
    inputs, graph = prepared[0].inputs, prepared[0].record["prepared"]["graph"]
    assert 4 < graph["mean_degree"] < 8
    loops = inputs.edges.rows == inputs.edges.columns
    assert int(loops.sum()) == inputs.edges.n_spots


def test_training_lowers_the_error_and_the_latent_is_what_is_clustered(prepared):
    config = STAGATE.Config(epochs=30)
    fitted = fit(STAGATE, prepared[0], config)
    loss = fitted.history.losses["loss"]
    assert loss[-1] < 0.9 * loss[0]
    assert fitted.embedding.shape == (150, 30)
    assert np.isfinite(fitted.embedding).all()

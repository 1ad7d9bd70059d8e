"""GAAEST beside its formulas written out over dense matrices."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import semst
from models.conftest import fit
from semst import SemSTError, models
from semst.data import read_slice
from semst.models.backbones.gaaest import GAAEST

N = 120


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=N, random_state=1))[0]


@pytest.fixture(scope="module")
def prepared(data):
    config = GAAEST.Config(epochs=3, n_hidden=16, n_latent=6, n_projection=8, n_drawn=N)
    return GAAEST.prepare(data, config), config


@pytest.fixture
def network(prepared):
    network = models.build(GAAEST, prepared[0].inputs, prepared[1], random_state=3).double()
    torch.manual_seed(0)
    network.begin("train", prepared[0].inputs)
    return network


def _dense_x(inputs):
    return inputs.design.to_dense().double()


def _encode(network, x, near):
    projected = x @ network.first
    sent, received = projected @ network.attention.sender, projected @ network.attention.receiver
    scores = torch.sigmoid(sent[None, :] + received[:, None]).masked_fill(~near, -torch.inf)
    return functional.elu(scores.softmax(dim=1) @ projected) @ network.second


def _binary(network, summary, own, corrupted):
    scores = torch.cat([network.discriminator(one, summary) for one in (own, corrupted)])
    truth = torch.cat([torch.ones(N, 1), torch.zeros(N, 1)]).double()
    return functional.binary_cross_entropy_with_logits(scores, truth)


def _infonce(u, v, tau):
    u, v = functional.normalize(u, dim=1), functional.normalize(v, dim=1)
    own, within, between = (torch.exp(s / tau) for s in ((u * v).sum(1), u @ u.T, u @ v.T))
    return -torch.log(own / (within.sum(1) + between.sum(1) - within.diagonal())).mean()


def _dense_losses(network, inputs, order):
    near = torch.zeros(N, N, dtype=torch.bool)
    near[inputs.edges.rows, inputs.edges.columns] = True
    x = _dense_x(inputs)
    latent, corrupted = _encode(network, x, near), _encode(network, x[order], near)
    mean = inputs.mean.matrix.to_dense().double()
    summaries = [torch.sigmoid(functional.normalize(mean @ view, dim=1)) for view in (latent, corrupted)]
    local = _binary(network, summaries[0], latent, corrupted) + _binary(
        network, summaries[1], corrupted, latent
    )
    projected = [network.projection(view) for view in (latent, corrupted)]
    spot = 0.5 * (_infonce(*projected, 0.5) + _infonce(*projected[::-1], 0.5))

    unit, centres = functional.normalize(projected[0], dim=1), network.centres.clone()
    for step in range(10):
        share = torch.softmax(100 * unit @ functional.normalize(centres, dim=1).T, dim=1)
        centres = (share.T @ unit) / share.sum(dim=0)[:, None]
        if step < 9:
            centres, share = centres.detach(), share.detach()
    context = torch.sigmoid(share @ centres)
    scores = torch.cat([(view * context).sum(1) for view in projected])
    truth = torch.cat([torch.ones(N), torch.zeros(N)]).double()
    return {
        "reconstruction": functional.mse_loss(network.output(network.widen(latent)), x),
        "local": local,
        "spot": spot,
        "context": functional.binary_cross_entropy_with_logits(scores, truth),
    }


def test_every_part_of_the_loss_and_its_gradients_equal_the_dense_ones(prepared, network):
    inputs = prepared[0].inputs
    before = network.centres.clone()
    torch.manual_seed(7)
    lean = network.losses(inputs, "train")
    network.centres.copy_(before)
    torch.manual_seed(7)
    dense = _dense_losses(network, inputs, torch.randperm(N))
    parameters = list(network.parameters())
    for name, expected in dense.items():
        assert lean[name].item() == pytest.approx(expected.item(), rel=1e-6), name
        for ours, theirs in zip(
            torch.autograd.grad(lean[name], parameters, retain_graph=True, materialize_grads=True),
            torch.autograd.grad(expected, parameters, retain_graph=True, materialize_grads=True),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-9)
    weighted = 10 * dense["reconstruction"] + dense["local"] + dense["spot"] + dense["context"]
    assert lean["loss"].item() == pytest.approx(weighted.item(), rel=1e-6)


def test_the_random_order_differs_from_epoch_to_epoch_and_the_centres_go_on(prepared, network):
    inputs, before = prepared[0].inputs, network.centres.clone()
    torch.manual_seed(0)
    local = [network.losses(inputs, "train")["local"].item() for _ in range(2)]
    assert local[0] != local[1]
    assert not torch.equal(before, network.centres)


def test_every_spot_has_its_own_neighbours(prepared):
    edges = prepared[0].inputs.edges
    assert int((edges.rows == edges.columns).sum()) == N
    # the published table sends all edges to two spots
    assert int(torch.bincount(edges.columns, minlength=N).max()) < 12


def test_one_step_of_the_contexts_can_be_trained_and_what_cannot_be_meant_is_refused(data):
    config = GAAEST.Config(epochs=2, n_hidden=8, n_latent=4, context_steps=1, n_drawn=10)
    fitted = fit(GAAEST, GAAEST.prepare(data, config), config)
    assert np.isfinite(fitted.embedding).all()
    with pytest.raises(SemSTError, match=r"n_drawn is 1; give a whole number of 2 or more"):
        GAAEST.Config(n_drawn=1)


def test_training_lowers_the_error_and_the_reconstruction_is_what_is_clustered(data):
    config = GAAEST.Config(epochs=25)
    fitted = fit(GAAEST, GAAEST.prepare(data, config), config)
    parts = fitted.history.losses
    assert parts["reconstruction"][-1] < 0.95 * parts["reconstruction"][0]
    assert fitted.embedding.shape == (N, 20)
    assert np.isfinite(fitted.embedding).all()

"""DUSTED beside its formulas written out over dense matrices."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import semst
from models.conftest import fit
from semst import models
from semst.data import read_slice
from semst.models.backbones.dusted import DUSTED
from semst.nn import zinb_nll

N = 110


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=N, random_state=1))[0]


@pytest.fixture(scope="module")
def prepared(data):
    config = DUSTED.Config(epochs=3, n_hidden=12, n_latent=5)
    return DUSTED.prepare(data, config), config


@pytest.fixture
def network(prepared):
    return models.build(DUSTED, prepared[0].inputs, prepared[1], random_state=3).double()


def _doubled(inputs):
    return inputs.design.to_dense().double()


def _counts(data, genes):
    return data.counts[:, data.genes.get_indexer(genes)].toarray()


def _attend(attention, features, near):
    scores = (features @ attention.sender)[None, :] + (features @ attention.receiver)[:, None]
    return torch.sigmoid(scores).masked_fill(~near, -torch.inf).softmax(dim=1)


def _dense(network, inputs, counts):
    """The layers as published: gated matrix, messages as wide as the genes, three (n, M) parameters."""
    near = torch.zeros(N, N, dtype=torch.bool)
    near[inputs.edges.rows, inputs.edges.columns] = True
    x = _doubled(inputs)
    gate = torch.sigmoid(network.gate(x.mean(dim=0)) + network.gate(x.amax(dim=0)))
    gated = x + 1.5 * x * gate
    projected = gated @ network.first
    weights = _attend(network.hidden_attention, projected, near)
    narrow = functional.elu(weights @ projected) @ network.second
    latent = _attend(network.latent_attention, narrow, near) @ narrow
    decoded = functional.elu(weights @ (latent @ network.second.T))
    parameters = []
    for attention, weight in zip(
        network.head_attention,
        (network.heads.mean, network.heads.dispersion, network.heads.dropout),
        strict=True,
    ):
        messages = decoded @ weight
        parameters.append(_attend(attention, messages, near) @ messages)
    log_mean = parameters[0] + inputs.log_size.double()[:, None]
    loss = zinb_nll(torch.from_numpy(counts).double(), log_mean, parameters[1], parameters[2]).mean()
    return loss, latent, parameters[0]


def test_loss_and_gradients_equal_the_dense_ones(data, prepared, network):
    inputs = prepared[0].inputs
    # the pooled genes are held in single precision
    inputs.means, inputs.maxima = _doubled(inputs).mean(dim=0), _doubled(inputs).amax(dim=0)
    lean = network.losses(inputs, "train")["loss"]
    dense, latent, _ = _dense(network, inputs, _counts(data, prepared[0].projections.genes))
    assert lean.item() == pytest.approx(dense.item(), rel=1e-6)
    parameters = list(network.parameters())
    for ours, theirs in zip(
        torch.autograd.grad(lean, parameters), torch.autograd.grad(dense, parameters), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-9)
    torch.testing.assert_close(network.encode(inputs), latent)


def test_what_is_clustered_are_the_log_normalised_denoised_means(data, prepared, network):
    inputs = prepared[0].inputs
    with torch.no_grad():
        log_mean = _dense(network, inputs, _counts(data, prepared[0].projections.genes))[2]
        found = network.embedding(inputs)
    means = (log_mean + inputs.log_size.double()[:, None]).exp().numpy()
    expected = np.log1p(1e4 * means / means.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_rare_genes_are_left_out_but_counted_in_the_library_sizes(data, prepared):
    totals = np.asarray(data.counts.sum(axis=0)).ravel()
    kept = data.genes.get_indexer(prepared[0].projections.genes)
    assert (totals[kept] > 100).all()
    assert (totals <= 100).any()
    sizes = np.asarray(data.counts.sum(axis=1)).ravel()
    np.testing.assert_allclose(
        prepared[0].inputs.log_size.numpy(), np.log(sizes / np.median(sizes)), atol=1e-5
    )


def test_training_raises_the_likelihood(data):
    config = DUSTED.Config(epochs=20, learning_rate=1e-3, n_hidden=64)
    fitted = fit(DUSTED, DUSTED.prepare(data, config), config)
    loss = fitted.history.losses["loss"]
    assert loss[-1] < 0.95 * loss[0]
    assert fitted.embedding.shape == (N, 20)

"""stDCL against a dense reference, and its cluster term."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import semst
from semst import models
from semst.data import read_slice
from semst.models.backbones.stdcl import STDCL, STDCLConfig, cluster_means

SMALL = {"epochs": 2, "pretrain_epochs": 2, "n_latent": 6, "n_clusters": 4, "dropout": 0.0}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))[0]


def _built(data, **settings):
    config = STDCLConfig(**{**SMALL, **settings})
    prepared = STDCL.prepare(data, config)
    return models.build(STDCL, prepared.inputs, config).double(), prepared.inputs


def _dense(design):
    return design.to_dense().double()


@pytest.mark.parametrize("phase", ["pretrain", "train"])
def test_losses_equal_their_formulas(data, phase):
    network, inputs = _built(data)
    network.begin(phase, inputs)
    found = network.losses(inputs, phase)

    x = _dense(inputs.design)
    adjacency = torch.zeros(120, 120, dtype=torch.float64)
    adjacency[inputs.edges.rows, inputs.edges.columns] = inputs.weights.double()
    plain = adjacency - torch.eye(120)
    half = plain.sum(dim=1).rsqrt()
    graph = half[:, None] * plain * half + torch.eye(120)
    second = x[network.order] if phase == "pretrain" else _dense(inputs.noisy)
    z, other = graph @ x @ network.encoder, graph @ second @ network.encoder
    h = functional.normalize(torch.relu(z), dim=1)
    cosines = functional.normalize(z, dim=1) @ functional.normalize(other, dim=1).T
    labels = network.labels
    moved = labels[network.order] if phase == "pretrain" else labels
    centres = [
        functional.normalize(torch.stack([rows[its == k].mean(dim=0) for k in range(4)]), dim=1)
        for rows, its in ((z, labels), (other, moved))
    ]
    wanted = {
        "reconstruction": (x - graph @ z @ network.decoder).square().mean(),
        "adjacency": (adjacency - torch.sigmoid(h @ h.T)).square().mean(),
        "contrast": (adjacency - cosines).square().mean(),
        "cluster": (centres[0] @ centres[1].T - torch.eye(4)).square().mean(),
    }
    for part, value in wanted.items():
        assert found[part].item() == pytest.approx(value.item(), rel=1e-5), part
    total = 10 * (found["reconstruction"] + 0.5 * found["adjacency"]) + 0.5 * found["contrast"]
    assert found["loss"].item() == pytest.approx((total + 0.8 * found["cluster"]).item())


def test_the_cluster_term_has_a_gradient(data):
    network, inputs = _built(data)
    network.begin("train", inputs)
    (gradient,) = torch.autograd.grad(network.losses(inputs, "train")["cluster"], network.encoder)
    assert gradient.abs().sum() > 0


def test_clusters_are_found_anew_on_schedule(data):
    network, inputs = _built(data, cluster_every=3)
    network.begin("train", inputs)
    seen = []
    for epoch in range(7):
        torch.manual_seed(epoch)
        network.losses(inputs, "train")
        seen.append(network.labels.clone())
        with torch.no_grad():
            network.encoder.normal_()
    changes = [i for i in range(1, 7) if not torch.equal(seen[i], seen[i - 1])]
    assert changes == [3, 6]


def test_cluster_means_by_hand():
    latent = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    means = cluster_means(latent, torch.tensor([0, 0, 2]), 3)
    assert means.tolist() == [[2.0, 3.0], [0.0, 0.0], [5.0, 6.0]]


def test_expression_edges_are_added_where_places_are_apart(data):
    plain = _built(data)[1]
    joined = _built(data, expression_neighs=3)[1]
    assert plain.weights.unique().tolist() == [1.0]
    assert joined.weights.unique().tolist() == [0.5, 1.0]
    assert (joined.weights == 1).sum() == len(plain.weights)
    assert len(joined.weights) > len(plain.weights)


def test_noise_keeps_zeros_and_follows_the_seed(data):
    config = STDCLConfig(**SMALL)
    first, second = (STDCL.prepare(data, config, random_state=seed).inputs for seed in (0, 1))
    clean, noisy = _dense(first.design), _dense(first.noisy)
    assert (noisy[clean == 0] == 0).all()
    factors = (noisy / clean)[clean != 0]
    np.testing.assert_allclose([factors.mean(), factors.std()], [0, 2], atol=0.05)
    assert not torch.equal(noisy, _dense(second.noisy))


def test_raw_inner_products_have_no_gradient_and_unit_rows_do(data):
    sizes = []
    for raw in (True, False):
        network, inputs = _built(data, n_latent=64)
        if raw:
            network._hidden = torch.relu
        network.begin("train", inputs)
        with torch.no_grad():  # the size a latent has with thousands of genes
            network.encoder.mul_(10)
        adjacency = network.losses(inputs, "train")["adjacency"]
        sizes.append(torch.autograd.grad(adjacency, network.encoder)[0].abs().sum().item() / adjacency.item())
    assert sizes[0] < 1e-3 * sizes[1]

"""GraphST beside its formulas written out over dense matrices."""

import pytest
import torch
from torch.nn import functional

import semst
from semst import gr, models
from semst.data import read_slice
from semst.models.backbones.graphst import GraphST

N = 120


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=N, random_state=1))[0]


@pytest.fixture(scope="module")
def prepared(data):
    config = GraphST.Config(epochs=3, n_latent=6)
    return GraphST.prepare(data, config), config


@pytest.fixture
def network(prepared):
    return models.build(GraphST, prepared[0].inputs, prepared[1], random_state=3).double()


def _binary(network, summary, own, corrupted):
    scores = torch.cat([network.discriminator(one, summary) for one in (own, corrupted)])
    truth = torch.cat([torch.ones(N, 1), torch.zeros(N, 1)]).double()
    return functional.binary_cross_entropy_with_logits(scores, truth)


def _dense_losses(network, inputs, adjacency, nearest, order):
    joined = torch.from_numpy(adjacency.toarray()).double() + torch.eye(N).double()
    degree = joined.sum(dim=1)
    graph = joined / degree.sqrt()[:, None] / degree.sqrt()[None, :]
    x = inputs.design.to_dense().double()
    latent, corrupted = graph @ x @ network.encoder, graph @ x[order] @ network.encoder
    rectified, other = torch.relu(latent), torch.relu(corrupted)
    near = torch.from_numpy(nearest.toarray()).double() + torch.eye(N).double()
    own, strange = (
        torch.sigmoid(functional.normalize(near @ view / 4, dim=1)) for view in (rectified, other)
    )
    return {
        "reconstruction": functional.mse_loss(graph @ latent @ network.decoder, x),
        "contrast": _binary(network, own, rectified, other),
        "mirrored": _binary(network, strange, other, rectified),
    }


def test_every_part_of_the_loss_and_its_gradients_equal_the_dense_ones(data, prepared, network):
    nearest = gr.directed_neighbours(data.coordinates, n_neighs=3)
    inputs = prepared[0].inputs
    torch.manual_seed(7)
    lean = network.losses(inputs, "train")
    torch.manual_seed(7)
    dense = _dense_losses(network, inputs, prepared[0].adjacency, nearest, torch.randperm(N))
    parameters = list(network.parameters())
    for name, expected in dense.items():
        # the operators are held in single precision
        assert lean[name].item() == pytest.approx(expected.item(), rel=1e-5), name
        for ours, theirs in zip(
            torch.autograd.grad(lean[name], parameters, retain_graph=True, materialize_grads=True),
            torch.autograd.grad(expected, parameters, retain_graph=True, materialize_grads=True),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-7)
    weighted = 10 * dense["reconstruction"] + dense["contrast"] + dense["mirrored"]
    assert lean["loss"].item() == pytest.approx(weighted.item(), rel=1e-5)


def test_the_random_order_differs_from_epoch_to_epoch(prepared, network):
    torch.manual_seed(0)
    contrast = [network.losses(prepared[0].inputs, "train")["contrast"].item() for _ in range(2)]
    assert contrast[0] != contrast[1]


def test_a_permuted_view_keeps_the_meaning_of_its_spots(data):
    """Permuting spots, semantic vectors and graph together must leave both branches' losses as they are."""
    config = GraphST.Config(epochs=1, n_latent=4)
    prepared = GraphST.prepare(data, config)
    semantic = torch.randn(N, 3, generator=torch.Generator().manual_seed(0))
    prepared.inputs.set_semantic(semantic.numpy())
    network = models.build(GraphST, prepared.inputs, config)
    torch.nn.init.normal_(network.fsm.modulation.weight, std=0.5)
    order = torch.randperm(N)
    view = torch.randn(N, 4)
    wanted = network.modulate(view, prepared.inputs)
    torch.testing.assert_close(network.modulate(view[order], prepared.inputs, order), wanted[order])
    views = network.modulate_views(view, view[order], prepared.inputs, order)
    torch.testing.assert_close(views[0], wanted)
    torch.testing.assert_close(views[1], wanted[order])
    first, second = network.modulate_views(view, 2 * view, prepared.inputs)
    torch.testing.assert_close(first, wanted)
    torch.testing.assert_close(second, network.modulate(2 * view, prepared.inputs))


def test_the_graph_joins_the_three_nearest_where_either_end_asks(prepared, data):
    expected = gr.nearest_neighbours(data.coordinates, n_neighs=3)
    assert (prepared[0].adjacency != expected).nnz == 0
    assert prepared[0].record["prepared"]["graph"]["mean_degree"] >= 3

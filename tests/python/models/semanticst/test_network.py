"""SemanticST against dense formulas, and what tiles, slices and graphs have to keep."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

import semst
from models.conftest import fit
from semst import SemSTError, models
from semst.data import Slice, read_slice
from semst.models.semanticst import SemanticST, SemanticSTConfig

SMALL = {"n_domains": 4, "n_pcs": 12, "n_smooth_pcs": 8, "n_latent": 6, "n_edge": 3, "epochs": 3}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=260, random_state=0))[0]


@pytest.fixture(scope="module")
def two_slices(data):
    """The same tissue twice, the second with other counts of some genes, as from another batch."""
    counts = data.counts.toarray()
    counts[1::2, :20] *= 3
    names = np.where(np.arange(len(counts)) % 2, "b", "a")
    return Slice(sp.csr_matrix(counts), data.genes, data.coordinates, names)


def _build(data, random_state=0, **settings):
    config = SemanticSTConfig(**{**SMALL, **settings})
    prepared = SemanticST.prepare(data, config, random_state=random_state)
    network = models.build(SemanticST, prepared.inputs, config, random_state=random_state)
    return config, prepared, network


def test_forward_and_every_loss_against_dense_formulas(data):
    config, prepared, network = _build(data)
    inputs, network = prepared.inputs.double(), network.double()
    (tile,) = inputs.tiles
    n, x, u = len(inputs.encoded), inputs.encoded, inputs.guide
    views, graphs = [], []
    for k, name in enumerate(config.graphs):
        q = u @ network.edge_projection[k]
        mask = torch.zeros(n, n, dtype=torch.float64)
        mask[tile.edges[name].rows, tile.edges[name].columns] = 1
        weighted = mask * torch.sigmoid(q @ q.T / config.n_edge**0.5 + network.edge_bias[k])
        graphs.append(weighted)
        loops = weighted + config.self_weight * torch.eye(n)
        encoder = network.encoders[:, k * config.n_latent : (k + 1) * config.n_latent]
        mean = loops @ (x @ encoder) / loops.sum(dim=1, keepdim=True)
        views.append(torch.relu(mean + network.encoder_bias[k]))
    scores = torch.stack(
        [
            torch.tanh(v @ layer.weight.T + layer.bias) @ q
            for v, layer, q in zip(views, network.attention, network.queries, strict=True)
        ],
        dim=1,
    )
    shares = torch.softmax(scores, dim=1)
    z = sum(shares[:, [k]] * view for k, view in enumerate(views))
    p = torch.softmax(z @ network.channels.weight.T + network.channels.bias, dim=1)
    target = torch.cat([part.to_dense() for part in tile.targets]).double()
    error = (target - (z @ network.decoder * network.slice_scale[0] + network.slice_bias[0])).square().mean()
    cuts = [1 - torch.trace(p.T @ g @ p) / torch.trace(p.T @ torch.diag(g.sum(dim=1)) @ p) for g in graphs]

    parts = network.tile_losses(inputs, tile)
    torch.testing.assert_close(parts["reconstruction"], error, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(parts["cut"], torch.stack(cuts).mean())
    torch.testing.assert_close(network.encode(inputs), z)
    torch.testing.assert_close(network.inspect(inputs)["attention"], shares)
    weighted = sum(
        getattr(config, f"{name}_weight") * value for name, value in parts.items() if name != "loss"
    )
    torch.testing.assert_close(parts["loss"], weighted)
    torch.testing.assert_close(network.embedding(inputs), z @ network.decoder)


def test_tiles_hold_the_neighbours_of_the_whole_graph(data):
    _, whole, _ = _build(data, tile_spots=10_000)
    config, parts, _ = _build(data, tile_spots=60)
    (single,) = whole.inputs.tiles
    assert len(parts.inputs.tiles) > 4
    own = torch.cat([tile.spots[: tile.n_own] for tile in parts.inputs.tiles])
    assert own.sort().values.tolist() == list(range(len(data.coordinates)))
    for name in config.graphs:
        edges = single.edges[name]
        everywhere = set(zip(edges.rows.tolist(), edges.columns.tolist(), strict=True))
        found = set()
        for tile in parts.inputs.tiles:
            here = tile.edges[name]
            pairs = zip(tile.spots[here.rows].tolist(), tile.spots[here.columns].tolist(), strict=True)
            found |= set(pairs)
        assert found == everywhere


def test_tiles_are_pieces_of_tissue(data):
    _, parts, _ = _build(data, tile_spots=60)
    spread = np.ptp(data.coordinates, axis=0).prod()
    for tile in parts.inputs.tiles:
        place = data.coordinates[tile.spots[: tile.n_own].numpy()]
        assert np.ptp(place, axis=0).prod() < 0.45 * spread


def test_latents_and_embedding_do_not_depend_on_the_tiles(data):
    config, whole, network = _build(data, tile_spots=10_000)
    _, parts, _ = _build(data, tile_spots=60)
    torch.testing.assert_close(
        network.encode(whole.inputs), network.encode(parts.inputs), atol=1e-5, rtol=1e-4
    )
    np.testing.assert_allclose(
        np.abs(models.embed(network, whole.inputs, config)),
        np.abs(models.embed(network, parts.inputs, config)),
        rtol=1e-3,
        atol=1e-3,
    )


def test_reconstruction_of_the_whole_is_the_mean_over_tiles(data):
    _, whole, network = _build(data, tile_spots=10_000)
    _, parts, _ = _build(data, tile_spots=60)
    errors = [
        network.tile_losses(parts.inputs, tile)["reconstruction"] * tile.n_own for tile in parts.inputs.tiles
    ]
    expected = network.tile_losses(whole.inputs, whole.inputs.tiles[0])["reconstruction"]
    torch.testing.assert_close(sum(errors) / len(data.coordinates), expected, rtol=1e-4, atol=1e-5)


def test_one_network_is_trained_on_all_tiles_and_inference_uses_it(data, monkeypatch):
    config, parts, _ = _build(data, tile_spots=60, passes=3)
    built, seen = [], []
    real = SemanticST.__init__
    monkeypatch.setattr(SemanticST, "__init__", lambda self, *a: (built.append(1), real(self, *a))[1])
    step = SemanticST.tile_losses
    monkeypatch.setattr(
        SemanticST, "tile_losses", lambda self, i, t: (seen.append((id(self), id(t))), step(self, i, t))[1]
    )
    fitted = fit(SemanticST, parts, config)
    assert len(built) == 1
    assert len({network for network, _ in seen}) == 1
    assert len(seen) == 3 * len(parts.inputs.tiles)
    assert len({tile for _, tile in seen}) > len(parts.inputs.tiles) / 2
    # trained edge weights, not fresh ones: another edge projection gives another embedding
    before = fitted.embedding
    with torch.no_grad():
        fitted.network.edge_projection.add_(1.0)
    after = models.embed(fitted.network, parts.inputs, config)
    assert np.abs(np.abs(before) - np.abs(after)).max() > 1e-3
    attention = fitted.inspected["attention"]
    assert attention.shape == (len(data.coordinates), 3)
    np.testing.assert_allclose(attention.sum(axis=1), 1, rtol=1e-5)


def test_graphs_are_of_different_kinds(data):
    _, prepared, _ = _build(data)
    (tile,) = prepared.inputs.tiles
    edges = {
        name: set(zip(tile.edges[name].rows.tolist(), tile.edges[name].columns.tolist(), strict=True))
        for name in ("spatial", "expression", "domain")
    }
    assert len(edges["expression"] - edges["spatial"]) > len(edges["expression"]) / 3
    assert edges["domain"] - edges["spatial"] and edges["spatial"] - edges["domain"]
    where = torch.from_numpy(data.coordinates)
    reach = {
        name: (where[tile.edges[name].rows] - where[tile.edges[name].columns]).norm(dim=1).mean()
        for name in edges
    }
    assert reach["spatial"] < reach["domain"] < reach["expression"]


def test_edge_weights_are_learned(data):
    config, prepared, _ = _build(data, epochs=20)
    fitted = fit(SemanticST, prepared, config)
    fresh = models.build(SemanticST, prepared.inputs, config)
    (tile,) = prepared.inputs.tiles
    for trained, start in zip(
        fitted.network.views(prepared.inputs, tile)[1], fresh.views(prepared.inputs, tile)[1], strict=True
    ):
        assert (trained - start).abs().max() > 0.01
        assert (trained >= 0).all() and (trained <= 1).all()


def test_slices_have_scale_and_bias_of_their_own_and_mutual_edges(two_slices):
    _, prepared, network = _build(two_slices)
    assert network.slice_scale.shape == (2, 12) and network.slice_scale.requires_grad
    (tile,) = prepared.inputs.tiles
    codes = two_slices.samples
    for name, crosses in (("spatial", False), ("domain", False), ("expression", True)):
        edges = tile.edges[name]
        rows, columns = tile.spots[edges.rows].numpy(), tile.spots[edges.columns].numpy()
        assert (codes[rows] != codes[columns]).any() == crosses
    parts = network.tile_losses(prepared.inputs, tile)
    scale, bias = torch.autograd.grad(parts["loss"], [network.slice_scale, network.slice_bias])
    assert (scale.abs().sum(dim=1) > 0).all() and (bias.abs().sum(dim=1) > 0).all()


def test_shift_between_slices_is_taken_off_the_input_only(two_slices):
    aware, plain = (
        SemanticST.prepare(
            two_slices, SemanticSTConfig(**SMALL, batch="none", batch_aware=batch_aware)
        ).inputs
        for batch_aware in (True, False)
    )
    second = two_slices.samples == "b"

    def gap(inputs):
        return (inputs.encoded[second].mean(dim=0) - inputs.encoded[~second].mean(dim=0)).norm()

    assert gap(aware) < 0.5 * gap(plain)
    for one, other in zip(aware.tiles[0].targets, plain.tiles[0].targets, strict=True):
        torch.testing.assert_close(one.to_dense(), other.to_dense())


def test_vertical_edges_join_adjacent_sections(data):
    sections = np.where(np.arange(len(data.coordinates)) % 2, "upper", "lower")
    points = np.column_stack([data.coordinates, np.where(sections == "upper", 10.0, 0.0)])
    stack = Slice(data.counts, data.genes, points, sections)
    _, prepared, _ = _build(stack, vertical_neighs=1)
    (tile,) = prepared.inputs.tiles
    edges = tile.edges["spatial"]
    crossing = sections[edges.rows.numpy()] != sections[edges.columns.numpy()]
    assert crossing.sum() >= len(sections)
    with pytest.raises(SemSTError, match="three coordinates"):
        _build(Slice(data.counts, data.genes, data.coordinates, sections), vertical_neighs=1)
    with pytest.raises(SemSTError, match="give sample_key"):
        _build(data, vertical_neighs=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"graphs": ("spatial", "magic")}, "spatial, expression, domain"),
        ({"graphs": ()}, "one or more"),
        ({"n_domains": 1}, "2 or more"),
    ],
)
def test_settings_that_cannot_be_right(settings, message):
    with pytest.raises(SemSTError, match=message):
        SemanticSTConfig(**settings)

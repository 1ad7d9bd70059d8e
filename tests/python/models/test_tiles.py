"""Tiles: they cover the tissue, see what the whole graph sees, and train to the same result."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.conftest import fit, prepare, preset
from semst import SemSTError, models
from semst.data import Slice
from semst.distributed import Group
from semst.models import SemST, split_tissue
from semst.models.semst._tiles import cut_tile
from semst.models.semst._tissue import Tissue

SMALL = {
    "n_expression_neighs": 5,
    "n_hidden": 8,
    "n_view": 6,
    "n_latent": 4,
    "epochs": 5,
    "min_spots": 1,
    "n_pcs": 8,
    "rings": (4,),
    "n_neighs": 4,
}


def _prepared(config, samples=None, n_side=14, n_genes=20, seed=0):
    rng = np.random.default_rng(seed)
    xy = np.argwhere(np.ones((n_side, n_side))).astype(float)
    rate = np.where(xy[:, :1] < n_side / 2, np.linspace(0.5, 6, n_genes), np.linspace(6, 0.5, n_genes))
    counts = sp.csr_matrix(rng.poisson(rate).astype(np.float32))
    data = Slice(counts, pd.Index([f"G{i}" for i in range(n_genes)]), xy, samples)
    return prepare(config, data, rng.normal(size=(len(xy), 7)))


def _whole(inputs):
    return Tissue(inputs, torch.device("cpu"), Group())


def _moved(network):
    """Take the projection off zero, where the linear path lets it start."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for member in network.members:
            torch.nn.init.xavier_uniform_(member.fusion.projection.weight)
    return network


@given(n=st.integers(1, 200), size=st.integers(1, 60), n_slices=st.integers(1, 3), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_every_spot_is_in_one_tile_and_none_is_too_large(n, size, n_slices, seed):
    rng = np.random.default_rng(seed)
    xy, samples = rng.random((n, 2)), rng.integers(0, n_slices, n).astype(str)
    tiles = split_tissue(xy, size, samples)
    assert np.array_equal(np.sort(np.concatenate(tiles)), np.arange(n))
    assert max(map(len, tiles)) <= size
    assert all((np.diff(tile) > 0).all() for tile in tiles)


def test_tiles_are_compact_and_alike():
    xy = np.argwhere(np.ones((12, 12))).astype(float)
    tiles = split_tissue(xy, 36)
    assert [len(tile) for tile in tiles] == [36] * 4
    for tile in tiles:
        assert np.ptp(xy[tile], axis=0).tolist() == [5, 5]


def test_small_slices_share_a_tile_and_large_ones_are_not_mixed():
    samples = np.repeat(["a", "b", "c"], [4, 5, 30])
    xy = np.stack([np.arange(39.0), np.zeros(39)], axis=1)
    tiles = split_tissue(xy, 10, samples)
    assert tiles[0].tolist() == list(range(9))
    assert [len(tile) for tile in tiles[1:]] == [10, 10, 10]
    assert len(split_tissue(xy, 0)) == len(split_tissue(xy, 39)) == 1


@pytest.mark.parametrize("name", ["network", "paper"])
def test_a_tile_with_its_halos_is_embedded_as_on_the_whole_graph(name):
    changes = {} if name == "network" else {"rings": ()}
    config = preset(name, **{**SMALL, "n_pcs": 8 if name == "network" else 0, **changes}, tile_spots=40)
    inputs = _prepared(config).inputs
    network = _moved(models.build(SemST, inputs, config))
    whole = network(inputs).detach().numpy()
    assert len(inputs.tiles) == 5
    for rows in inputs.tiles:
        tile = cut_tile(inputs, rows)
        part = network(tile.of(inputs, torch.device("cpu"))).detach().numpy()
        np.testing.assert_allclose(part, whole[rows], atol=2e-6)
        assert len(tile.spatial_halo) < inputs.n_spots


def test_targets_of_a_tile_are_those_of_its_spots():
    config = preset("network", **SMALL, tile_spots=40)
    inputs = _prepared(config).inputs
    rows = inputs.tiles[1]
    part = cut_tile(inputs, rows).of(inputs, torch.device("cpu")).targets
    for got, wanted in (
        (part.all(), inputs.targets.rows(torch.from_numpy(rows))),
        (part.rows(torch.tensor([0, 3])), inputs.targets.rows(torch.from_numpy(rows[[0, 3]]))),
    ):
        assert torch.equal(got[0].values, wanted[0].values) and torch.equal(got[0].indices, wanted[0].indices)
        assert torch.equal(got[1], wanted[1])


@pytest.mark.parametrize("name", ["network", "paper"])
def test_loss_and_gradient_over_all_tiles_are_those_of_the_whole_slice(name):
    changes = {} if name == "network" else {"rings": (), "n_pcs": 0, "n_latent": 6}
    config = preset(name, **{**SMALL, **changes}, tile_spots=50, batch_spots=0, spatial_weight=0.0)
    inputs = _prepared(config).inputs
    network = _moved(models.build(SemST, inputs, config)).train()
    wanted = network.whole_losses(inputs)
    wanted["loss"].backward()
    whole = [p.grad.clone() for p in network.parameters()]
    network.zero_grad()
    found = {}
    for parts in _whole(inputs).losses(network, 10):
        parts["loss"].backward()
        for key, value in parts.items():
            found[key] = found.get(key, 0.0) + value.item()
    for key in ("loss", "zinb", "correlation"):
        assert found[key] == pytest.approx(wanted[key].item(), rel=1e-5), key
    for (parameter_name, parameter), gradient in zip(network.named_parameters(), whole, strict=True):
        torch.testing.assert_close(
            parameter.grad, gradient, rtol=1e-3, atol=1e-5, msg=lambda m, n=parameter_name: f"{n}: {m}"
        )


def test_the_spatial_regulariser_of_tiles_misses_only_the_edges_between_them():
    config = preset("network", **SMALL, tile_spots=50, batch_spots=0, n_networks=1)
    inputs = _prepared(config).inputs
    network = _moved(models.build(SemST, inputs, config))
    parts = next(_whole(inputs).losses(network, 10))
    unit = torch.nn.functional.normalize(network(inputs).detach(), dim=1)
    tile_of = np.empty(inputs.n_spots, dtype=int)
    for number, rows in enumerate(inputs.tiles):
        tile_of[rows] = number
    edges = inputs.neighbours.scipy().tocoo()
    crossing = tile_of[edges.row] != tile_of[edges.col]
    missing = (unit[edges.row[crossing]] * unit[edges.col[crossing]]).sum() / (2 * inputs.n_spots**2)
    assert crossing.any()
    whole = network.whole_losses(inputs)["spatial"]
    assert parts["spatial"].item() == pytest.approx((whole + missing).item(), rel=1e-5)


def test_training_in_tiles_is_repeatable_and_ends_no_farther_from_the_whole_than_another_seed():
    def run(random_state=0, **changes):
        config = preset("network", **{**SMALL, "epochs": 30}, **changes)
        prepared = _prepared(config)
        return fit(SemST, prepared, config, random_state=random_state), len(prepared.inputs.tiles)

    (whole, _), (seed, _) = run(), run(random_state=1)
    (tiled, n_tiles), (again, _) = run(tile_spots=50, step_tiles=2), run(tile_spots=50, step_tiles=2)
    assert n_tiles == 4
    assert np.array_equal(tiled.embedding, again.embedding)
    apart = np.linalg.norm(tiled.embedding - whole.embedding)
    assert apart < 1.1 * np.linalg.norm(seed.embedding - whole.embedding)
    assert tiled.history.losses["loss"][-1] < tiled.history.losses["loss"][0]


def test_a_tiled_run_that_was_cut_off_ends_as_if_it_had_not_been(tmp_path, monkeypatch):
    config = preset("network", **{**SMALL, "epochs": 14}, tile_spots=50, step_tiles=2, n_networks=2)
    prepared = _prepared(config)
    whole = fit(SemST, prepared, config)

    from semst.models.semst import TwoViewNetwork

    steps = iter(range(1000))
    plain = TwoViewNetwork.losses_from

    def cut_off(self, *args):
        if next(steps) == 25:
            raise KeyboardInterrupt
        return plain(self, *args)

    monkeypatch.setattr(TwoViewNetwork, "losses_from", cut_off)
    with pytest.raises(KeyboardInterrupt):
        fit(SemST, prepared, config, checkpoint_dir=tmp_path)
    monkeypatch.undo()
    resumed = fit(SemST, prepared, config, checkpoint_dir=tmp_path)
    assert resumed.history.resumed_at == 10
    assert np.array_equal(resumed.embedding, whole.embedding)


def test_tile_settings_are_checked():
    with pytest.raises(SemSTError, match="tile_spots is -1"):
        preset("network", tile_spots=-1)
    with pytest.raises(SemSTError, match="step_tiles is 0"):
        preset("network", step_tiles=0)


def test_inputs_on_a_device_leave_those_they_came_from_where_they_were():
    inputs = _prepared(preset("network", **SMALL)).inputs
    there = inputs.to(torch.device("meta"))
    assert there.spatial_operator.matrix.device.type == "meta"
    assert there.neighbours.transposed is there.neighbours.matrix  # symmetric: held once
    assert {one.matrix.device.type for one in (inputs.spatial_operator, inputs.neighbours)} == {"cpu"}

"""The network: equation 14 put together, and nothing idle in it."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from models.conftest import fit, prepare, preset
from semst import SemSTError, gr, models
from semst.data import Slice
from semst.models import SemST
from semst.nn import zinb_nll
from semst.train import train


def _slice(n_side=8, n_genes=30, seed=0):
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(n_side), np.arange(n_side)), axis=-1).reshape(-1, 2).astype(float)
    high = xy[:, :1] < n_side / 2
    rate = np.where(high, np.linspace(0.5, 6, n_genes), np.linspace(6, 0.5, n_genes))
    counts = sp.csr_matrix(rng.poisson(rate).astype(np.float32))
    return Slice(counts, pd.Index([f"G{i}" for i in range(n_genes)]), xy)


def _assembled(config, semantic_width=7, data=None):
    data = data or _slice()
    semantic = None
    if semantic_width:
        semantic = np.random.default_rng(1).normal(size=(data.n_spots, semantic_width))
    return data, prepare(config, data, semantic)


def leave_start(network):
    """Move the projection off zero, where the linear path lets it start."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for member in network.members:
            torch.nn.init.xavier_uniform_(member.fusion.projection.weight)


SMALL = {"n_expression_neighs": 5, "n_hidden": 8, "n_view": 6, "n_latent": 4, "epochs": 5, "min_spots": 1}
SMALL["n_neighs"] = 4


@pytest.mark.parametrize("name", ["network", "paper"])
def test_the_loss_is_equation_14(name):
    config = preset(name, **SMALL, correlation_weight=0.3, spatial_weight=0.7)
    _, prepared = _assembled(config)
    inputs = prepared.inputs
    network = models.build(SemST, inputs, config)
    parts = network.whole_losses(inputs)
    assert parts["loss"].item() == pytest.approx(
        (parts["zinb"] + 0.3 * parts["correlation"] + 0.7 * parts["spatial"]).item(), rel=1e-6
    )
    pooling = inputs.targets.pooling
    dense = torch.from_numpy(
        (inputs.targets.counts if pooling is None else pooling @ inputs.targets.counts).toarray()
    )
    direct = []
    for member in network.members:
        log_mean, log_dispersion, logit = member.decoder.parameters_of(
            member(inputs), inputs.targets.all()[1]
        )
        ridge = config.dropout_ridge * torch.sigmoid(logit) ** 2
        direct.append((zinb_nll(dense, log_mean, log_dispersion, logit) + ridge).mean().item())
    assert parts["zinb"].item() == pytest.approx(np.mean(direct), rel=1e-5)


@pytest.mark.parametrize("name", ["network", "paper"])
@pytest.mark.parametrize("fusion", ["fsm", "concat", "add", "cross-attention", "none"])
def test_no_parameter_stays_without_a_gradient(name, fusion):
    config = preset(name, **SMALL, fusion=fusion, zero_init=False)
    inputs = _assembled(config)[1].inputs
    network = models.build(SemST, inputs, config, random_state=3)
    leave_start(network)
    network.whole_losses(inputs)["loss"].backward()
    for parameter_name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, parameter_name


def test_the_default_starts_as_its_linear_path_and_leaves_it():
    config = preset("network", **SMALL)
    _, prepared = _assembled(config)
    inputs = prepared.inputs
    network = models.build(SemST, inputs, config)
    np.testing.assert_allclose(network(inputs).detach().numpy(), inputs.linear.numpy(), rtol=1e-6)
    fitted = fit(SemST, prepared, config)
    assert fitted.figures["branch_share"] > 0.001


def test_members_are_trained_as_if_each_were_alone():
    config = preset("network", **SMALL, n_networks=2)
    _, prepared = _assembled(config)
    inputs = prepared.inputs
    pair = models.build(SemST, inputs, config)
    alone = models.build(SemST, inputs, preset("network", **SMALL, n_networks=1))
    alone.members[0].load_state_dict(pair.members[0].state_dict())
    for network in (pair, alone):
        # what Adam adds to the size of a gradient is nothing beside large ones
        def large(n=network):
            return {name: 1e4 * value for name, value in n.whole_losses(inputs).items()}

        train(network, large, epochs=5, learning_rate=1e-2, progress=False)
    both = [m.fusion.projection.weight.detach() for m in (pair.members[0], alone.members[0])]
    torch.testing.assert_close(*both, rtol=1e-3, atol=1e-5)
    assert not torch.allclose(pair.members[0](inputs), pair.members[1](inputs))
    torch.testing.assert_close(pair(inputs), (pair.members[0](inputs) + pair.members[1](inputs)) / 2)


def test_a_drawn_batch_has_the_loss_of_all_spots_on_average():
    config = preset("network", **SMALL, batch_spots=16)
    inputs = _assembled(config)[1].inputs
    network = models.build(SemST, inputs, config)
    whole = np.mean([m.decoder.loss(m(inputs), *inputs.targets.all()).item() for m in network.members])
    drawn = [network.whole_losses(inputs)["zinb"].item() for _ in range(200)]
    assert np.std(drawn) > 0
    assert np.mean(drawn) == pytest.approx(whole, abs=4 * np.std(drawn) / np.sqrt(200))


def test_each_part_of_the_loss_moves_the_encoder():
    config = preset("network", **SMALL)
    inputs = _assembled(config)[1].inputs
    for part in ("zinb", "correlation", "spatial"):
        network = models.build(SemST, inputs, config)
        leave_start(network)
        network.whole_losses(inputs)[part].backward()
        assert network.members[0].spatial_view.first.weight.grad.abs().max() > 0, part


@pytest.mark.parametrize("name", ["network", "paper"])
def test_spot_order_only_permutes_the_embedding(name):
    config = preset(name, **SMALL)
    data, *_ = _assembled(config)
    order = np.random.default_rng(0).permutation(len(data.coordinates))
    moved = Slice(data.counts[order], data.genes, data.coordinates[order])
    semantic = np.random.default_rng(1).normal(size=(len(order), 7)).astype(np.float32)
    embeddings = []
    for some, vectors in ((data, semantic), (moved, semantic[order])):
        embeddings.append(fit(SemST, prepare(config, some, vectors), config).embedding)
    np.testing.assert_allclose(embeddings[1], embeddings[0][order], atol=2e-3)


def test_training_lowers_the_loss_and_is_bitwise_repeatable():
    config = preset("network", **{**SMALL, "epochs": 40})
    _, prepared = _assembled(config)
    runs = [fit(SemST, prepared, config) for _ in range(2)]
    losses = runs[0].history.losses["loss"]
    assert losses[-1] < losses[0]
    assert np.array_equal(runs[0].embedding, runs[1].embedding)
    other = fit(SemST, prepared, config, random_state=1)
    assert not np.array_equal(runs[0].embedding, other.embedding)


def test_two_slices_do_not_touch_each_other_in_space():
    data = _slice()
    half = np.where(np.arange(64) < 32, "a", "b")
    config = preset("network", **SMALL)
    both = Slice(data.counts, data.genes, data.coordinates, samples=half)
    assert prepare(config, both).adjacency[:32, 32:].nnz == 0
    near = gr.neighbour_rings(both.coordinates, rings=config.rings, samples=half)
    assert all(ring[:32, 32:].nnz == 0 for ring in near)


def test_settings_are_checked():
    with pytest.raises(SemSTError, match="'linear', 'network', 'paper'"):
        preset("papers")
    with pytest.raises(SemSTError, match="no setting 'epoch'. Did you mean 'epochs'.*Accepted are: .*epochs"):
        preset("network", epoch=3)
    with pytest.raises(SemSTError, match="fusion is 'film'"):
        preset("network", fusion="film")
    with pytest.raises(SemSTError, match="n_neighs is 2.5"):
        preset("network", n_neighs=2.5)
    with pytest.raises(SemSTError, match="learning_rate is 0"):
        preset("network", learning_rate=0)
    with pytest.raises(SemSTError, match="no axes in common"):
        preset("network", rings=(), n_networks=2)
    assert preset("paper").preset == "paper"

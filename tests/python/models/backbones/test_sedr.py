"""SEDR: its losses by hand, masking, the clustering phase."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch.nn import functional

import semst
from models.conftest import fit
from semst import models
from semst.data import read_slice
from semst.models._features import component_features
from semst.models.backbones.sedr import SEDR, SEDRConfig, assignments, edge_loss, target_distribution
from semst.nn import Edges

SMALL = {"epochs": 2, "clustering_epochs": 2, "n_pcs": 20, "n_neighs": 4, "n_clusters": 3}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))[0]


@pytest.fixture
def built(data):
    config = SEDRConfig(**SMALL, dropout=0.0)
    prepared = SEDR.prepare(data, config)
    network = models.build(SEDR, prepared.inputs, config).double()
    prepared.inputs.values = prepared.inputs.values.double()
    return network, prepared.inputs


def test_components_are_those_of_standardised_values(data):
    scores, projections, _ = component_features(data, SEDRConfig(n_top_genes=30), n_components=4)
    genes = projections.genes
    counts = data.counts.toarray().astype(float)
    values = counts[:, data.genes.get_indexer(genes)] * 1e6 / counts.sum(axis=1, keepdims=True)
    standard = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    wanted = np.linalg.svd(standard, full_matrices=False)
    np.testing.assert_allclose(
        np.abs(scores), np.abs(wanted[0] * wanted[1])[:, :4], rtol=1e-3, atol=1e-3 * wanted[1][0]
    )


def test_losses_equal_their_formulas(built):
    network, inputs = built
    torch.nn.init.constant_(network.token, 0.3)
    torch.manual_seed(5)
    found = network.losses(inputs, "representation")
    torch.manual_seed(5)
    n = len(inputs.values)
    hidden = torch.randperm(n)[: round(0.8 * n)]
    masked = inputs.values.clone()
    masked[hidden] += 0.3
    graph = inputs.propagation.matrix.to_dense().double()
    features = network.perceptron(masked)
    first = torch.relu(graph @ features @ network.graph_hidden.weight.T)
    mean, log_deviation = (graph @ first @ network.graph_moments.weight.T).chunk(2, dim=1)
    noise = torch.randn(mean.shape)
    latent = torch.cat([features, mean + log_deviation.exp() * noise], dim=1)
    rebuilt = graph @ latent @ network.decoder.weight.T
    wanted = {"reconstruction": functional.mse_loss(rebuilt, inputs.values)}
    normal = torch.distributions.Normal(torch.zeros(1).double(), torch.ones(1).double())
    posterior = torch.distributions.Normal(mean, log_deviation.exp())
    wanted["divergence"] = torch.distributions.kl_divergence(posterior, normal).sum(dim=1).mean() / n
    unit = [functional.normalize(each[hidden], dim=1) for each in (inputs.values, rebuilt)]
    wanted["masked"] = (1 - (unit[0] * unit[1]).sum(dim=1)).pow(3).mean()
    for part, value in wanted.items():
        assert found[part].item() == pytest.approx(value.item(), rel=1e-5), part
    total = 10 * found["reconstruction"] + 0.1 * (found["edges"] + found["divergence"]) + found["masked"]
    assert found["loss"].item() == pytest.approx(total.item())


def test_units_are_dropped_ahead_of_every_graph_convolution_in_training_only(data):
    config = SEDRConfig(**SMALL, dropout=0.5)
    prepared = SEDR.prepare(data, config)
    network = models.build(SEDR, prepared.inputs, config)
    features = torch.ones(len(data.coordinates), config.n_features)
    first, second = (network.moments(features, prepared.inputs)[0] for _ in range(2))
    assert not torch.equal(first, second)
    network.eval()
    first, second = (network.moments(features, prepared.inputs)[0] for _ in range(2))
    assert torch.equal(first, second)


def test_edge_loss_by_hand():
    # two joined spots at (1), one alone at (-2): self loops 1, 1, 4; edge 1 twice; negatives all -2
    edges = Edges(sp.csr_matrix([[1, 1, 0], [1, 1, 0], [0, 0, 1]]))
    latent = torch.tensor([[1.0], [1.0], [-2.0]], dtype=torch.float64)
    softplus = functional.softplus
    joined = 4 * softplus(torch.tensor(-1.0)) + softplus(torch.tensor(-4.0))
    apart = 5 * softplus(torch.tensor(-2.0))
    wanted = 9 / (2 * (9 - 5)) * (joined + apart) / 10
    assert edge_loss(latent, edges).item() == pytest.approx(wanted.item(), rel=1e-6)


def test_assignments_and_their_target_by_hand():
    latent = torch.tensor([[0.0], [3.0]], dtype=torch.float64)
    soft = assignments(latent, torch.tensor([[0.0], [1.0]], dtype=torch.float64))
    # kernels 1, 1/2 and 1/10, 1/5
    np.testing.assert_allclose(soft, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])
    np.testing.assert_allclose(target_distribution(soft), [[0.8, 0.2], [0.2, 0.8]])


def test_a_hidden_spot_shows_nothing_of_itself(data):
    config = SEDRConfig(**SMALL, hide_masked=True)
    prepared = SEDR.prepare(data, config)
    network, values = models.build(SEDR, prepared.inputs, config), prepared.inputs.values
    hidden = torch.tensor([3, 8])
    masked = network.mask(values, hidden)
    assert (masked[hidden] == 0).all()
    assert (masked[0] == values[0]).all()
    other = values.clone()
    other[hidden] += 7
    torch.testing.assert_close(network.mask(other, hidden), masked)


def test_the_mask_is_added_by_default(built):
    network, inputs = built
    torch.nn.init.constant_(network.token, 2.0)
    masked = network.mask(inputs.values, torch.arange(5))
    torch.testing.assert_close(masked[:5], inputs.values[:5] + 2)
    torch.testing.assert_close(masked[5:], inputs.values[5:])


def test_the_target_is_refreshed_on_schedule(built):
    network, inputs = built
    network.train()
    network.begin("clustering", inputs)
    seen = []
    for _ in range(41):
        network.losses(inputs, "clustering")["loss"].backward()
        with torch.no_grad():
            network.centres.add_(0.01)
        seen.append(network.target.clone())
    changes = [i for i in range(1, 41) if not torch.equal(seen[i], seen[i - 1])]
    assert changes == [20, 40]
    np.testing.assert_allclose(seen[0].sum(dim=1), 1)


def test_a_run_that_is_taken_up_ends_with_the_same_embedding(data, tmp_path):
    config = SEDRConfig(**{**SMALL, "clustering_epochs": 25})
    whole = fit(SEDR, SEDR.prepare(data, config), config)
    for _ in range(2):
        again = fit(
            SEDR,
            SEDR.prepare(data, config),
            config,
            device="cpu",
            checkpoint_dir=tmp_path,
        )
        np.testing.assert_array_equal(again.embedding, whole.embedding)


def test_the_second_phase_can_be_left_out(data):
    config = SEDRConfig(**{**SMALL, "clustering_epochs": 0})
    fitted = fit(SEDR, SEDR.prepare(data, config), config)
    assert "cluster" not in fitted.history.losses

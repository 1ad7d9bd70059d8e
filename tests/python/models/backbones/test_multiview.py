"""Spatial-MGCN and MAFN against dense references written from the formulas."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import semst
from models.conftest import fit
from semst import models
from semst.data import read_slice
from semst.models.backbones.mafn import MAFN, MAFNConfig, balanced_correlation
from semst.models.backbones.spatial_mgcn import SpatialMGCN, SpatialMGCNConfig

SMALL = {
    "epochs": 2,
    "n_top_genes": 40,
    "n_hidden": 7,
    "n_latent": 5,
    "n_expression_neighs": 4,
    "min_spots": 1,
}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))[0]


def _double(model, config, data):
    prepared = model.prepare(data, config)
    network = models.build(model, prepared.inputs, config).double()
    inputs = prepared.inputs
    for name in ("target_values", "target_log_factorials", "log_size"):
        setattr(inputs, name, getattr(inputs, name).double())
    return network, inputs


def _dense(inputs):
    x = inputs.design.to_dense().double()
    return x, inputs.spatial.matrix.to_dense().double(), inputs.feature.matrix.to_dense().double()


def _gcn(view, x, graph):
    hidden = torch.relu(graph @ x @ view.first + view.bias)
    return graph @ hidden @ view.second.weight.T + view.second.bias


def _cosines(z, *, centred=False):
    unit = functional.normalize(z - z.mean(dim=0) if centred else z, dim=1)
    return unit @ unit.T


def _spatial_loss(z, neighbours):
    away = 1 - neighbours - torch.eye(len(z), dtype=z.dtype)
    s = torch.sigmoid(_cosines(z))
    return -0.5 * ((neighbours * s.log()).mean() + (away * (1 - s).log()).mean())


def test_spatial_mgcn_equals_its_formulas(data):
    network, inputs = _double(SpatialMGCN, SpatialMGCNConfig(**SMALL), data)
    x, spatial, feature = _dense(inputs)
    first, second = (_gcn(network.shared_view, x, graph) for graph in (spatial, feature))
    views = [
        _gcn(network.spatial_view, x, spatial),
        (first + second) / 2,
        _gcn(network.feature_view, x, feature),
    ]
    scores = torch.stack([network.attention(view)[:, 0] for view in views], dim=1)
    weights = torch.softmax(scores, dim=1)
    fused = sum(weights[:, [v]] * views[v] for v in range(3))
    torch.testing.assert_close(network.encode(inputs), fused)

    latent = network.merge(fused)
    wanted = {
        "consistency": (_cosines(first, centred=True) - _cosines(second, centred=True)).square().mean(),
        "spatial": _spatial_loss(latent, inputs.neighbours.matrix.to_dense().double()),
    }
    found = network.losses(inputs, "train")
    assert found["consistency"].item() == pytest.approx(wanted["consistency"].item(), rel=1e-9)
    assert found["spatial"].item() == pytest.approx(wanted["spatial"].item(), abs=1e-3)
    total = found["zinb"] + 10 * found["consistency"] + found["spatial"]
    assert found["loss"].item() == pytest.approx(total.item())


def test_mafn_equals_its_formulas(data):
    network, inputs = _double(MAFN, MAFNConfig(**SMALL, mixture=0.3), data)
    x, spatial, feature = _dense(inputs)
    views = [
        _gcn(network.spatial_view, x, spatial),
        _gcn(network.feature_view, x, feature),
        _gcn(network.mixed_view, x, 0.3 * feature + 0.7 * spatial),
    ]
    gates = [network.gate(view) for view in views]
    norm = sum(gate.square() for gate in gates).sqrt()
    fused = torch.cat([gate / norm * view for gate, view in zip(gates, views, strict=True)], dim=1)
    torch.testing.assert_close(network.encode(inputs), fused, rtol=1e-6, atol=1e-8)
    found = network.losses(inputs, "train")
    total = found["zinb"] + 0.1 * found["spatial"] + 0.1 * found["correlation"]
    assert found["loss"].item() == pytest.approx(total.item())


def test_the_share_of_the_feature_graph_is_learned(data):
    config = MAFNConfig(**SMALL)
    prepared = MAFN.prepare(data, config)
    fitted = fit(MAFN, prepared, config)
    assert fitted.network.mixture.item() != pytest.approx(0.1, abs=1e-5)


def test_balanced_correlation_by_hand():
    # columns (1, 0), (0, 1) against (1, 1), (0, 1): C = [[1/√2, 0], [1/√2, 1]]
    first, second = torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    root = np.sqrt(0.5)
    wanted = ((root - 1) ** 2 + 0) / 2 + (0.5 + 0) / 2
    assert balanced_correlation(first, second).item() == pytest.approx(wanted)


def test_balanced_correlation_gradient():
    torch.manual_seed(0)
    views = [torch.randn(9, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(balanced_correlation, views)


@pytest.mark.parametrize("name", ["spatial-mgcn", "mafn"])
def test_k_means_is_the_default_clusterer(name):
    adata = semst.datasets.simulated_cortex(n_spots=150, random_state=0)
    semst.tl.backbone(adata, name, 3, epochs=1)
    assert adata.uns[name]["clustering"]["method"] == "kmeans"
    semst.tl.backbone(adata, name, 3, epochs=1, cluster="mixture")
    assert adata.uns[name]["clustering"]["method"] == "mixture"


def test_targets_are_the_scaled_values_without_a_logarithm(data):
    config = SpatialMGCNConfig(**SMALL)
    inputs = SpatialMGCN.prepare(data, config).inputs
    x = inputs.design.to_dense()
    values = inputs.targets.values
    torch.testing.assert_close(values, x[x != 0])
    assert float(values.max()) <= 10

"""STAIG: its two views, edge dropping and image features."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

import semst
from semst import SemSTError, models
from semst.data import read_slice
from semst.models.backbones.staig import STAIG, STAIGConfig, drawn_edge, drop_chances, dropped_weights
from semst.nn import Edges, neighbour_contrast

SMALL = {"epochs": 2, "n_latent": 6, "n_pcs": 8, "temperature": 2.0}


@pytest.fixture(scope="module")
def data():
    return read_slice(semst.datasets.simulated_cortex(n_spots=120, random_state=0))[0]


def _built(data, **settings):
    config = STAIGConfig(**SMALL, **settings)
    prepared = STAIG.prepare(data, config)
    network = models.build(STAIG, prepared.inputs, config).double()
    return network, prepared.inputs


def _dense_inputs(inputs):
    return inputs.design.to_dense().double()


@pytest.mark.parametrize("n_layers", [1, 2])
def test_the_encoder_equals_its_formula(data, n_layers):
    network, inputs = _built(data, n_layers=n_layers)
    graph, prelu = inputs.propagation.matrix.to_dense().double(), network.activation
    wanted = prelu(graph @ _dense_inputs(inputs) @ network.weight + network.bias)
    if n_layers == 2:
        wanted = prelu(
            graph @ network.second(wanted) - (graph.sum(1, keepdim=True) - 1) * network.second.bias
        )
    torch.testing.assert_close(network.encode(inputs), wanted, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(network.embedding(inputs), network.head(network.encode(inputs)))


def test_the_loss_is_that_of_two_views_made_one_by_one(data):
    network, inputs = _built(data, gene_mask=0.3, second_gene_mask=0.5)
    torch.manual_seed(1)
    found = network.losses(inputs, "train")["loss"]
    torch.manual_seed(1)
    x, n = _dense_inputs(inputs), len(inputs.groups) if inputs.groups is not None else 120
    kept = [(torch.rand(x.shape[1], 1) >= share).double()[:, 0] for share in (0.3, 0.5)]
    views = []
    for genes in kept:
        graph = torch.zeros(n, n, dtype=torch.float64)
        graph[inputs.edges.rows, inputs.edges.columns] = dropped_weights(
            inputs.edges, inputs.dropped, inputs.drawn
        ).double()
        latent = network.activation(graph @ (x * genes) @ network.weight + network.bias)
        views.append(network.head(latent))
    wanted = neighbour_contrast(*views, inputs.edges, temperature=2.0)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-6)


def test_dropped_graph_is_normalised_again():
    # a path of three; the edge between 2 and 3 is gone for sure, whatever its reverse says
    operator = sp.csr_matrix([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    chances = torch.tensor([0.0, 0, 0, 0, 1, 0, 0])
    drawn = torch.from_numpy(drawn_edge(operator))
    np.testing.assert_array_equal(drawn, [0, 1, 1, 3, 4, 4, 6])
    weights = dropped_weights(Edges(operator), chances, drawn)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.5, 0.5, 0, 0, 1], rtol=1e-6)


def test_an_edge_goes_in_both_directions_or_in_none(data):
    inputs = _built(data)[1]
    graph = torch.zeros(120, 120)
    torch.manual_seed(0)
    graph[inputs.edges.rows, inputs.edges.columns] = dropped_weights(
        inputs.edges, inputs.dropped, inputs.drawn
    )
    torch.testing.assert_close(graph, graph.T)
    assert 0 < int((graph > 0).sum()) < len(inputs.edges.rows)
    with pytest.raises(SemSTError, match=r"n_layers is 3; STAIG has 1 or 2"):
        STAIGConfig(n_layers=3)


def test_chances_by_hand():
    operator = sp.csr_matrix([[1.0, 1, 1], [1, 1, 0], [1, 0, 1]])
    values = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 15.0]])
    np.testing.assert_allclose(drop_chances(operator, values, by="distance"), [0, 0.25, 0.75, 1, 0, 1, 0])
    values = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])  # cosine distances 0 and 1
    e = np.e
    np.testing.assert_allclose(
        drop_chances(operator, values, by="cosine"), [0, 1 / (1 + e), e / (1 + e), 1, 0, 1, 0], rtol=1e-6
    )


def test_image_features_make_groups_and_chances(data):
    rng = np.random.default_rng(0)
    image = rng.normal(size=(120, 5)).astype(np.float32)
    image[:60] += 10
    inputs = STAIG.prepare(replace(data, image=image), STAIGConfig(**SMALL, n_groups=2)).inputs
    groups = inputs.groups.numpy()
    assert len(set(groups[:60])) == len(set(groups[60:])) == 1
    assert groups[0] != groups[60]
    plain = STAIG.prepare(data, STAIGConfig(**SMALL)).inputs
    assert plain.groups is None
    assert not torch.equal(plain.dropped, inputs.dropped)


def test_image_features_come_from_obsm():
    adata = semst.datasets.simulated_cortex(n_spots=150, random_state=0)
    adata.obsm["image"] = np.random.default_rng(0).normal(size=(150, 4))
    run = {"epochs": 2, "cluster": "kmeans", "progress": False}
    semst.tl.backbone(adata, "staig", 3, image_key="image", n_groups=5, **run)
    semst.tl.backbone(adata, "staig", 3, key_added="plain", **run)
    assert adata.uns["staig"]["prepared"]["image"]
    assert not np.allclose(adata.obsm["X_staig"], adata.obsm["X_plain"])
    with pytest.raises(
        SemSTError, match="graphst cannot use image_key: it has no view of the image.*take staig"
    ):
        semst.tl.backbone(adata, "graphst", 3, image_key="image", **run)
    with pytest.raises(SemSTError, match="obsm slot"):
        semst.tl.backbone(adata, "staig", 3, image_key="picture", **run)
    adata.obsm["image"][3, 1] = np.nan
    with pytest.raises(SemSTError, match="1 values that are missing"):
        semst.tl.backbone(adata, "staig", 3, image_key="image", **run)

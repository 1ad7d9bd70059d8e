"""What holds for every model."""

from dataclasses import replace

import anndata
import numpy as np
import pytest
import scipy.sparse as sp
import torch

import semst
from models.conftest import fit, short
from semst import models
from semst.data import Slice, read_slice
from semst.distributed import Group


@pytest.fixture(scope="module")
def data():
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    return read_slice(adata)[0]


@pytest.fixture(params=models.available())
def name(request):
    return request.param


def _prepared(name, data, *, fsm):
    model = models.get(name)
    config = models.settings(name, preset=model.semantic_preset, **short(model, 3))[1]
    prepared = model.prepare(data, config)
    if fsm:
        rng = np.random.default_rng(0)
        prepared.inputs.set_semantic(rng.normal(size=(len(data.coordinates), 5)))
    return model, config, prepared


@pytest.mark.parametrize("fsm", [False, True])
def test_every_parameter_gets_a_gradient_and_no_term_is_constant(name, data, fsm):
    model, config, prepared = _prepared(name, data, fsm=fsm)
    network = models.build(model, prepared.inputs, config)
    for parameter in network.parameters():  # what starts at zero would keep a gradient from what is before it
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    there = prepared.inputs.on(torch.device("cpu"), Group())
    touched = set()
    for phase in network.phases():
        network.begin(phase.name, there)
        torch.manual_seed(0)
        parts = network.losses(there, phase.name)
        parts = parts if isinstance(parts, dict) else next(parts)
        for part, value in parts.items():
            found = torch.autograd.grad(
                value, list(network.parameters()), retain_graph=True, allow_unused=True
            )
            assert any(g is not None and g.abs().sum() > 0 for g in found), f"{part} is constant"
        found = torch.autograd.grad(parts["loss"], list(network.parameters()), allow_unused=True)
        for (key, _), gradient in zip(network.named_parameters(), found, strict=True):
            if gradient is not None and gradient.abs().sum() > 0:
                touched.add(key)
    assert touched == {key for key, _ in network.named_parameters()}


def test_fsm_leaves_the_host_unchanged_at_the_start(name, data):
    model, config, prepared = _prepared(name, data, fsm=False)
    plain = models.build(model, prepared.inputs, config)
    before = models.embed(plain, prepared.inputs, config)
    model, config, prepared = _prepared(name, data, fsm=True)
    after = models.embed(models.build(model, prepared.inputs, config), prepared.inputs, config)
    np.testing.assert_allclose(np.abs(after), np.abs(before), rtol=1e-3, atol=1e-4)


def test_weight_decay_draws_fsm_to_where_it_starts(name, data):
    """Without a loss, decay must end at the plain host, not at an FSM that shrinks its latent."""
    model, config, prepared = _prepared(name, data, fsm=True)
    network = models.build(model, prepared.inputs, config)
    if network.fsm is None:  # SemST's modulation stands in place of the host's projection
        assert model.semantics_by_default
        return
    for parameter in network.fsm.parameters():
        torch.nn.init.zeros_(parameter)
    features = torch.randn(len(data.coordinates), network.fsm.projection.in_features)
    torch.testing.assert_close(network.modulate(features, prepared.inputs), features)


def test_a_checkpoint_of_other_data_is_refused(name, data, tmp_path):
    model, config, prepared = _prepared(name, data, fsm=True)
    fit(model, prepared, config, checkpoint_dir=tmp_path)
    later = replace(config, n_starts=7, cluster="kmeans", cluster_pcs=2, refine_neighs=9)
    assert fit(model, _prepared(name, data, fsm=True)[2], later, checkpoint_dir=tmp_path).history.resumed_at
    order = np.random.default_rng(1).permutation(len(data.coordinates))
    other = Slice(data.counts[order], data.genes, data.coordinates)
    rng = np.random.default_rng(0)
    for slice_, width in ((other, 5), (data, 4)):
        prepared = model.prepare(slice_, config)
        prepared.inputs.set_semantic(rng.normal(size=(len(order), width)))
        with pytest.raises(semst.SemSTError, match="other data or settings"):
            fit(model, prepared, config, checkpoint_dir=tmp_path)


def test_counts_on_disk_give_the_same_inputs(name, tmp_path):
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    adata.write_h5ad(tmp_path / "slice.h5ad")
    stored = read_slice(anndata.read_h5ad(tmp_path / "slice.h5ad", backed="r"))[0]
    model = models.get(name)
    config = model.Config(**short(model, 3))
    sums = [model.prepare(one, config).inputs.checksum() for one in (read_slice(adata)[0], stored)]
    assert sums[0].keys() == sums[1].keys()
    for part, values in sums[0].items():
        wanted = np.array(values, dtype=float)
        np.testing.assert_allclose(np.array(sums[1][part], dtype=float), wanted, rtol=1e-4, err_msg=part)


def test_inference_is_deterministic(name, data):
    model, config, prepared = _prepared(name, data, fsm=True)
    fitted = fit(model, prepared, config)
    again = models.embed(fitted.network, prepared.inputs, config)
    np.testing.assert_array_equal(fitted.embedding, again)


def test_the_same_seed_gives_the_same_embedding(name, data):
    runs = []
    for _ in range(2):
        model, config, prepared = _prepared(name, data, fsm=True)
        runs.append(fit(model, prepared, config).embedding)
    np.testing.assert_array_equal(*runs)


def test_products_in_half_precision_give_nearly_the_same(name, data):
    values = []
    for precision in ("32-true", "bf16-mixed"):
        model, config, prepared = _prepared(name, data, fsm=True)
        fitted = fit(model, prepared, config, precision=precision)
        values.append({part: series[0] for part, series in fitted.history.losses.items()})
    assert values[0].keys() == values[1].keys()
    for part, value in values[0].items():
        assert values[1][part] == pytest.approx(value, rel=0.1, abs=0.1), part


def test_samples_share_no_spatial_edge(name, data):
    samples = np.where(np.arange(len(data.coordinates)) % 2, "a", "b")
    split = Slice(data.counts, data.genes, data.coordinates, samples)
    model = models.get(name)
    adjacency = sp.coo_matrix(model.prepare(split, model.Config(**short(model, 3))).adjacency)
    assert (samples[adjacency.row] == samples[adjacency.col]).all()


def test_the_call_on_anndata_writes_its_slots(name):
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    settings = short(models.get(name), 3)
    semst.tl.backbone(adata, name, 4, fsm=True, semantics="random", cluster="mixture", **settings)
    assert adata.obs[name].notna().all()
    assert f"X_{name}" in adata.obsm
    assert adata.uns[name]["params"]["model"] == name
    assert all(np.isfinite(values).all() for values in adata.uns[name]["history"].values())


def test_no_limit_on_the_gradient_can_be_asked_for():
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    semst.tl.backbone(adata, "stagate", 4, epochs=1, clip_norm=None, cluster="mixture")
    assert "clip_norm" not in adata.uns["stagate"]["params"]  # None is not written to files


def test_the_vote_is_among_a_spots_own_nearest(data):
    samples = np.array(["few"] * 4 + ["many"] * (len(data.coordinates) - 4))
    voters = semst.gr.directed_neighbours(data.coordinates, n_neighs=50, samples=samples, or_all=True)
    np.testing.assert_array_equal(np.diff(voters.indptr), [3] * 4 + [50] * (len(samples) - 4))
    assert (voters[:4].indices < 4).all()


def test_unknown_names_and_settings_are_told():
    adata = semst.datasets.simulated_cortex(n_spots=220, random_state=0)
    with pytest.raises(semst.SemSTError, match="no model 'grapst'. Did you mean 'graphst'"):
        semst.tl.backbone(adata, "grapst", 4)
    with pytest.raises(semst.SemSTError, match="Accepted are: .*epochs"):
        semst.tl.backbone(adata, "graphst", 4, epoch=3)

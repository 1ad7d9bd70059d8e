"""The linear path as a model: nothing is trained, and another slice is treated as the first."""

import numpy as np
import pytest

import semst
from models.conftest import preset
from semst import SemSTError, models
from semst.data import read_slice
from semst.models import SemST


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=400, n_genes=120, random_state=0)


@pytest.fixture(scope="module")
def data(cortex):
    return read_slice(cortex)[0]


def _embedding(data, config=None, **options):
    config = config or preset("linear")
    return models.fit(SemST, SemST.prepare(data, config, **options), config)


def test_nothing_is_trained(data):
    config = preset("linear")
    fitted = _embedding(data, config)
    assert fitted.history.losses == {}
    assert list(fitted.network.parameters()) == []
    assert fitted.figures == {"branch_share": 0.0}
    assert fitted.embedding.shape[1] >= 6
    assert fitted.embedding.std() == pytest.approx(1, rel=1e-5)


def test_networks_that_have_learned_nothing_leave_it_as_it_is(data):
    config = preset("network", epochs=1, learning_rate=1e-30)
    np.testing.assert_allclose(
        _embedding(data, config).embedding, _embedding(data).embedding, rtol=1e-6, atol=1e-6
    )


def test_the_same_slice_is_embedded_as_in_the_fit_and_another_one_on_the_same_axes(data):
    config = preset("linear")
    prepared = SemST.prepare(data, config)
    again = SemST.prepare(data, config, like=prepared.projections)
    np.testing.assert_allclose(again.inputs.linear, prepared.inputs.linear, atol=1e-4)
    other = read_slice(semst.datasets.simulated_cortex(n_spots=90, n_genes=120, random_state=1))[0]
    small = SemST.prepare(other, config, like=prepared.projections)  # with room for one ring of three
    assert small.inputs.linear.shape == (90, prepared.inputs.linear.shape[1])
    assert np.isfinite(small.inputs.linear.numpy()).all()


def test_spots_in_another_order_are_embedded_alike(cortex):
    order = np.random.default_rng(0).permutation(cortex.n_obs)
    first, second = (_embedding(read_slice(some)[0]).embedding for some in (cortex, cortex[order].copy()))
    likeness = [abs(np.corrcoef(first[order, k], second[:, k])[0, 1]) for k in range(3)]
    assert min(likeness) > 0.999


def test_the_record_says_which_rings_and_how_much_they_predict(data):
    record = SemST.prepare(data, preset("linear")).record["linear"]
    assert record["rings"] == [6, 18, 36]  # 90 is more than a tenth of 400
    assert 0 < record["explained"] < 1 and 0 < record["own_share"] < 1
    assert record["n_latent"] == max(6, record["predicted"])


def test_a_width_that_is_asked_for_is_given(data):
    assert _embedding(data, preset("linear", n_latent=3)).embedding.shape[1] == 3
    assert _embedding(data, preset("linear", n_latent=50)).embedding.shape[1] == 30


def test_saved_and_loaded_it_embeds_the_same(cortex, tmp_path):
    model = semst.SemST(4, cluster="mixture", n_starts=5, explain=False).fit(cortex)
    model.save(tmp_path / "model")
    loaded = semst.SemST.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.embed(cortex), model.embed(cortex))
    np.testing.assert_allclose(model.embed(cortex), model.result_.embedding, atol=1e-4)


def test_semantics_ask_for_networks(cortex):
    assert semst.SemST(4, semantics="random").config.preset == "network"
    assert semst.SemST(4, fsm=True).config.n_networks == 4
    assert semst.SemST(4).config.preset == semst.SemST(4, semantics="none").config.preset == "linear"
    assert semst.SemST(4, fsm=False, semantics="random").config.preset == "linear"
    with pytest.raises(SemSTError, match="preset 'linear' has no network .*use preset=.network."):
        semst.SemST(4, preset="linear", semantics="random")
    with pytest.raises(SemSTError, match="n_networks is 0"):
        semst.SemST(4, semantics="random", n_networks=0)


def test_settings_without_a_linear_path_are_checked():
    with pytest.raises(SemSTError, match="without a network there is no embedding"):
        preset("linear", rings=())
    with pytest.raises(SemSTError, match="n_latent is 0 without a linear path"):
        preset("linear", rings=(), n_networks=1)
    with pytest.raises(SemSTError, match="n_pcs is 0 and rings is"):
        preset("linear", n_pcs=0)

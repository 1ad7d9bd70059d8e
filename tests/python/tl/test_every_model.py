"""What the table of features promises holds for every model; what it denies is refused with its reason."""

import logging
from functools import partial

import numpy as np
import pytest

import semst
from models.conftest import short
from semst import SemSTError, models

QUICK = {"cluster": "mixture", "n_starts": 2, "progress": False}


@pytest.fixture(scope="module")
def cortex():
    adata = semst.datasets.simulated_cortex(n_spots=260, n_genes=90, random_state=0)
    adata.obs["slice"] = np.where(
        adata.obsm["spatial"][:, 0] < np.median(adata.obsm["spatial"][:, 0]), "a", "b"
    )
    adata.obsm["pixels"] = np.random.default_rng(0).normal(size=(adata.n_obs, 5)).astype(np.float32)
    return adata


@pytest.fixture(params=models.available())
def name(request):
    return request.param


def options(name):
    return {**QUICK, **short(models.get(name), 2)}


def test_a_saved_model_embeds_the_fitted_slice_and_others_as_it_did(cortex, name, tmp_path):
    model = semst.tl.Estimator(name, 3, fsm=True, semantics="random", **options(name)).fit(cortex)
    fitted = model.result_.embedding
    np.testing.assert_allclose(model.embed(cortex), fitted, rtol=1e-3, atol=1e-4)
    model.save(tmp_path / "model")
    loaded = semst.tl.Estimator.load(tmp_path / "model")
    assert loaded.config == model.config and loaded.name == name
    part = cortex[cortex.obs["slice"] == "a"].copy()
    np.testing.assert_array_equal(loaded.embed(part), model.embed(part))
    assert loaded.embed(part).shape == (part.n_obs, fitted.shape[1])
    with pytest.raises(SemSTError, match="call fit first"):
        loaded.write_to(part)


def test_a_new_slice_is_put_on_the_scale_of_the_fit(cortex, name):
    model = semst.tl.Estimator(name, 3, **options(name)).fit(cortex)
    fewer = cortex[:200].copy()
    data, _ = semst.data.read_slice(fewer)
    again = model.model.prepare(data, model.config, like=model.projections_)
    assert again.projections.genes.equals(model.projections_.genes)
    for key, value in model.projections_.arrays.items():
        np.testing.assert_array_equal(again.projections.arrays[key], value, err_msg=key)


def test_the_fitted_slice_is_predicted_as_it_was_found(cortex, name, tmp_path):
    model = semst.tl.Estimator(name, 3, **options(name)).fit(cortex)
    model.save(tmp_path / "model")
    found = semst.tl.Estimator.load(tmp_path / "model").predict(cortex)
    assert np.mean(found.unrefined == model.result_.unrefined) > 0.99  # another order of sums moves few
    assert np.mean(found.labels == model.result_.labels) > 0.99
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(found.uncertainty, 1 - found.posterior.max(axis=1), atol=1e-6)
    assert found.typicality.mean() == pytest.approx(0.5, abs=0.02)
    assert found.unlike.sum() <= 0.01 * cortex.n_obs


def test_genes_that_a_slice_lacks_are_at_their_mean(cortex, name, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    model = semst.tl.Estimator(name, 3, **options(name)).fit(cortex)
    genes = model.projections_.genes
    lacking = cortex[:, cortex.var_names != genes[0]].copy()
    with caplog.at_level(logging.INFO):
        embedded = model.embed(lacking)
    assert f"lacks 1 of the {len(genes)} genes" in caplog.text and str(genes[0]) in caplog.text
    whole = model.embed(cortex)
    moved = np.linalg.norm(embedded - whole) / np.linalg.norm(whole - whole.mean(axis=0))
    assert 0 < moved < 0.3
    few = cortex[:, ~cortex.var_names.isin(genes[: len(genes) // 2])].copy()
    with pytest.raises(SemSTError, match=r"lacks .* genes of the fit \(50 %; .*up to 20 % may be missing"):
        model.predict(few)
    assert model.predict(few, max_missing=0.6).labels.size == cortex.n_obs


def test_a_joint_fit_is_predicted_slice_by_slice(cortex, name):
    # what SemanticST takes off between slices besides is estimated from both of them
    alike = {"batch_aware": False} if name == "semanticst" else {}
    model = semst.tl.Estimator(name, 3, sample_key="slice", **alike, **options(name)).fit(cortex)
    whole = model.predict(cortex)
    assert np.mean(whole.unrefined == model.result_.unrefined) > 0.99
    part = cortex[cortex.obs["slice"] == "a"].copy()
    del part.obs["slice"]
    alone = model.predict(part)  # the column is done without: one slice
    agreement = np.mean(alone.unrefined == whole.unrefined[(cortex.obs["slice"] == "a").to_numpy()])
    assert agreement > 0.9


def test_quality_and_an_automatic_number_come_with_every_model(cortex, name, monkeypatch):
    few = partial(semst.cluster.choose_n_domains, n_subsamples=3, n_starts=3)  # what it chooses is not asked
    monkeypatch.setattr(semst.cluster, "choose_n_domains", few)
    adata = cortex.copy()
    semst.tl.run(adata, name, "auto", cluster_pcs=4, **options(name))  # few axes: many mixtures are fitted
    record = adata.uns[name]
    assert {"stability", "chaos", "pas"} <= set(record["quality"])
    chosen = record["params"]["n_domains"]
    assert chosen == record["choice"]["n_domains"] == adata.obs[name].cat.categories.size


def test_a_given_graph_takes_the_place_of_the_models_own(cortex, name):
    adata = cortex.copy()
    semst.gr.spatial_neighbors(adata, n_neighs=20)
    data, _ = semst.data.read_slice(adata, semst.data.SliceKeys(use_existing_graph=True))
    prepared = models.get(name).prepare(data, models.settings(name)[1])
    assert (prepared.adjacency != adata.obsp["spatial_connectivities"]).nnz == 0


def test_several_slices_are_corrected_with_harmony(cortex, name):
    pytest.importorskip("harmonypy", reason="the optional package harmonypy is not installed")
    adata = cortex.copy()
    plain, corrected = (
        semst.tl.run(adata, name, 3, sample_key="slice", batch=batch, copy=True, **options(name))
        for batch in ("none", "harmony")
    )
    assert corrected.uns[name]["params"]["batch"] == "harmony"
    assert "harmony" in corrected.uns[name]["timings"] and "harmony" not in plain.uns[name]["timings"]
    assert not np.allclose(corrected.obsm[f"X_{name}"], plain.obsm[f"X_{name}"])
    with pytest.raises(SemSTError, match="give sample_key"):
        semst.tl.run(adata, name, 3, batch="harmony", **options(name))
    adata.obs["slice"] = "a"
    with pytest.raises(SemSTError, match="needs two slices or more; there is a"):
        semst.tl.run(adata, name, 3, sample_key="slice", batch="harmony", **options(name))
    with pytest.raises(SemSTError, match="batch is True; accepted are 'centre', 'harmony', 'none'"):
        semst.tl.Estimator(name, 3, batch=True)


def test_semantics_come_in_with_fsm_and_in_semst_by_name(cortex, name):
    model = models.get(name)
    if not model.semantics_by_default:
        with pytest.raises(SemSTError, match="with fsm=True only"):
            semst.tl.Estimator(name, 3, semantics="random")
    else:
        assert semst.tl.Estimator(name, 3, semantics="random").semantics == "random"
    assert semst.tl.Estimator(name, 3).semantics == "none"
    assert semst.tl.Estimator(name, 3, fsm=True).semantics == "minilm-genes"
    assert semst.tl.Estimator(name, 3, fsm=False, semantics="random").semantics == "none"


def test_what_a_model_cannot_do_is_refused_with_the_reason_of_the_table(cortex, name):
    table = semst.models.features()[name]
    asked = {
        "image": {"image_key": "pixels"},
        "devices": {"devices": 2},
        "radius": {"radius": 300.0},
        "fusion": {"fusion": "concat"},
        "tiles": {"tile_spots": 100},
    }
    for feature, settings in asked.items():
        if table[feature] == "yes":
            semst.tl.Estimator(name, 3, **settings)
            continue
        with pytest.raises(SemSTError) as refused:
            semst.tl.Estimator(name, 3, **settings)
        assert table[feature] in str(refused.value), feature


def test_the_table_has_a_reason_wherever_it_says_no():
    table = semst.models.features()
    assert table.columns.tolist() == semst.models.available()
    assert (table.map(len) > 2).all().all()
    assert (table.loc[list(models.FOR_ALL)] == "yes").all().all()
    assert table.loc["image"].eq("yes").sum() == 1 and table.loc["tiles"].eq("yes").sum() == 2


def test_landmarks_hold_for_every_model_with_texts(cortex, name, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    with caplog.at_level(logging.INFO):
        semst.tl.run(cortex, name, 3, fsm=True, semantics="random", landmarks=50, copy=True, **options(name))
    assert "needs no landmarks here" in caplog.text

"""What the text moved: counted again by hand, through the doors that users have."""

from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import semst
from models.conftest import short
from semst import SemSTError, models
from semst.semantics import GeneTable, PermutedGenes

QUICK = {"cluster": "mixture", "n_starts": 2, "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=300, n_genes=90, random_state=0)


@pytest.fixture(scope="module")
def table(cortex):
    rng = np.random.default_rng(0)
    return {gene: rng.normal(size=12).astype(np.float32) for gene in cortex.var_names[:60]}


def fitted(name, cortex, n_domains=4, **settings):
    model = semst.tl.Estimator(name, n_domains, **settings, **QUICK).fit(cortex)
    return model, model.result_.record["semantic_effect"]


def looked_at(model, cortex, closeness=1.0):
    """An estimator with its record, its embedding, and the rule as scikit-learn learns it."""
    embedding = model.embed(cortex).astype(float)
    data, _ = semst.data.read_slice(cortex)
    return SimpleNamespace(
        model=model,
        effect=model.result_.record["semantic_effect"],
        embedding=embedding,
        rule=LinearDiscriminantAnalysis().fit(embedding, np.asarray(model.result_.unrefined)),
        labels=np.asarray(model.result_.labels),
        adjacency=model.model.prepare(data, model.config).adjacency,
        closeness=closeness,
    )


@pytest.fixture(scope="module", params=["semst", "paper", "graphst"])
def trained(request, cortex, table):
    name, closeness, settings = {
        "semst": ("semst", 0.97, {"epochs": 15}),
        "paper": ("semst", 0.9, {"preset": "paper", "epochs": 3}),
        "graphst": ("graphst", 0.98, {"epochs": 60, "fsm": True, "refine": False}),
    }[request.param]
    return looked_at(fitted(name, cortex, semantics=GeneTable(table), **settings)[0], cortex, closeness)


def again(trained, cortex, *, semantics=None, scale=..., weights=None):
    """Embed the fitted slice by the estimator with something changed; it is put back."""
    model = trained.model
    kept = model.semantics, model.semantic_scale_, model.weights_
    model.semantics = model.semantics if semantics is None else semantics
    model.semantic_scale_ = model.semantic_scale_ if scale is ... else scale
    model.weights_ = model.weights_ if weights is None else weights
    try:
        return model.embed(cortex).astype(float)
    finally:
        model.semantics, model.semantic_scale_, model.weights_ = kept


def expect(trained, name, other):
    moved = pd.DataFrame(trained.effect["moved"])
    moves = trained.rule.predict(other) != trained.rule.predict(trained.embedding)
    centred = trained.embedding - trained.embedding.mean(axis=0)
    for row in moved.to_dict("records"):
        own = trained.labels == row["domain"]
        assert row["n_spots"] == own.sum() > 0
        assert row[name] == pytest.approx(moves[own].sum(), abs=1)  # rounding may tip a spot
        change = np.linalg.norm((other - trained.embedding)[own]) / np.linalg.norm(centred[own])
        assert row[f"{name}_change"] == pytest.approx(change, rel=1e-3)


def test_spots_that_move_without_fsm_are_those_of_weights_set_to_zero(trained, cortex):
    weights = {
        key: torch.zeros_like(value) if ".modulation." in f".{key}" else value
        for key, value in trained.model.weights_.items()
    }
    expect(trained, "off", again(trained, cortex, weights=weights))


def test_spots_that_move_with_permuted_genes_are_those_of_the_permuted_source(trained, cortex, table):
    other = again(trained, cortex, semantics=PermutedGenes(GeneTable(table)), scale=None)
    expect(trained, "permuted", other)
    assert trained.effect["permuted"] == "genes"


def test_spots_that_move_with_one_text_for_all_are_those_of_the_mean_vector(trained, cortex):
    mean = trained.model.result_.semantic.mean(axis=0)
    if trained.model.semantic_scale_ is not None:
        mean = trained.model.semantic_scale_.mean  # of the vectors averaged over neighbours
    expect(trained, "same", again(trained, cortex, semantics=np.tile(mean, (cortex.n_obs, 1))))


def falls_by_hand(trained, cortex, table):
    """Fall of the mean log-odds of every domain for every gene whose vector is taken out of the table."""
    scores = trained.embedding @ trained.rule.coef_.T + trained.rule.intercept_
    order = np.argsort(-scores, axis=1)
    spots = np.arange(cortex.n_obs)

    def margins(embedding):
        these = embedding @ trained.rule.coef_.T + trained.rule.intercept_
        return pd.Series(these[spots, order[:, 0]] - these[spots, order[:, 1]]).groupby(trained.labels).mean()

    usual = margins(trained.embedding)
    scale, falls = trained.model.semantic_scale_, {}
    for gene in table:
        rest = GeneTable({name: vector for name, vector in table.items() if name != gene})
        if scale is not None:  # centred anew, of the same size
            vectors = semst.tl.semantic_vectors(cortex, rest, copy=True, progress=False).obsm["X_semantic"]
            mean = None if scale.mean is None else semst.gr.smooth(vectors, trained.adjacency).mean(axis=0)
            falls[gene] = models.SemanticScale(mean, scale.size)
        falls[gene] = usual - margins(again(trained, cortex, semantics=rest, scale=falls.get(gene)))
    return pd.DataFrame(falls)


def test_the_weight_of_a_gene_is_what_leaving_its_vector_out_does(trained, cortex, table):
    exact = falls_by_hand(trained, cortex, table)
    for domain, told in pd.DataFrame(trained.effect["genes"]).groupby("domain"):
        by_hand = exact.loc[domain]
        assert told["log_odds"].abs().is_monotonic_decreasing and len(told) == 10
        assert np.corrcoef(told["log_odds"], by_hand[told["gene"]])[0, 1] > trained.closeness
        assert len(set(by_hand.abs().nlargest(3).index) & set(told["gene"])) >= 2


def test_where_vectors_act_linearly_the_weight_of_a_gene_is_exact(cortex, table):
    model, effect = fitted("semst", cortex, semantics=GeneTable(table), fusion="add", epochs=15)
    trained = looked_at(model, cortex)
    exact = falls_by_hand(trained, cortex, table)
    for row in pd.DataFrame(effect["genes"]).to_dict("records"):
        size = exact.loc[row["domain"]].abs().max()
        assert row["log_odds"] == pytest.approx(exact.loc[row["domain"], row["gene"]], abs=1e-3 * size)


def test_the_weight_of_a_gene_is_exact_where_slices_are_centred_by_themselves(cortex, table):
    adata = cortex.copy()
    adata.obs["slice"] = np.where(np.arange(adata.n_obs) < 120, "a", "b")
    source = {"semantics": GeneTable(table), "sample_key": "slice"}
    model, effect = fitted("semst", adata, **source, fusion="add", epochs=15)
    assert model.semantic_scale_.mean is None
    trained = looked_at(model, adata)
    exact = falls_by_hand(trained, adata, table)
    for row in pd.DataFrame(effect["genes"]).to_dict("records"):
        size = exact.loc[row["domain"]].abs().max()
        assert row["log_odds"] == pytest.approx(exact.loc[row["domain"], row["gene"]], abs=1e-3 * size)
    expect(trained, "permuted", again(trained, adata, semantics=PermutedGenes(GeneTable(table)), scale=None))


def test_the_rule_is_that_of_the_domains(trained):
    unrefined = np.asarray(trained.model.result_.unrefined)
    agreement = (trained.rule.predict(trained.embedding) == unrefined).mean()
    assert trained.effect["rule_agreement"] == pytest.approx(agreement, abs=0.01)


def test_two_domains_are_read_as_more_are(cortex, table):
    _, effect = fitted("semst", cortex, 2, semantics=GeneTable(table), epochs=5)
    assert effect["moved"]["n_spots"].sum() == cortex.n_obs
    assert effect["rule_agreement"] > 0.9 and set(effect["genes"]["domain"]) == {"1", "2"}


@pytest.mark.parametrize("name", models.available())
def test_every_model_tells_and_its_record_survives_a_file(name, cortex, table, tmp_path):
    adata = cortex.copy()
    adata.X = (
        sp.diags(1.0 * (np.arange(cortex.n_obs) > 1)) @ adata.X
    ).tocsr()  # no counts: no domain, not counted
    options = {**QUICK, **short(models.get(name), 2), "fsm": True}
    semst.tl.run(adata, name, 3, semantics=GeneTable(table), **options)
    adata.write_h5ad(tmp_path / "out.h5ad")
    adata = ad.read_h5ad(tmp_path / "out.h5ad")
    effect = adata.uns[name]["semantic_effect"]
    counts = adata.obs[name].value_counts()
    moved = pd.DataFrame(effect["moved"]).set_index("domain")
    assert moved["n_spots"].to_dict() == counts.to_dict() and counts.sum() == adata.n_obs - 2
    for change in ("off", "same", "permuted"):
        assert (moved[change] <= moved["n_spots"]).all()
        assert (moved[f"{change}_change"].notna() == (moved["n_spots"] > 0)).all()  # a domain may be empty
    assert set(effect["genes"]["gene"]) <= set(table)
    assert len(semst.tl.semantic_effect_lines(adata, name)) == 3


@pytest.mark.parametrize("name", models.available())
def test_gradients_are_those_of_differences(name, cortex):
    data, _ = semst.data.read_slice(cortex)
    model, config = models.settings(name, preset=models.get(name).semantic_preset, n_domains=3)
    prepared = model.prepare(data, config)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(cortex.n_obs, 6)).astype(np.float32)
    prepared.inputs.set_semantic(vectors)
    network = models.build(model, prepared.inputs, config)
    for key, weight in network.named_parameters():  # at the start FSM does nothing, and has no slope
        if any(part in key for part in ("modulation", "fusion.projection")):
            torch.nn.init.normal_(weight, std=0.3, generator=torch.Generator().manual_seed(1))
    usual = models.embed(network, prepared.inputs, config)
    towards = rng.normal(size=usual.shape).astype(np.float32)
    reduction = None
    if config.cluster_pcs:
        whole = network.eval().embedding(prepared.inputs.on(torch.device("cpu"), semst.distributed.Group()))
        reduction = semst.pp.fit_components(whole.detach().numpy(), n_components=usual.shape[1])
    (slope,) = models.semantic_gradients(network, prepared.inputs, [towards], reduction=reduction)
    assert torch.equal(prepared.inputs.semantic, torch.from_numpy(vectors))

    steepest = slope / np.linalg.norm(slope)

    def total(length):
        prepared.inputs.set_semantic(vectors + length * steepest)
        embedding = models.embed(network, prepared.inputs, config, reduction=reduction)
        return float((embedding.astype(float) * towards).sum())

    difference = (total(0.02) - total(-0.02)) / 0.04
    assert np.linalg.norm(slope) == pytest.approx(difference, rel=0.03)


def test_a_slice_in_tiles_has_the_gradients_of_the_whole_one(cortex):
    data, _ = semst.data.read_slice(cortex)
    vectors = np.random.default_rng(0).normal(size=(cortex.n_obs, 6))
    found = []
    for tile_spots in (0, 100):
        model, config = models.settings("semst", preset="network", tile_spots=tile_spots)
        prepared = model.prepare(data, config)
        prepared.inputs.set_semantic(vectors)
        network = models.build(model, prepared.inputs, config)
        for key, weight in network.named_parameters():
            if any(part in key for part in ("modulation", "fusion.projection")):
                torch.nn.init.normal_(weight, std=0.3, generator=torch.Generator().manual_seed(1))
        towards = np.ones(tuple(prepared.inputs.linear.shape), dtype=np.float32)
        found += models.semantic_gradients(network, prepared.inputs, [towards])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("fusion", ["concat", "add", "cross-attention"])
def test_other_fusions_and_vectors_of_spots(fusion, cortex):
    vectors = np.random.default_rng(0).normal(size=(cortex.n_obs, 8))
    options = {"epochs": 10, "learning_rate": 1e-2, "fusion": fusion, "tile_spots": 120}
    _, effect = fitted("semst", cortex, 3, semantics=vectors, **options)
    assert effect["permuted"] == "spots" and "genes" not in effect
    for change in ("off", "same", "permuted"):
        assert (effect["moved"][f"{change}_change"] > 0).all()


def test_without_vectors_the_record_has_no_such_part_and_the_words_say_so(cortex):
    adata = cortex.copy()
    semst.tl.semst(adata, 3, epochs=2, **QUICK)
    assert "semantic_effect" not in adata.uns["semst"]
    with pytest.raises(SemSTError, match="the run had none"):
        semst.tl.semantic_effect_lines(adata)
    with pytest.raises(SemSTError, match="mine"):
        semst.tl.semantic_effect_lines(adata, "mine")


def test_a_slice_too_large_to_look_at_again_has_the_reason(cortex, table, monkeypatch):
    monkeypatch.setattr("semst.tl._effect.MOST_SPOTS", 299)
    adata = cortex.copy()
    semst.tl.semst(adata, 3, epochs=2, semantics=GeneTable(table), **QUICK)
    assert adata.uns["semst"]["semantic_effect"].keys() == {"reason"}
    (line,) = semst.tl.semantic_effect_lines(adata)
    assert line.startswith("what the text moved is not known: 300 spots")


def test_vectors_without_any_difference_move_nothing(cortex):
    adata = cortex.copy()
    semst.tl.semst(adata, 3, epochs=4, semantics=np.ones((cortex.n_obs, 4)), **QUICK)
    moved = adata.uns["semst"]["semantic_effect"]["moved"]
    assert moved["same"].sum() == moved["permuted"].sum() == 0
    np.testing.assert_array_equal(moved["permuted_change"], 0)


def test_words():
    adata = ad.AnnData(np.ones((2, 1), dtype=np.float32))
    counts = {"n_spots": [340, 5], "off": [12, 0], "same": [9, 0], "permuted": [40, 1]}
    genes = {"domain": ["1", "1", "1", "1"], "gene": list("ABCD"), "log_odds": [3.0, -2.0, 1.0, 0.5]}
    effect = {"moved": {"domain": ["1", "2"], **counts}, "genes": genes, "permuted": "genes"}
    adata.uns["semst"] = {"semantic_effect": effect}
    assert semst.tl.semantic_effect_lines(adata) == [
        "domain 1: 12 of 340 spots change without the text, 9 with one text for all, 40 with genes' vectors "
        "permuted; heaviest: A, B (against), C",
        "domain 2: 0 of 5 spots change without the text, 0 with one text for all, 1 with genes' vectors "
        "permuted",
    ]
    del effect["genes"]
    effect["permuted"] = "spots"
    assert semst.tl.semantic_effect_lines(adata)[1].endswith("1 with vectors permuted across spots")


def test_domains_are_kept_whatever_happens_to_the_look_at_the_text(monkeypatch):
    def fail(*_, **__):
        raise MemoryError("no room")

    monkeypatch.setattr("semst.tl._effect.without_semantics", fail)
    adata = semst.datasets.simulated_cortex(n_spots=200, random_state=0)
    semst.tl.semst(adata, 3, semantics="random", epochs=1, cluster="kmeans", progress=False)
    assert adata.uns["semst"]["semantic_effect"] == {"reason": "MemoryError: no room"}
    assert adata.obs["semst"].notna().all()

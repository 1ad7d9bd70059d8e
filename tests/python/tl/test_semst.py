"""The whole way on small data: what is written, that it repeats, and what bad input says."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import MissingDependencyError, MissingKeyError, SemSTError

QUICK = {"semantics": "none", "epochs": 3, "cluster": "mixture", "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=400, random_state=1)


@pytest.fixture
def adata(cortex):
    return cortex.copy()


def _vectors(adata, d=6):
    return np.random.default_rng(0).normal(size=(adata.n_obs, d)).astype(np.float32)


def test_every_slot_is_written_and_survives_a_round_trip(adata, tmp_path):
    before = adata.copy()
    options = {**QUICK, "semantics": _vectors(adata)}
    assert semst.tl.semst(adata, 5, store_semantic=True, **options) is None
    labels = adata.obs["semst"]
    assert labels.cat.categories.tolist() == ["1", "2", "3", "4", "5"]
    assert labels.notna().all()
    assert adata.obs["semst_unrefined"].nunique() == 5
    assert adata.obs["semst_uncertainty"].between(0, 1).all()
    assert adata.obsm["X_semst"].dtype == np.float32 and np.isfinite(adata.obsm["X_semst"]).all()
    assert adata.obsm["X_semst_semantic"].shape == (adata.n_obs, 6)
    record = adata.uns["semst"]
    assert {"params", "versions", "history", "semantics", "graphs", "timings", "clustering"} <= set(record)
    assert record["history"]["loss"].shape == (3,)
    assert record["params"]["random_state"] == 0
    assert record["graphs"]["mean_degree"] > 4

    assert (adata.X != before.X).nnz == 0
    adata.write_h5ad(tmp_path / "out.h5ad")
    back = ad.read_h5ad(tmp_path / "out.h5ad")
    assert back.obs["semst"].tolist() == labels.tolist()
    assert back.uns["semst"]["versions"]["semst"] == semst.__version__
    np.testing.assert_array_equal(back.obsm["X_semst"], adata.obsm["X_semst"])


def test_key_added_renames_everything_and_copy_leaves_the_input_alone(adata):
    columns = set(adata.obs.columns)
    out = semst.tl.semst(adata, 3, key_added="mine", copy=True, **QUICK)
    assert set(adata.obs.columns) == columns and not adata.obsm.keys() - {"spatial"}
    assert {"mine", "mine_unrefined", "mine_uncertainty"} == set(out.obs.columns) - columns
    assert "X_mine" in out.obsm and "mine" in out.uns


def test_same_seed_same_bits_and_the_global_random_states_are_left_alone(adata):
    import torch

    results = []
    for _ in range(2):
        np.random.seed(5)
        torch.manual_seed(5)
        results.append(semst.tl.semst(adata, 4, copy=True, **QUICK))
        assert np.random.random() == pytest.approx(0.22199317108973948)
        assert torch.rand(1).item() == torch.rand(1, generator=torch.Generator().manual_seed(5)).item()
    first, second = results
    assert np.array_equal(first.obsm["X_semst"], second.obsm["X_semst"])
    assert first.obs["semst"].tolist() == second.obs["semst"].tolist()


@pytest.mark.parametrize("kind", ["csc", "dense", "int", "layer", "raw"])
def test_every_matrix_kind_gives_the_same_answer(cortex, kind):
    expected = semst.tl.semst(cortex.copy(), 4, copy=True, **QUICK)
    other, options = cortex.copy(), {}
    if kind == "csc":
        other.X = sp.csc_matrix(other.X)
    elif kind == "dense":
        other.X = np.asarray(other.X.toarray())
    elif kind == "int":
        other.X = other.X.astype(np.int32)
    elif kind == "layer":
        other.layers["counts"] = other.X.copy()
        other.X = sp.csr_matrix(other.shape, dtype=np.float32)
        options["layer"] = "counts"
    else:
        other.raw = other.copy()
        other.X = sp.csr_matrix(other.shape, dtype=np.float32)
        options["use_raw"] = True
    got = semst.tl.semst(other, 4, copy=True, **QUICK, **options)
    assert np.array_equal(got.obsm["X_semst"], expected.obsm["X_semst"])
    assert got.obs["semst"].tolist() == expected.obs["semst"].tolist()


def test_spots_without_counts_stay_without_a_domain(adata, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    dense = adata.X.toarray()
    dense[[3, 17]] = 0
    adata.X = sp.csr_matrix(dense)
    semst.tl.semst(adata, 4, store_semantic=True, **{**QUICK, "semantics": _vectors(adata)})
    assert adata.obs["semst"].isna().to_numpy().nonzero()[0].tolist() == [3, 17]
    assert np.isnan(adata.obsm["X_semst"][[3, 17]]).all()
    assert np.isnan(adata.obs["semst_uncertainty"]).sum() == 2
    assert "2 of 400 spots have no counts" in caplog.text


def test_several_slices_and_an_existing_graph(adata):
    adata.obs["slice"] = np.where(
        adata.obsm["spatial"][:, 0] < np.median(adata.obsm["spatial"][:, 0]), "a", "b"
    )
    semst.tl.semst(adata, 4, sample_key="slice", key_added="two", **QUICK)
    semst.gr.spatial_neighbors(adata, n_neighs=6)
    semst.tl.semst(adata, 4, use_existing_graph=True, key_added="given", **QUICK)
    given = adata.obsp["spatial_connectivities"]
    assert adata.uns["given"]["graphs"]["mean_degree"] == pytest.approx((given != 0).sum() / adata.n_obs)


def test_the_paper_preset_runs_with_given_vectors(adata):
    semst.tl.semst(adata, 4, preset="paper", **{**QUICK, "semantics": _vectors(adata)})
    record = adata.uns["semst"]
    assert record["features"]["preset"] == "paper"
    assert "branch_share" not in record or np.isnan(record["branch_share"])
    assert adata.obsm["X_semst"].shape[1] == semst.models.settings("semst", preset="paper")[1].n_latent


def test_semantics_change_the_embedding_and_none_leaves_them_out(adata):
    def embedding(**options):
        return semst.tl.semst(adata, 4, copy=True, **{**QUICK, "epochs": 10, **options}).obsm["X_semst"]

    assert not np.allclose(embedding(semantics=_vectors(adata)), embedding(preset="network"))
    assert np.array_equal(embedding(semantics=_vectors(adata), fusion="none"), embedding(preset="network"))


def test_an_estimator_can_be_saved_and_loaded(adata, tmp_path):
    model = semst.SemST(4, **QUICK).fit(adata)
    model.save(tmp_path / "model")
    loaded = semst.SemST.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.embed(adata), model.result_.embedding, atol=1e-5)
    assert loaded.config == model.config
    with pytest.raises(SemSTError, match="exists already"):
        model.save(tmp_path / "model")
    fewer = adata[:, ~adata.var_names.isin(model.projections_.genes[:200])].copy()
    with pytest.raises(SemSTError, match="lacks 200 of the 585 genes of the fit"):
        loaded.embed(fewer)
    (tmp_path / "model" / "settings.json").write_text('{"format": 99}')
    with pytest.raises(SemSTError, match="format 99"):
        semst.SemST.load(tmp_path / "model")
    with pytest.raises(SemSTError, match="holds no saved SemST estimator"):
        semst.SemST.load(tmp_path / "nothing")
    with pytest.raises(SemSTError, match="call fit first"):
        semst.SemST(4).save(tmp_path / "new")


def test_training_goes_on_from_its_checkpoint(adata, tmp_path):
    whole = semst.tl.semst(adata, 4, copy=True, **QUICK)
    again = [semst.tl.semst(adata, 4, copy=True, checkpoint_dir=tmp_path, **QUICK) for _ in range(2)]
    for result in again:  # the second takes up the first's last checkpoint and has no epoch left
        assert np.array_equal(result.obsm["X_semst"], whole.obsm["X_semst"])


def _normalised(adata):
    adata.X = adata.X * 0.37


def _negative(adata):
    adata.X.data[0] = -1


def _nan(adata):
    adata.X.data[0] = np.nan


def _no_coordinates(adata):
    del adata.obsm["spatial"]


def _same_place(adata):
    adata.obsm["spatial"] = np.ones((adata.n_obs, 2))


def _lost_place(adata):
    adata.obsm["spatial"] = np.asarray(adata.obsm["spatial"], dtype=float).copy()
    adata.obsm["spatial"][0] = np.nan


def _double_gene(adata):
    names = adata.var_names.tolist()
    names[1] = names[0]
    adata.var_names = names


def _double_spot(adata):
    names = adata.obs_names.tolist()
    names[1] = names[0]
    adata.obs_names = names


def _no_counts(adata):
    adata.X = sp.csr_matrix(adata.shape, dtype=np.float32)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_normalised, "normalised"),
        (_negative, "negative"),
        (_nan, "NaN|not finite|missing"),
        (_no_coordinates, "spatial"),
        (_same_place, "same|equal"),
        (_lost_place, "finite|NaN"),
        (_double_gene, "gene names|duplicate"),
        (_double_spot, "spot names|duplicate"),
        (_no_counts, "holds only zeros"),
    ],
)
def test_bad_input_gets_a_clear_error_and_is_left_as_it_was(adata, spoil, message):
    spoil(adata)
    columns = adata.obs.columns.tolist()
    with pytest.raises(SemSTError, match=message):
        semst.tl.semst(adata, 4, **QUICK)
    assert adata.obs.columns.tolist() == columns and "semst" not in adata.uns


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"n_domains": 1}, "n_domains"),
        ({"n_domains": 500}, "n_domains"),
        ({"semantics": np.zeros((3, 2))}, "3"),
        ({"semantics": "no-such-source"}, "minilm"),
        ({"layer": "counts"}, "counts"),
        ({"sample_key": "slice"}, "slice"),
        ({"depth_key": "umi"}, "umi"),
        ({"cluster": "hdbscan"}, "mixture"),
        ({"device": "tpu"}, '"cpu"'),
        ({"epoch": 3}, "no setting 'epoch'. Did you mean 'epochs'"),
        ({"n_neighs": 1000}, "neigh"),
    ],
)
def test_bad_calls_say_what_is_accepted(adata, call, message):
    options = {"n_domains": 4, **QUICK, **call}
    with pytest.raises((SemSTError, MissingKeyError, MissingDependencyError), match=message):
        semst.tl.semst(adata, **options)


def test_missing_samples_and_wrong_objects(adata):
    adata.obs["slice"] = pd.Categorical([None, *["a"] * (adata.n_obs - 1)])
    with pytest.raises(SemSTError, match="missing for 1 of 400 spots"):
        semst.tl.semst(adata, 4, sample_key="slice", **QUICK)
    with pytest.raises(SemSTError, match="takes an AnnData object, or several .* and was given ndarray"):
        semst.tl.semst(np.zeros((3, 3)), 4)


def test_ensembl_ids_are_refused_where_symbols_are_needed_and_the_column_is_named(adata):
    adata.var["gene_symbols"] = adata.var_names.to_numpy()
    adata.var_names = [f"ENSG{i:011d}" for i in range(adata.n_vars)]
    with pytest.raises(SemSTError, match="Ensembl(.|\n)*gene_symbols"):
        semst.tl.semst(adata, 4, **{**QUICK, "semantics": "minilm-genes"})
    semst.tl.semst(adata, 4, **QUICK)  # without semantics nothing reads the names


def test_an_embedding_can_be_clustered_again_and_refined_alone(adata):
    semst.tl.semst(adata, 4, **QUICK)
    adata.obsm["X_semst"][7] = np.nan
    semst.tl.cluster(adata, 6, method="kmeans", key_added="six")
    assert adata.obs["six"].isna().to_numpy().nonzero()[0].tolist() == [7]
    assert adata.obs["six"].nunique() == 6 and "six_uncertainty" not in adata.obs
    semst.gr.spatial_neighbors(adata, n_neighs=6)
    semst.tl.refine(adata, "six")
    assert adata.obs["six_refined"].isna().sum() == 1
    again = semst.tl.refine(adata, "six", key_added="once more", copy=True)
    assert again.obs["once more"].astype(str).tolist() == adata.obs["six_refined"].astype(str).tolist()
    with pytest.raises(MissingKeyError, match="X_pca(.|\n)*X_semst"):
        semst.tl.cluster(adata, 6, use_rep="X_pca")
    with pytest.raises(MissingKeyError, match="seven"):
        semst.tl.refine(adata, "seven")

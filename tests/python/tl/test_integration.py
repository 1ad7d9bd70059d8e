"""Several slices: SemanticST over both, Harmony on an embedding, sections brought into one frame."""

from dataclasses import replace

import anndata as ad
import numpy as np
import pytest

import semst
from semst import SemSTError


@pytest.fixture(scope="module")
def pair():
    """One piece of cortex as two slices: counts drawn anew, some genes caught better, turned and shifted."""
    rng = np.random.default_rng(0)
    first = semst.datasets.simulated_cortex(n_spots=260, random_state=0)
    first.X = first.X.toarray()
    second = first.copy()
    rates = second.X * np.where(np.arange(second.n_vars) % 3, 1.0, 4.0)
    second.X = rng.poisson(rates).astype(np.float32)
    turn = np.radians(60)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    second.obsm["spatial"] = second.obsm["spatial"] @ rotation.T + 5000
    return ad.concat({"one": first, "two": second}, label="slice", index_unique="-")


@pytest.fixture(scope="module")
def fitted(pair):
    adata = pair.copy()
    semst.tl.semanticst(
        adata, 4, sample_key="slice", epochs=60, cluster="mixture", n_starts=10, progress=False, device="cpu"
    )
    return adata


def test_slices_mix_and_domains_stay_apart(fitted):
    kept = fitted.obsm["X_semanticst"]
    scores = semst.pp.fit_components(np.log1p(np.asarray(fitted.X)), n_components=15)
    plain = scores.project(np.log1p(np.asarray(fitted.X)))
    assert semst.metrics.ilisi(kept, fitted.obs["slice"]) > 1.2 * semst.metrics.ilisi(
        plain, fitted.obs["slice"]
    )
    truth = fitted.obs["ground_truth"]
    assert semst.metrics.clisi(kept, truth) <= semst.metrics.clisi(plain, truth)


def test_domains_are_shared_by_the_slices(fitted):
    table = fitted.obs.groupby("slice", observed=True)["semanticst"].nunique()
    assert (table == 4).all()
    prepared = fitted.uns["semanticst"]["prepared"]
    assert prepared["n_slices"] == 2


def test_harmony_on_any_embedding(fitted):
    pytest.importorskip("harmonypy", reason="harmonypy (extra: integration) is not installed")
    adata = fitted.copy()
    rng = np.random.default_rng(0)
    apart = 3.0 * (adata.obs["slice"] == "two").to_numpy()[:, None]
    adata.obsm["X_pca"] = (rng.normal(size=(adata.n_obs, 5)) + apart).astype(np.float32)
    adata.obsm["X_pca"][7] = np.nan
    semst.tl.harmony(adata, "slice", use_rep="X_pca")
    corrected = adata.obsm["X_pca_harmony"]
    assert corrected.shape == adata.obsm["X_pca"].shape
    assert np.flatnonzero(np.isnan(corrected).any(axis=1)).tolist() == [7]
    before, after = (
        semst.metrics.ilisi(adata.obsm[k], adata.obs["slice"]) for k in ("X_pca", "X_pca_harmony")
    )
    assert after > before + 0.3
    again = semst.tl.harmony(adata, "slice", use_rep="X_pca", copy=True)
    np.testing.assert_array_equal(again.obsm["X_pca_harmony"], corrected)
    with pytest.raises(SemSTError, match="two slices or more"):
        semst.tl.harmony(adata[adata.obs["slice"] == "one"].copy(), "slice", use_rep="X_pca")


def test_harmony_is_an_option_of_every_model(pair):
    pytest.importorskip("harmonypy", reason="harmonypy (extra: integration) is not installed")
    adata = pair.copy()
    options = {"epochs": 3, "cluster": "kmeans", "progress": False, "device": "cpu"}
    semst.tl.backbone(adata, "graphst", 3, sample_key="slice", batch="harmony", **options)
    assert adata.uns["graphst"]["params"]["batch"] == "harmony"
    assert "harmony" in adata.uns["graphst"]["timings"]
    with pytest.raises(SemSTError, match="give sample_key"):
        semst.tl.backbone(adata, "graphst", 3, batch="harmony", **options)


def test_a_turned_section_is_turned_back(pair):
    pytest.importorskip("ot", reason="POT (extra: integration) is not installed")
    adata = semst.tl.align(pair, "slice", max_spots=150, copy=True)
    assert "spatial_aligned" not in pair.obsm
    assert adata.uns["spatial_aligned_motions"]["two"]["angle"] == pytest.approx(-60, abs=8)
    one, two = (adata.obsm["spatial_aligned"][adata.obs["slice"] == name] for name in ("one", "two"))
    np.testing.assert_array_equal(one, pair.obsm["spatial"][pair.obs["slice"] == "one"])
    width = np.ptp(one, axis=0).max()
    assert np.linalg.norm(one - two, axis=1).mean() < 0.1 * width  # the same grid, spot by spot
    # a rigid motion: distances within the section are what they were
    raw = pair.obsm["spatial"][pair.obs["slice"] == "two"]
    np.testing.assert_allclose(
        np.linalg.norm(two[0] - two[1:], axis=1), np.linalg.norm(raw[0] - raw[1:], axis=1)
    )
    with pytest.raises(SemSTError, match="name each"):
        semst.tl.align(pair, "slice", order=["one", "three"])


@pytest.mark.parametrize("method", ["mixture", "kmeans"])
def test_the_slices_are_known_wherever_a_run_draws_spots(monkeypatch, method):
    seen = []
    real_find, real_stability = semst.cluster.get(method), semst.cluster.stability

    def find(X, n_domains, **options):
        seen.append(options.get("samples"))
        return real_find.find(X, n_domains, **options)

    def stability(*arguments, **options):
        seen.append(options.get("samples"))
        return real_stability(*arguments, **options)

    spied = replace(real_find, find=find)
    monkeypatch.setitem(semst.cluster.CLUSTERERS, method, spied)
    monkeypatch.setattr("semst.cluster.stability", stability)
    adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=60, random_state=0)
    adata.obs["slice"] = np.repeat(["a", "b"], [100, 50])
    options = {"cluster": method, "explain": False, "progress": False}
    semst.tl.semst(adata, 3, sample_key="slice", **options)
    of_clusterer, of_stability = seen
    assert of_stability.tolist() == adata.obs["slice"].tolist()
    if method == "mixture":
        assert of_clusterer.tolist() == adata.obs["slice"].tolist()
    else:
        assert of_clusterer is None  # k-means draws nothing

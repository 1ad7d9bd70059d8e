"""What is refused before hours of work, and what is not lost or left behind."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import SemSTError, cluster, pp
from semst.data import read_slice
from semst.models import SemSTConfig

QUICK = {
    "epochs": 1,
    "n_networks": 1,
    "semantics": "none",
    "cluster": "mixture",
    "n_starts": 2,
    "progress": False,
}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=150, n_genes=80, random_state=0)


def test_a_folder_with_other_files_is_not_replaced_by_an_estimator(cortex, tmp_path):
    model = semst.SemST(3, **QUICK).fit(cortex)
    model.save(tmp_path / "model")
    model.save(tmp_path / "model", overwrite=True)
    (tmp_path / "model" / "thesis.txt").write_text("years")
    with pytest.raises(SemSTError, match=r"holds other files \(thesis.txt\)"):
        model.save(tmp_path / "model", overwrite=True)
    assert (tmp_path / "model" / "thesis.txt").read_text() == "years"


def test_copies_and_views_of_what_is_on_disk_are_refused_before_the_work(cortex, tmp_path):
    cortex.write_h5ad(tmp_path / "x.h5ad")
    stored = ad.read_h5ad(tmp_path / "x.h5ad", backed="r")
    for call in (
        lambda: semst.tl.semst(stored, 3, copy=True, **QUICK),
        lambda: semst.tl.backbone(stored, "graphst", 3, copy=True),
        lambda: semst.tl.cluster(stored, 3, use_rep="spatial", copy=True),
    ):
        with pytest.raises(SemSTError, match="copy=True with an object on disk"):
            call()
    with pytest.raises(SemSTError, match=r"part of an object on disk .*to_memory"):
        semst.tl.semst(stored[:100], 3, **QUICK)
    semst.tl.semst(stored, 3, **QUICK)
    assert stored.obs["semst"].notna().all()


def test_nothing_of_an_earlier_run_stays_beside_a_later_one(cortex):
    adata = cortex.copy()
    semst.tl.semst(adata, 3, store_semantic=True, **{**QUICK, "semantics": "random"})
    assert {"semst_uncertainty"} <= set(adata.obs) and "X_semst_semantic" in adata.obsm
    semst.tl.semst(adata, 3, **{**QUICK, "cluster": "kmeans"})
    assert "semst_uncertainty" not in adata.obs and "X_semst_semantic" not in adata.obsm
    semst.tl.cluster(adata, 3, use_rep="X_semst", method="mixture")
    semst.tl.cluster(adata, 3, use_rep="X_semst", method="kmeans")
    assert "domains_uncertainty" not in adata.obs


def test_the_published_preset_embeds_other_slices_on_the_scale_of_the_fit(cortex, tmp_path):
    options = {**QUICK, "epochs": 2, "preset": "paper", "n_networks": 1, "min_spots": 1}
    options["fusion"] = "none"
    model = semst.SemST(3, **options).fit(cortex)
    genes, deviation = model.projections_.genes, model.projections_.arrays["deviation"]
    part = cortex[:70].copy()

    def inputs(adata):
        data = read_slice(adata)[0]
        return pp.paper_features(data.counts, data.genes, chosen=genes, deviation=deviation).inputs.toarray()

    np.testing.assert_allclose(inputs(part), inputs(cortex)[:70], rtol=1e-6)
    silent = part.copy()
    silent.X = sp.csr_matrix(silent.X)
    silent.X[:, silent.var_names.get_loc(genes[0])] = 0
    model.save(tmp_path / "model")
    for one in (model, semst.SemST.load(tmp_path / "model")):
        assert np.isfinite(one.embed(silent)).all()


def test_an_estimator_says_what_it_lacks(cortex, tmp_path):
    model = semst.SemST(3, **QUICK)
    with pytest.raises(SemSTError, match="call fit first"):
        model.embed(cortex)
    model.fit(cortex).save(tmp_path / "model")
    with pytest.raises(SemSTError, match="call fit first. An estimator that was loaded"):
        semst.SemST.load(tmp_path / "model").write_to(cortex.copy())


def test_edges_between_slices_of_a_given_graph_are_left_out(cortex):
    adata = cortex.copy()
    adata.obs["slice"] = np.where(np.arange(adata.n_obs) % 2, "a", "b")
    semst.gr.spatial_neighbors(adata, n_neighs=6)
    model = semst.SemST(3, use_existing_graph=True, **QUICK).fit(adata, sample_key="slice")
    alone = semst.SemST(3, use_existing_graph=True, **QUICK).fit(adata)
    degrees = [one.result_.record["graphs"]["mean_degree"] for one in (model, alone)]
    assert degrees[0] < 0.8 * degrees[1]


@pytest.mark.parametrize("wrong", [-1, 2**31, 1.5, True, "1"])
def test_seeds_that_do_not_fit_everywhere_are_refused_at_the_door(cortex, wrong):
    with pytest.raises(SemSTError, match="random_state is .*; give a whole number from 0 to 2147483647"):
        semst.SemST(3, random_state=wrong)
    with pytest.raises(SemSTError, match="random_state is"):
        semst.tl.backbone(cortex, "graphst", 3, random_state=wrong)


def test_numpy_numbers_are_numbers(cortex, tmp_path):
    model = semst.SemST(3, random_state=np.int64(3), radius=np.float32(150), n_neighs=np.int64(8), **QUICK)
    model.fit(cortex).save(tmp_path / "model")
    assert semst.SemST.load(tmp_path / "model").random_state == 3


def test_a_checkpoint_is_of_its_data_and_not_longer_than_what_is_asked_for(cortex, tmp_path):
    options = {**QUICK, "epochs": 4, "checkpoint_dir": tmp_path}
    vectors = np.random.default_rng(0).normal(size=(cortex.n_obs, 5)).astype(np.float32)
    first = semst.SemST(3, **{**options, "semantics": vectors}).fit(cortex)
    more_starts = semst.SemST(3, **{**options, "semantics": vectors, "n_starts": 3}).fit(cortex)
    np.testing.assert_array_equal(more_starts.result_.embedding, first.result_.embedding)
    with pytest.raises(SemSTError, match="other data or settings"):
        semst.SemST(3, **{**options, "semantics": vectors[::-1].copy()}).fit(cortex)
    with pytest.raises(SemSTError, match="holds a run of 4 epochs, and 2 are asked for"):
        semst.SemST(3, **{**options, "epochs": 2, "semantics": vectors}).fit(cortex)


def test_more_axes_than_the_linear_path_has_are_the_networks_own(cortex):
    model = semst.SemST(3, **{**QUICK, "epochs": 3}, n_latent=20, n_pcs=4, rings=(6,)).fit(cortex)
    assert model.result_.embedding.shape[1] == 20
    assert np.isfinite(model.result_.embedding).all()
    with pytest.raises(SemSTError, match="n_pcs is 0 and rings is"):
        SemSTConfig(n_pcs=0)
    with pytest.raises(SemSTError, match="ranking is 'foo'; accepted are 'expression'"):
        SemSTConfig(ranking="foo")


def test_the_chosen_number_of_domains_does_not_depend_on_the_order_of_the_spots():
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(2 * k, 1, (40, 3)) for k in range(3)])
    order = rng.permutation(len(rows))
    one, other = (
        cluster.choose_n_domains(x, range(2, 6), progress=False).curves for x in (rows, rows[order])
    )
    pd.testing.assert_frame_equal(one, other)
    labels = np.repeat([0, 1, 2], 40)
    assert cluster.stability(rows, labels, 3) == cluster.stability(rows[order], labels[order], 3)


def test_an_estimator_says_what_it_is_in_a_line():
    model = semst.SemST(3, cluster="mixture", n_starts=2, progress=False, explain=False)
    assert repr(model) == "SemST('semst', 3, preset='linear': not fitted)"
    model.fit(semst.datasets.simulated_cortex(n_spots=120, n_genes=60, random_state=0))
    assert repr(model) == "SemST('semst', 3, preset='linear': fitted, 3 domains)"
    assert repr(semst.tl.Estimator("graphst", 4)) == "Estimator('graphst', 4: not fitted)"

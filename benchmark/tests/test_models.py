"""Models of a benchmark: references by hand, the network that has learned nothing, wrong settings."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

import semst
from semst import SemSTError
from semst_benchmark import Arm, models
from semst_benchmark._models import fit, oracle_epoch
from semst_benchmark._references import REFERENCES

READING = {"layer": None, "depth_key": None, "spatial_key": "spatial", "sample_key": None}


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=150, n_genes=80)


@pytest.fixture(scope="module")
def larger():
    return semst.datasets.simulated_cortex(n_spots=900, n_genes=200)


def _fit(adata, arm, **options):
    return fit(adata, arm.config(), n_domains=4, random_state=0, reading=READING, **options)


def test_smoothed_components_are_means_over_a_spot_and_its_nearest(cortex):
    plain = REFERENCES["pca"].embed(cortex, READING)[0]
    smooth = REFERENCES["smoothed-pca"].embed(cortex, READING)[0]
    near = semst.gr.nearest_neighbours(cortex.obsm["spatial"], n_neighs=6)
    rows = near[[10]].indices
    expected = np.vstack([plain[[10]], plain[rows]]).mean(axis=0)
    np.testing.assert_allclose(smooth[10], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("pca", 20),
        ("smoothed-pca-12", 15),
        ("banksy-like", 20),
        ("hidden-spot", 15),
        ("hidden-spot-near", 15),
    ],
)
def test_references_have_their_width_and_keep_empty_spots_apart(cortex, name, width):
    adata = cortex.copy()
    adata.X[3] = 0
    embedding, _ = REFERENCES[name].embed(adata, READING)
    assert embedding.shape == (150, width)
    assert np.isnan(embedding[3]).all()
    assert np.isfinite(np.delete(embedding, 3, axis=0)).all()


def test_the_hidden_spot_is_predicted_without_its_own_counts(cortex):
    """By hand: rings, ridge and leading components, each from the package or scikit-learn."""
    data, _ = semst.data.read_slice(cortex)
    inputs = semst.pp.semst_features(data.counts, data.genes).inputs.toarray()
    components = PCA(30, svd_solver="full").fit_transform(inputs)
    distance = np.linalg.norm(data.coordinates[:, None] - data.coordinates, axis=2)
    rings = semst.gr.neighbour_rings(data.coordinates)
    sizes = [ring.sum() / 150 for ring in rings]
    np.testing.assert_allclose(sizes, [6, 12, 18, 54], rtol=1e-6)
    assert not sum(ring.diagonal().sum() for ring in rings)
    assert distance[rings[0].nonzero()].max() <= np.sort(distance, axis=1)[:, 6].max()
    around = np.hstack(
        [ring.toarray() @ components / size for ring, size in zip(rings, (6, 12, 18, 54), strict=True)]
    )
    embedding, record = REFERENCES["hidden-spot"].embed(cortex, READING)
    predicted = Ridge(alpha=record["neighbours"]["strength"]).fit(around, components).predict(around)
    leading = PCA(15, svd_solver="full").fit_transform(predicted)
    signs = np.sign((leading * embedding).sum(axis=0))
    np.testing.assert_allclose(embedding * signs, leading, atol=2e-2 * leading.std())


def test_the_hidden_spot_finds_domains_of_its_own_whatever_the_order_of_spots(larger):
    config = Arm("hidden spot", "hidden-spot").config()
    order = np.random.default_rng(0).permutation(900)
    found, shuffled = (
        fit(adata, config, n_domains=7, random_state=0, reading=READING)
        for adata in (larger, larger[order].copy())
    )
    assert semst.metrics.ari(larger.obs["ground_truth"], found.own["none"]) > 0.6
    told, told_again = found.record["neighbours"], shuffled.record["neighbours"]
    assert told_again["explained"] == pytest.approx(told["explained"], abs=1e-4)
    assert semst.metrics.ari(found.own["none"][order], shuffled.own["none"]) > 0.95


def test_the_neighbours_predict_nothing_where_spots_are_dealt_out_at_random(larger):
    _, there = REFERENCES["hidden-spot"].embed(larger, READING)
    dealt = larger.copy()
    dealt.obsm["spatial"] = np.random.default_rng(0).permutation(dealt.obsm["spatial"])
    _, nowhere = REFERENCES["hidden-spot"].embed(dealt, READING)
    assert nowhere["neighbours"]["explained"] < 0.01 < 0.05 < there["neighbours"]["explained"]


def test_with_the_near_the_spot_has_a_say_of_its_own(cortex):
    alone, _ = REFERENCES["hidden-spot"].embed(cortex, READING)
    both, record = REFERENCES["hidden-spot-near"].embed(cortex, READING)
    assert not np.allclose(alone, both)
    assert record["neighbours"] == REFERENCES["hidden-spot"].embed(cortex, READING)[1]["neighbours"]


def test_networks_add_to_the_linear_path_which_is_the_default(cortex):
    settings = (("n_starts", 5),)
    default = _fit(cortex, Arm("default", "semst", settings=settings))
    assert default.record["branch_share"] == 0
    networks = _fit(cortex, Arm("networks", "semst-network", settings=(*settings, ("epochs", 2))))
    assert networks.embedding.shape == default.embedding.shape
    assert networks.record["branch_share"] > 0


def test_bias_only_semantics_are_one_vector_for_all_spots(cortex):
    fast = (("epochs", 1), ("n_starts", 5))
    fitted = _fit(cortex, Arm("bias", "semst", semantics="bias-only", settings=fast))
    assert fitted.record["semantics"]["n_dimensions"] == 384
    assert set(fitted.own) == {"none", "own"}
    assert fitted.record["quality"].keys() == {"stability", "chaos", "pas"}


def test_semantic_vectors_alone_can_be_an_arm(cortex):
    fitted = _fit(cortex, Arm("vectors", "semantics-only", semantics="random"))
    assert fitted.embedding.shape == (150, 20)
    assert fitted.arrays["semantic"].shape == (150, 384)
    with pytest.raises(SemSTError, match="'none' gives no vectors"):
        _fit(cortex, Arm("vectors", "semantics-only", semantics="none"))


def test_registered_models_take_part_by_their_titles(cortex):
    names = semst.models.available()
    assert {name: models()[name] for name in names} == {n: semst.models.get(n).title for n in names}
    arm = Arm("x", names[-1], semantics="random", fsm=True, settings=(("epochs", 1),))
    assert np.isfinite(_fit(cortex, arm).embedding).all()


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        (Arm("x", "pca", semantics="random"), "pca takes no semantics"),
        (Arm("x", "pca", settings=(("epochs", 3),)), "has no settings, and was given epochs"),
        (Arm("x", "semantics-only", fsm=True), "semantics-only takes no fsm"),
        (Arm("x", "graphst", fusion="add"), "graphst cannot use fusion"),
    ],
)
def test_what_a_model_does_not_know_is_refused(cortex, arm, message):
    with pytest.raises(SemSTError, match=message):
        _fit(cortex, arm)


def test_the_oracle_looks_along_the_training_and_says_where(cortex):
    fast = (("epochs", 3), ("n_starts", 5), ("semantics", "none"))
    arm = Arm("x", "semst-network", settings=fast)
    options = {"truth": cortex.obs["ground_truth"], "n_domains": 7, "random_state": 0, "reading": READING}
    found = oracle_epoch(cortex, arm.config(), **options)
    assert found["oracle_epoch"] in (1, 2, 3)
    last = fit(cortex, arm.config(), n_domains=7, random_state=0, reading=READING)
    assert found["oracle_epoch_ari"] >= semst.metrics.ari(cortex.obs["ground_truth"], last.own["own"]) - 1e-12
    assert oracle_epoch(cortex, Arm("x", "pca").config(), **options) == {}

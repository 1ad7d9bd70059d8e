"""mclust in a running R: the same answers as R's own, and no trace left behind."""

import threading

import anndata
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import adjusted_rand_score

from semst import SemSTError
from semst.cluster import _mclust as module
from semst.cluster import auto, cluster, match_labels, mclust, mixture
from semst.cluster._r_session import session, to_r, why_not

REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=f"mclust cannot be used here: {REASON}")


@pytest.fixture
def r():
    """R's own interpreter, with a random stream of its own."""
    from rpy2 import robjects

    robjects.r("set.seed(11)")
    return robjects.r


@pytest.fixture(scope="module")
def overlapping():
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(3), [120, 90, 60])
    return rng.normal(size=(270, 4)) + 2.5 * np.eye(4)[truth], truth


def test_labels_are_those_of_the_mixture_on_separated_data(separated):
    X, truth = separated
    for n_starts in (1, 40):
        result = mclust(X, 4, n_starts=n_starts)
        assert_array_equal(result.labels, truth)
        assert_array_equal(result.labels, mixture(X, 4).labels)
        assert result.method == "mclust"
        assert result.uncertainty.dtype == np.float32
        assert result.labels.dtype == np.int64


@pytest.mark.parametrize("model", ["EEE", "VVV", "EII"])
def test_one_start_is_what_r_itself_gives(overlapping, r, model):
    X, _ = overlapping
    fit = r(
        "function(x, model) { set.seed(5); mclustBIC <- mclust::mclustBIC; "
        "mclust::Mclust(x, G = 3, modelNames = model, verbose = FALSE) }"
    )(to_r(X), model)
    result = mclust(X, 3, model=model, n_starts=1, random_state=5)
    theirs = np.asarray(fit.rx2("classification")).astype(int)
    assert_array_equal(match_labels(result.labels, theirs), theirs)
    assert_allclose(result.uncertainty, np.asarray(fit.rx2("uncertainty")), atol=1e-6)
    assert result.log_likelihood == pytest.approx(fit.rx2("loglik")[0], rel=1e-12)
    assert result.details["best_start"] == "hierarchical"
    assert result.details["model"] == model


def test_likelihood_is_that_of_the_mixture(overlapping):
    X, _ = overlapping
    ours, theirs = mixture(X, 3), mclust(X, 3)
    assert theirs.log_likelihood == pytest.approx(ours.log_likelihood, rel=1e-6)
    assert adjusted_rand_score(ours.labels, theirs.labels) > 0.98
    assert_allclose(ours.uncertainty, theirs.uncertainty, atol=5e-3)
    assert theirs.uncertainty.max() > 0.2


def test_many_starts_escape_where_one_does_not(trap):
    X, truth = trap
    one, many = mclust(X, 4, n_starts=1), mclust(X, 4)
    assert many.log_likelihood > one.log_likelihood + 50
    assert adjusted_rand_score(truth, many.labels) > 0.95 > 0.6 > adjusted_rand_score(truth, one.labels)
    assert one.details["best_start"] == "hierarchical"
    assert many.details["best_start"] == "search 1"


def test_every_start_is_searched_for_and_the_best_few_are_handed_over(overlapping, monkeypatch):
    X, _ = overlapping
    searched = []
    search = module._search
    monkeypatch.setattr(module, "_search", lambda *args: searched.append(args[2]) or search(*args))
    result = mclust(X, 3, n_starts=12)
    assert searched == [12]
    assert all(start.startswith("search") for start in result.details["log_likelihoods"])
    assert result.log_likelihood == max(result.details["log_likelihoods"].values())


def test_of_another_model_the_own_start_is_one_of_the_starts(overlapping, monkeypatch):
    """The search climbs the likelihood of EEE; here it finds nothing but noise."""
    X, truth = overlapping
    searched = []
    noise = np.eye(3)[np.arange(len(X)) % 3]
    monkeypatch.setattr(module, "_search", lambda *args: searched.append(args[2]) or [noise])
    result = mclust(X, 3, model="VVV", n_starts=12)
    assert searched == [11]
    assert result.log_likelihood == max(result.details["log_likelihoods"].values())
    assert set(result.details["log_likelihoods"]) == {"hierarchical", "search 1"}
    assert result.details["best_start"] == "hierarchical"
    assert adjusted_rand_score(truth, result.labels) > 0.7


def test_own_start_of_mclust_helps_out_where_a_domain_stays_empty(overlapping, monkeypatch):
    X, truth = overlapping
    two = np.zeros((len(X), 3))
    two[:, :2] = 0.5
    monkeypatch.setattr(module, "_search", lambda *args: [two])
    result = mclust(X, 3)
    assert result.details["best_start"] == "hierarchical"
    assert set(result.details["log_likelihoods"]) <= {"hierarchical", "search 1"}
    assert adjusted_rand_score(truth, result.labels) > 0.7


def test_order_of_spots_does_not_matter_with_many_starts(overlapping):
    X, _ = overlapping
    order = np.random.default_rng(0).permutation(len(X))
    assert_array_equal(mclust(X, 3).labels[order], mclust(X[order], 3).labels)


@pytest.mark.parametrize("n_starts", [1, 40])
def test_random_stream_of_r_is_left_alone(overlapping, r, n_starts):
    X, _ = overlapping
    before = list(r(".Random.seed"))
    expected = list(
        r("local({ s <- .Random.seed; x <- runif(3); assign('.Random.seed', s, globalenv()); x })")
    )
    mclust(X, 3, n_starts=n_starts)
    assert list(r(".Random.seed")) == before
    assert list(r("runif(3)")) == expected


def test_random_stream_of_r_is_not_started(overlapping, r):
    r("rm('.Random.seed', envir = globalenv())")
    mclust(overlapping[0], 3, n_starts=1)
    assert not r("exists('.Random.seed', envir = globalenv())")[0]


def test_kind_of_random_numbers_of_r_is_left_alone(overlapping, r):
    r("RNGkind('Wichmann-Hill', 'Box-Muller', 'Rejection')")
    try:
        before = list(r("set.seed(4); .Random.seed"))
        mclust(overlapping[0], 3, n_starts=1)
        assert list(r("RNGkind()")) == ["Wichmann-Hill", "Box-Muller", "Rejection"]
        assert list(r(".Random.seed")) == before
    finally:
        r("RNGkind('default', 'default', 'default')")


def test_random_stream_of_r_survives_an_error(r):
    before = list(r(".Random.seed"))
    failing = r('function(keep) try(keep(3, stop("in the middle")), silent = TRUE)')
    failing(session()["keep_random_stream"])
    assert list(r(".Random.seed")) == before


def test_r_session_is_left_as_it_was(overlapping, r):
    before = list(r("search()")), list(r("ls(globalenv())"))
    mclust(overlapping[0], 3)
    assert (list(r("search()")), list(r("ls(globalenv())"))) == before


def test_seed_decides_above_2000_spots():
    """mclust's own start is drawn from 2,000 random spots there."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2100, 2)) + rng.normal(size=(5, 2))[rng.integers(0, 5, 2100)]
    likelihoods = [mclust(X, 5, n_starts=1, random_state=seed).log_likelihood for seed in (0, 0, 1)]
    assert likelihoods[0] == likelihoods[1] != likelihoods[2]


def test_twenty_calls_in_a_row(overlapping):
    X, _ = overlapping
    first = mclust(X, 3, n_starts=5)
    for _ in range(20):
        again = mclust(X, 3, n_starts=5)
        assert_array_equal(again.labels, first.labels)
        assert again.log_likelihood == first.log_likelihood


@pytest.mark.parametrize("n_starts", [1, 10])
def test_large_data_are_fitted_on_a_part(n_starts, messages):
    rng = np.random.default_rng(0)
    truth = np.sort(rng.integers(0, 3, 1500))
    X = rng.normal(size=(1500, 2)) + 9 * np.array([[0, 0], [1, 0], [0, 1]])[truth]
    result = mclust(X, 3, n_starts=n_starts, max_fit=300)
    assert "fitting the mixture to 300 of 1500 spots" in messages.text
    assert result.details["n_fit"] == 300
    assert adjusted_rand_score(truth, result.labels) > 0.99
    whole = mclust(X, 3, n_starts=n_starts)
    assert result.log_likelihood == pytest.approx(whole.log_likelihood, rel=0.01)
    assert_allclose(result.uncertainty, whole.uncertainty, atol=0.2)


def test_one_dimension():
    X = np.concatenate([np.random.default_rng(0).normal(m, 1, n) for m, n in ((0, 40), (20, 30))])[:, None]
    result = mclust(X, 2)
    assert np.bincount(result.labels).tolist() == [40, 30]
    assert result.details["model"] == "E"


def test_dimensions_that_follow_from_others_are_left_out(separated, messages):
    X, truth = separated
    result = mclust(np.column_stack([X, X[:, 0] - X[:, 1]]), 4)
    assert_array_equal(result.labels, truth)
    assert "varies in only 4 of its 5 dimensions" in messages.text


def test_singular_covariance_is_fitted_with_a_prior(messages):
    """Spots that repeat exactly: mclust itself gives NULL."""
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), [5, 7, 9], axis=0)
    result = mclust(X, 3)
    assert np.bincount(result.labels).tolist() == [9, 7, 5]
    assert "repeated with mclust's default prior" in messages.text


def test_null_of_mclust_becomes_an_error_with_the_reason(overlapping, monkeypatch, r):
    attempt = session()["attempt"]
    failing = {
        "start": lambda *args: r("function(f) f({ warning('no assignment to 3'); NULL })")(attempt),
        "polish": lambda *args: r("function(f) f(stop('covariance is singular'))")(attempt),
    }
    monkeypatch.setattr(module, "session", lambda: failing)
    expected = (
        "mclust could not fit model EEE with 3 domains to 270 spots x 4 dimensions "
        r"\(covariance is singular; no assignment to 3\). Ask for fewer domains"
    )
    with pytest.raises(SemSTError, match=expected):
        mclust(overlapping[0], 3)


def test_number_of_domains_is_met_or_the_message_says_what_came_out():
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 10, axis=0)
    with pytest.raises(SemSTError, match=r"mclust found \d domains instead of the 5|mclust could not fit"):
        mclust(X, 5)


def test_auto_takes_mclust_and_says_so(separated, messages):
    assert auto(separated[0], 4, n_starts=2).method == "mclust"
    assert "clustering with mclust in R" in messages.text
    assert cluster(separated[0], 4, method="mclust", n_starts=1).details["n_starts"] == 1


def test_details_can_be_written(separated, tmp_path):
    result = mclust(separated[0], 4, n_starts=3)
    adata = anndata.AnnData(separated[0], uns={"clustering": result.details})
    adata.write_h5ad(tmp_path / "a.h5ad")
    back = anndata.read_h5ad(tmp_path / "a.h5ad").uns["clustering"]
    assert set(back["versions"]) == {"R", "mclust"}


def test_other_threads_are_refused(separated):
    """And ``auto`` takes the mixture there."""
    caught, taken = [], []

    def work():
        try:
            mclust(separated[0], 4)
        except SemSTError as error:
            caught.append(str(error))
        taken.append(auto(separated[0], 4, n_starts=2).method)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "only be called from the main thread" in caught[0]
    assert taken == ["mixture"]


def test_messages(separated):
    X, _ = separated
    with pytest.raises(SemSTError, match="mclust has no model 'EEX'. It has: EII, VII, EEI"):
        mclust(X, 4, model="EEX")
    with pytest.raises(SemSTError, match="n_starts is -1"):
        mclust(X, 4, n_starts=-1)
    with pytest.raises(SemSTError, match="n_domains is 1"):
        mclust(X, 1)
    with pytest.raises(SemSTError, match="All spots have the same embedding"):
        mclust(np.ones((30, 2)), 2)


@pytest.mark.real_data
def test_many_starts_are_no_worse_than_one_and_agree_with_the_mixture_on_a_real_slice(shared_data):
    import scanpy as sc

    from semst import gr

    adata = anndata.read_h5ad(shared_data / "starmap_mvc_BY3_1k.h5ad")
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    sc.pp.pca(adata, n_comps=15)
    graph = gr.spatial_graph(adata.obsm["spatial"], n_neighs=12)
    X = gr.normalise_adjacency(graph.adjacency, kind="row") @ adata.obsm["X_pca"]
    one, many, ours = mclust(X, 7, n_starts=1), mclust(X, 7), mixture(X, 7)
    assert many.log_likelihood >= one.log_likelihood
    assert many.log_likelihood == pytest.approx(ours.log_likelihood, abs=1)
    assert adjusted_rand_score(many.labels, ours.labels) > 0.99

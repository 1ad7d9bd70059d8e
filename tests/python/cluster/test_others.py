"""k-means, Leiden and the door to all clusterers."""

import random

import anndata
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import semst.cluster._dispatch as dispatch
from semst import SemSTError
from semst.cluster import auto, cluster, kmeans, leiden


@pytest.fixture(scope="module")
def cloud():
    """No clusters at all: communities are a matter of resolution only."""
    return np.random.default_rng(0).normal(size=(500, 5))


@pytest.mark.parametrize("method", [kmeans, leiden])
def test_known_components_come_back_largest_first(separated, method):
    X, truth = separated
    result = method(X, 4)
    assert_array_equal(result.labels, truth)
    assert result.uncertainty is None
    assert result.log_likelihood is None
    assert result.method == method.__name__


@pytest.mark.parametrize("method", [kmeans, leiden])
def test_order_of_spots_does_not_matter(cloud, method):
    order = np.random.default_rng(1).permutation(len(cloud))
    assert_array_equal(method(cloud, 5).labels[order], method(cloud[order], 5).labels)


@pytest.mark.parametrize("method", [kmeans, leiden])
def test_global_random_state_is_left_alone(cloud, method):
    np.random.seed(1)
    random.seed(1)
    states = np.random.get_state()[1].copy(), random.getstate()
    method(cloud, 4)
    assert_array_equal(np.random.get_state()[1], states[0])
    assert random.getstate() == states[1]


@pytest.mark.parametrize("method", [kmeans, leiden])
def test_details_can_be_written(separated, method, tmp_path):
    adata = anndata.AnnData(separated[0], uns={"clustering": method(separated[0], 4).details})
    adata.write_h5ad(tmp_path / "a.h5ad")


@pytest.mark.parametrize("n_domains", [2, 3, 4, 6, 9, 13, 20])
def test_leiden_finds_a_resolution_for_the_wanted_number(cloud, n_domains):
    result = leiden(cloud, n_domains)
    assert set(result.labels) == set(range(n_domains))
    assert result.details["resolution"] > 0


def test_leiden_uses_more_resolution_for_more_domains(cloud):
    resolutions = [leiden(cloud, k).details["resolution"] for k in (3, 8, 20)]
    assert resolutions == sorted(resolutions)


def test_leiden_says_what_came_out_when_the_graph_has_more_pieces(separated):
    with pytest.raises(
        SemSTError, match=r"no resolution that gives 2 domains; it gave 4 \(at .*4 unconnected"
    ):
        leiden(separated[0], 2)


def test_leiden_says_what_came_out_when_numbers_are_jumped_over(monkeypatch, cloud):
    import semst.cluster._leiden as module

    def even_numbers(graph, resolution, seed):
        return np.arange(graph.vcount()) % (2 * int(1 + 3 * resolution))

    monkeypatch.setattr(module, "_communities", even_numbers)
    with pytest.raises(
        SemSTError, match=r"gives 5 domains; it gave 4 \(at 0.\d+\), 6 \(at 0.\d+\), 8 \(at 1\)"
    ):
        leiden(cloud, 5)


def test_kmeans_says_what_came_out():
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 10, axis=0)
    with pytest.warns(Warning, match="distinct clusters"), pytest.raises(SemSTError, match="found 3 domains"):
        kmeans(X, 5)


@pytest.mark.parametrize("method", ["kmeans", "leiden", "mixture", "auto"])
def test_bad_input(method):
    X = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(SemSTError, match="n_domains is 1"):
        cluster(X, 1, method=method)
    with pytest.raises(SemSTError, match="NaN or infinite for 20 of 20 spots"):
        cluster(X * np.nan, 2, method=method)


def test_leiden_with_too_few_spots():
    with pytest.raises(SemSTError, match="n_neighs is 15, but there are only 10 spots"):
        leiden(np.random.default_rng(0).normal(size=(10, 3)), 2)


def test_dispatch_passes_options_on(separated):
    X, truth = separated
    result = cluster(X, 4, method="mixture", random_state=7, n_starts=3)
    assert result.method == "mixture"
    assert result.details["n_starts"] == 3
    assert result.details["random_state"] == 7
    assert_array_equal(cluster(X, 4, method="leiden", n_neighs=8).labels, truth)
    with pytest.raises(TypeError, match="n_neighs"):
        cluster(X, 4, method="kmeans", n_neighs=8)


def test_unknown_method(separated):
    with pytest.raises(
        SemSTError, match="no clusterer 'louvain'. Accepted are: auto, mclust, mixture, kmeans, leiden"
    ):
        cluster(separated[0], 4, method="louvain")


def test_auto_without_r_takes_the_mixture_and_says_why(separated, monkeypatch, messages):
    monkeypatch.setattr(dispatch, "why_not", lambda: "R has no package mclust.")
    result = auto(separated[0], 4, n_starts=4)
    assert result.method == "mixture"
    assert "Python mixture (same model as mclust EEE), because: R has no package mclust." in messages.text

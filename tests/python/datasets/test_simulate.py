"""The made-up cortex: what it promises, and that it is neither too easy nor too hard."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial import cKDTree
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from semst import SemSTError
from semst._validate import check_gene_symbols, check_unique_names, get_coordinates, get_counts
from semst.datasets import simulated_cortex
from semst.datasets._symbols import BACKGROUND, LAYERS, MARKERS, PROGRAMMES


@pytest.fixture(scope="module")
def cortex():
    return simulated_cortex()


def log_share(adata):
    counts = adata.X.toarray()
    depth = counts.sum(axis=1, keepdims=True)
    return np.log1p(counts / depth * np.median(depth))


def test_it_is_valid_input(cortex):
    counts, genes = get_counts(cortex)
    assert counts.shape == (1800, 600)
    assert isinstance(cortex.X, sparse.csr_matrix)
    assert cortex.X.dtype == np.float32
    get_coordinates(cortex)
    check_unique_names(cortex)
    check_gene_symbols(genes)
    assert counts.sum(axis=1).min() > 0


def test_the_grid_is_visiums(cortex):
    xy = cortex.obsm["spatial"]
    distance, _ = cKDTree(xy).query(xy, k=7)
    inner = distance[:, 6] < 101
    assert inner.mean() > 0.85  # all but the rim have six neighbours ...
    np.testing.assert_allclose(distance[inner, 1:], 100.0)  # ... at one pitch each
    assert ((cortex.obs["array_row"] + cortex.obs["array_col"]) % 2 == 0).all()
    width, height = np.ptp(xy, axis=0)
    assert 0.9 < width / height < 1.1


def test_layers_follow_each_other_and_a_few_spots_are_not_annotated(cortex):
    truth = cortex.obs["ground_truth"]
    assert list(truth.cat.categories) == list(LAYERS)
    assert truth.isna().sum() == 18
    assert truth.value_counts().min() > 60
    height = (
        cortex.obs.assign(y=cortex.obsm["spatial"][:, 1]).groupby("ground_truth", observed=True)["y"].mean()
    )
    assert height.is_monotonic_increasing
    # spots beside each other mostly share a layer
    _, beside = cKDTree(cortex.obsm["spatial"]).query(cortex.obsm["spatial"], k=2)
    codes = truth.cat.codes.to_numpy()
    assert (codes == codes[beside[:, 1]]).mean() > 0.85


def test_borders_are_curved(cortex):
    white = cortex.obs["ground_truth"] == "WM"
    rows = cortex.obs.loc[white.to_numpy(), "array_row"]
    first = rows.groupby(cortex.obs.loc[white.to_numpy(), "array_col"] // 8).min()
    assert first.max() - first.min() >= 4


@pytest.mark.parametrize(("gene", "layer"), [("MBP", "WM"), ("PCP4", "L5"), ("RORB", "L4"), ("CARTPT", "L3")])
def test_known_markers_are_highest_in_their_layer(cortex, gene, layer):
    shares = log_share(cortex)[:, cortex.var_names.get_loc(gene)]
    means = cortex.obs.assign(share=shares).groupby("ground_truth", observed=True)["share"].mean()
    assert means.idxmax() == layer
    assert cortex.var.loc[gene, "marker_of"] == layer


def test_neighbours_help(cortex):
    """Single spots are hard to tell apart, their surroundings are not."""
    known = cortex.obs["ground_truth"].notna().to_numpy()
    codes = cortex.obs["ground_truth"].cat.codes.to_numpy()[known]
    single = PCA(15, random_state=0).fit_transform(log_share(cortex))
    _, around = cKDTree(cortex.obsm["spatial"]).query(cortex.obsm["spatial"], k=13)
    scores = [
        adjusted_rand_score(codes, KMeans(7, n_init=5, random_state=0).fit_predict(features)[known])
        for features in (single, single[around].mean(axis=1))
    ]
    assert 0.1 < scores[0] < 0.4
    assert 0.6 < scores[1] < 0.9


def test_counts_are_overdispersed_and_depth_varies(cortex):
    depth = np.asarray(cortex.X.sum(axis=1)).ravel()
    assert depth.mean() == pytest.approx(900, rel=0.02)
    assert 0.3 < depth.std() / depth.mean() < 0.8
    flat = simulated_cortex(4000, 100, effect=0)
    counts = flat.X.toarray()
    expected = counts.sum(axis=1, keepdims=True) * counts.mean(axis=0) / counts.sum(axis=1).mean()
    excess = ((counts - expected) ** 2).mean(axis=0) / expected.mean(axis=0)
    assert np.median(excess) > 1.3  # a Poisson draw would give 1


def test_without_effect_layers_cannot_be_found():
    flat = simulated_cortex(1000, 200, effect=0)
    shares = log_share(flat)
    means = flat.obs[["ground_truth"]].assign(mbp=shares[:, flat.var_names.get_loc("MBP")])
    by_layer = means.groupby("ground_truth", observed=True)["mbp"].mean()
    assert by_layer.max() - by_layer.min() < 0.35


def test_the_seed_decides_everything():
    one, same, other = (simulated_cortex(500, 80, random_state=seed) for seed in (3, 3, 4))
    assert (one.X != same.X).nnz == 0
    assert one.obs.equals(same.obs)
    assert (one.X != other.X).nnz > 0


def test_the_global_random_state_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    simulated_cortex(50, 20)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(("n_spots", "n_genes"), [(7, 7), (101, 30), (1000, 850)])
def test_any_size(n_spots, n_genes):
    adata = simulated_cortex(n_spots, n_genes)
    assert adata.shape == (n_spots, n_genes)
    assert adata.obs_names.is_unique
    markers = adata.var["marker_of"].value_counts()
    if n_genes == 7:
        assert all(markers[layer] == 1 for layer in LAYERS)


def test_symbols_are_listed_once():
    every = [gene for genes in (*MARKERS.values(), *PROGRAMMES.values(), BACKGROUND) for gene in genes]
    assert len(every) == len(set(every)) > 800


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_spots": 6}, r"n_spots is 6\. At least 7"),
        ({"n_genes": 5000}, r"n_genes is 5000\. Accepted: 7 to \d{3}"),
        ({"n_genes": 3}, r"n_genes is 3\. Accepted"),
        ({"mean_counts": 0}, r"mean_counts is 0\. It must be above 0"),
        ({"effect": -1}, r"effect is -1\. It must be 0"),
        ({"unannotated": 1}, r"unannotated is 1\. It must be 0 or more and below 1"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(SemSTError, match=message):
        simulated_cortex(**options)


@pytest.mark.slow
def test_many_spots_need_no_dense_matrix():
    tracemalloc.start()
    try:
        adata = simulated_cortex(50_000, 800, mean_counts=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert adata.shape == (50_000, 800)
    assert peak < 150e6  # bytes; one dense copy would be 160 MB in float32, N x N 10 GB


@pytest.mark.real_data
def test_every_symbol_is_a_human_gene(shared_data):
    import pandas as pd

    table = pd.read_csv(shared_data / "gene_descriptions.tsv.gz", sep="\t")
    human = set(table.loc[table["species"] == "human", "symbol"])
    every = {gene for genes in (*MARKERS.values(), *PROGRAMMES.values(), BACKGROUND) for gene in genes}
    assert every <= human

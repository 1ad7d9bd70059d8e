"""Finer and coarser domains: split, tree, cut, and back."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

import semst
from semst import MissingKeyError, SemSTError, pl, tl
from semst._colors import shades_apart

FAST = {"cluster": "mixture", "n_starts": 8, "explain": False, "progress": False}


@pytest.fixture(scope="module")
def run():
    adata = semst.datasets.simulated_cortex(n_spots=300, n_genes=80, random_state=0)
    tl.semst(adata, 4, **FAST)
    return adata


@pytest.fixture
def adata(run):
    return run.copy()


def names(adata, key):
    return adata.obs[key].cat.categories.tolist()


def same(one, other):
    return (one.astype(str) == other.astype(str)).all()


def test_a_domain_is_split_by_size_in_its_place_and_the_others_are_left_alone(adata):
    before = adata.copy()
    tl.split(adata, "2", 3, progress=False)
    assert names(adata, "semst_split") == ["1", "2.1", "2.2", "2.3", "3", "4"]
    sizes = adata.obs["semst_split"].value_counts()
    assert sizes["2.1"] >= sizes["2.2"] >= sizes["2.3"] > 0
    others = (before.obs["semst"] != "2").to_numpy()
    assert same(adata.obs["semst_split"][others], before.obs["semst"][others])
    inside = adata.obs["semst_split"][~others].astype(str)
    assert inside.str.startswith("2.").all()
    for slot in ("semst", "semst_unrefined", "semst_uncertainty"):
        pd.testing.assert_series_equal(adata.obs[slot], before.obs[slot])
    np.testing.assert_array_equal(adata.obsm["X_semst"], before.obsm["X_semst"])
    assert adata.uns["semst_colors"].tolist() == before.uns["semst_colors"].tolist()
    np.testing.assert_array_equal(adata.X.toarray(), before.X.toarray())


def test_it_is_the_run_on_the_spots_of_the_domain_alone(adata):
    tl.split(adata, "1", 2, progress=False)
    part = adata[adata.obs["semst"] == "1"].copy()
    tl.semst(part, 2, **FAST)
    found = pd.crosstab(part.obs["semst"], adata.obs["semst_split"][part.obs_names].astype(str))
    assert (found.to_numpy() > 0).sum() == 2  # the same two, whatever their names
    this = adata.uns["semst_split"]["splits"]["1"]
    assert this["domain"] == "1" and this["n_spots"] == part.n_obs
    assert this["params"]["n_starts"] == 8 and this["params"]["cluster"] == "mixture"
    assert this["features"]["n_genes"] == part.uns["semst"]["features"]["n_genes"]


def test_model_and_settings_are_those_of_the_run_unless_others_are_given(adata, tmp_path):
    options = {"epochs": 2, "cluster": "kmeans", "refine": False, "explain": False, "progress": False}
    tl.run(adata, "graphst", 3, key_added="found", **options)
    adata.write_h5ad(tmp_path / "found.h5ad")
    adata = ad.read_h5ad(tmp_path / "found.h5ad")
    tl.split(adata, "1", key="found", progress=False)
    params = adata.uns["found_split"]["splits"]["1"]["params"]
    assert params["model"] == "graphst" and params["epochs"] == 2 and params["cluster"] == "kmeans"
    assert not params["refine"]
    tl.split(adata, "1", key="found", progress=False, epochs=1)
    assert adata.uns["found_split"]["splits"]["1"]["params"]["epochs"] == 1
    tl.split(adata, "1", key="found", model="semst", cluster="mixture", progress=False)
    assert adata.uns["found_split"]["splits"]["1"]["params"]["model"] == "semst"


def test_sub_domains_that_the_vote_undoes_are_none(adata):
    options = {"epochs": 2, "cluster": "kmeans", "explain": False, "progress": False}
    tl.run(adata, "graphst", 3, key_added="found", **options)
    with pytest.raises(SemSTError, match="leaves one sub-domain of domain 1.*or take refine=False"):
        tl.split(adata, "1", key="found", progress=False)


def test_the_runs_meaning_of_genes_is_used_again(run):
    adata = run.copy()
    tl.semst(adata, 3, semantics="random", epochs=1, n_networks=1, random_state=4, **FAST)
    tl.split(adata, "1", progress=False)
    params = adata.uns["semst_split"]["splits"]["1"]["params"]
    assert params["semantics"] == "random" and params["preset"] == "network"
    assert params["epochs"] == 1 and params["random_state"] == 4
    tl.split(adata, "1", progress=False, semantics="none", preset="linear")
    assert adata.uns["semst_split"]["splits"]["1"]["params"]["preset"] == "linear"


def test_meaning_of_genes_can_be_asked_for_where_the_run_had_none(adata):
    tl.split(adata, "1", semantics="random", epochs=1, n_networks=1, progress=False)
    params = adata.uns["semst_split"]["splits"]["1"]["params"]
    assert params["semantics"] == "random" and params["fsm"] and params["preset"] == "network"
    assert params["n_starts"] == 8


def test_labels_without_a_run_are_split_by_the_default(adata):
    tl.split(
        adata,
        "L4" if "L4" in names(adata, "ground_truth") else names(adata, "ground_truth")[0],
        key="ground_truth",
        cluster="mixture",
        progress=False,
    )
    params = adata.uns["ground_truth_split"]["splits"]["1"]["params"]
    assert params["model"] == "semst" and params["preset"] == "linear"
    assert adata.obs["ground_truth_split"].isna().sum() == adata.obs["ground_truth"].isna().sum()
    tl.tree(adata, "ground_truth_split", use_rep="X_semst")
    with pytest.raises(MissingKeyError, match="not known in which embedding .*Name it .use_rep"):
        tl.tree(adata, "ground_truth_split")


def test_parts_are_split_again_and_all_is_kept_in_a_file(adata, tmp_path):
    tl.split(adata, "1", 2, progress=False)
    tl.split(adata, "3", 2, key="semst_split", progress=False)
    tl.split(adata, "1.1", 2, key="semst_split", progress=False)
    assert names(adata, "semst_split") == ["1.1.1", "1.1.2", "1.2", "2", "3.1", "3.2", "4"]
    tl.tree(adata, "semst_split")
    tl.cut(adata, 3, key="semst_split")
    adata.write_h5ad(tmp_path / "split.h5ad")
    back = ad.read_h5ad(tmp_path / "split.h5ad")
    splits = back.uns["semst_split"]["splits"]
    assert [splits[str(i)]["domain"] for i in (1, 2, 3)] == ["1", "3", "1.1"]
    tree = back.uns["semst_split_tree"]
    assert tree["linkage"].shape == (6, 4) and tree["use_rep"] == "X_semst"
    np.testing.assert_array_equal(tree["heights"], tree["linkage"][:, 2])
    assert [str(name) for name in tree["names"]] == names(adata, "semst_split")
    tl.cut(back, 3, key="semst_split", key_added="again")
    assert same(back.obs["again"], back.obs["semst_split_cut"])


def test_cuts_after_splits_give_the_domains_of_before(adata):
    tl.split(adata, "1", 3, progress=False)
    tl.split(adata, "1.1", 2, key="semst_split", progress=False)
    tl.split(adata, "4", 2, key="semst_split", progress=False)
    tl.cut(adata, 4, key="semst_split")
    assert names(adata, "semst_split_cut") == ["1", "2", "3", "4"]
    assert same(adata.obs["semst_split_cut"], adata.obs["semst"])
    tl.cut(adata, 3)
    tl.cut(adata, 3, key="semst_split")
    assert same(adata.obs["semst_split_cut"], adata.obs["semst_cut"])
    (merged,) = [name for name in names(adata, "semst_cut") if "+" in name]
    one, other = merged.split("+")
    assert int(one) < int(other)
    tl.split(adata, merged, 2, key="semst_cut", progress=False)
    tl.cut(adata, 3, key="semst_cut_split")
    assert same(adata.obs["semst_cut_split_cut"], adata.obs["semst_cut"])


def test_colours_stay_and_parts_get_shades(adata):
    adata.uns["semst_colors"] = ["#0072B2", "#E69F00", "#009E73", "#D55E00"]
    tl.split(adata, "2", 2, progress=False)
    first = shades_apart("#E69F00", 2, ["#0072B2", "#009E73", "#D55E00"])
    assert adata.uns["semst_split_colors"].tolist() == ["#0072B2", *first, "#009E73", "#D55E00"]
    tl.split(adata, "2.1", 2, key="semst_split", progress=False)
    second = shades_apart(first[0], 2, ["#0072B2", first[1], "#009E73", "#D55E00"], reach=0.18)
    assert adata.uns["semst_split_colors"].tolist() == ["#0072B2", *second, first[1], "#009E73", "#D55E00"]
    sizes = adata.obs["semst"].value_counts()
    tl.cut(adata, 3)
    (merged,) = [name for name in names(adata, "semst_cut") if "+" in name]
    largest = max(merged.split("+"), key=lambda name: sizes[name])
    kept = adata.uns["semst_cut_colors"][names(adata, "semst_cut").index(merged)]
    assert kept == adata.uns["semst_colors"][int(largest) - 1]


def test_without_kept_colours_the_others_have_those_of_the_palette(adata):
    tl.split(adata, "3", 2, progress=False)
    one, two, three, four = pl.palette(4)
    assert adata.uns["semst_split_colors"].tolist() == [
        one,
        two,
        *shades_apart(three, 2, [one, two, four]),
        four,
    ]


def test_a_copy_leaves_its_original_alone_and_what_was_known_of_other_domains_goes(adata):
    before = set(adata.obs), set(adata.uns)
    copied = tl.split(adata, "1", 2, progress=False, copy=True)
    cut = tl.cut(adata, 2, copy=True)
    tree = tl.tree(adata, copy=True)
    assert (set(adata.obs), set(adata.uns)) == before
    assert "semst_split" in copied.obs and "semst_cut" in cut.obs and "semst_tree" in tree.uns
    tl.tree(copied, "semst_split")
    tl.split(copied, "2", 2, key="semst_split", progress=False)
    assert "semst_split_tree" not in copied.uns


def test_the_order_of_the_spots_says_nothing_to_a_cut(adata):
    order = np.random.default_rng(0).permutation(adata.n_obs)
    other = adata[order].copy()
    tl.cut(adata, 2)
    tl.cut(other, 2)
    assert same(other.obs["semst_cut"], adata.obs["semst_cut"].iloc[order])
    np.testing.assert_array_equal(adata.uns["semst_cut"]["merged"], other.uns["semst_cut"]["merged"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: tl.split(a, "9"), r"obs\['semst'\] has no domain '9'. It has: 1, 2, 3, 4"),
        (
            lambda a: tl.split(a, "1", 30),
            r"Domain 1 has \d+ spots; 30 sub-domains need at least 300, 10 each",
        ),
        (lambda a: tl.split(a, "1", 1), "n is 1; give a whole number of 2 or more"),
        (lambda a: tl.split(a, "1", key_added="semst"), "'semst', whose domains would be replaced"),
        (lambda a: tl.split(a, "1", key="nothing"), 'adata.obs has no "nothing"'),
        (lambda a: tl.split(a, "1", epocks=3), "epocks"),
        (lambda a: tl.cut(a, 5), "has 4 domains, and a cut makes them fewer"),
        (lambda a: tl.cut(a, 0), "n is 0; give a whole number of 1 or more"),
        (lambda a: tl.cut(a, 2, key_added="semst"), "'semst', whose domains would be replaced"),
        (lambda a: tl.cut(a, 2, use_rep="nothing"), 'has no "nothing"'),
        (lambda a: tl.tree(a, "nothing"), 'adata.obs has no "nothing"'),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(adata, call, message):
    before = set(adata.obs), set(adata.uns), adata.obs["semst"].copy()
    with pytest.raises(SemSTError, match=message):
        call(adata)
    assert (set(adata.obs), set(adata.uns)) == before[:2]
    pd.testing.assert_series_equal(adata.obs["semst"], before[2])


@pytest.mark.real_data
@pytest.mark.slow
def test_a_layer_of_a_cortex_is_split_and_merged_again(shared_data):
    adata = semst.io.read(shared_data / "dlpfc_151673.h5ad")
    where = {"depth_key": "sum_umi_full", "progress": False}
    tl.semst(adata, 7, explain=False, **where)
    tl.split(adata, "3", 2, **where)
    tl.split(adata, "1", 3, key="semst_split", **where)
    assert len(names(adata, "semst_split")) == 10
    second = adata.uns["semst_split"]["splits"]["2"]
    assert second["quality"]["stability"] > 0.9  # three parts that hold when spots are taken away
    tl.tree(adata, "semst_split")
    heights = adata.uns["semst_split_tree"]["heights"]
    assert (np.diff(heights) >= 0).all()
    np.testing.assert_allclose(heights[3:], tl.tree(adata, copy=True).uns["semst_tree"]["heights"])
    tl.cut(adata, 7, key="semst_split")
    assert same(adata.obs["semst_split_cut"], adata.obs["semst"])

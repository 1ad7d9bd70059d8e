"""Contacts of domains, counted on the spatial graph."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from semst import MissingKeyError, SemSTError, gr, tl

PAIRS = [("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c")]


def lattice(side=3, domains="abc"):
    """A square lattice whose columns are domains."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    obs = pd.DataFrame(
        {"semst": [domains[i] for i in x]}, index=[f"{i}x{j}" for i, j in zip(x, y, strict=True)]
    )
    return ad.AnnData(obs=obs, obsm={"spatial": np.c_[x, y].astype(float)})


def several(n):
    parts = {f"s{i}": lattice() for i in range(n)}
    return ad.concat(parts, label="sample", index_unique="-")


def test_a_lattice_by_hand():
    found = tl.contacts(lattice(), n_neighs=3)
    assert list(found.counts.columns) == PAIRS and list(found.counts.index) == ["all"]
    # 12 edges: two down every column, three between neighbouring ones, none from a to c
    assert found.counts.iloc[0].to_list() == [2, 3, 0, 2, 3, 2]
    np.testing.assert_allclose(found.expected.iloc[0], np.array([21, 70, 49, 45, 70, 21]) / 23)
    assert isinstance(found, tl.Contacts) and found.effects is None


def test_samples_and_sections_are_not_joined():
    adata = several(2)  # all in one place
    found = tl.contacts(adata, sample_key="sample", n_neighs=3)
    assert found.counts.to_numpy().tolist() == [[2, 3, 0, 2, 3, 2]] * 2
    assert found.overall["counts"].to_list() == [4, 6, 0, 4, 6, 4]
    adata.obs["donor"] = "one"
    found = tl.contacts(adata, sample_key="donor", section_key="sample", n_neighs=3)
    assert found.counts.to_numpy().tolist() == [[4, 6, 0, 4, 6, 4]]


def test_a_given_graph_is_taken_without_what_joins_samples():
    adata = several(2)
    edge = sp.lil_matrix((18, 18))
    for i, j in ((0, 1), (9, 10), (10, 11), (0, 9)):  # the last joins the samples
        edge[i, j] = edge[j, i] = 0.3
    adata.obsp["spatial_connectivities"] = edge.tocsr()
    found = tl.contacts(adata, sample_key="sample", use_existing_graph=True)
    assert found.counts.to_numpy().tolist() == [[0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0]]


def test_the_graph_is_that_of_gr():
    rng = np.random.default_rng(0)
    labels = rng.choice(list("abc"), 200)
    adata = ad.AnnData(obs=pd.DataFrame({"semst": labels}, index=np.arange(200).astype(str)))
    adata.obsm["spatial"] = rng.uniform(size=(200, 2))
    edges = gr.spatial_graph(adata.obsm["spatial"], n_neighs=6).adjacency.tocoo()
    upper = edges.row < edges.col
    there = pd.Series(
        ["".join(sorted(labels[[i, j]])) for i, j in zip(edges.row[upper], edges.col[upper], strict=True)]
    )
    found = tl.contacts(adata).counts.iloc[0]
    assert found.to_list() == [(there == one + other).sum() for one, other in PAIRS]
    assert found.sum() == upper.sum()


def test_spots_without_a_domain_are_left_out_and_nothing_is_written():
    adata = lattice()
    adata.obs["semst"] = pd.Categorical(adata.obs["semst"].where(adata.obs["semst"] != "b"), list("abc"))
    before = adata.copy()
    found = tl.contacts(adata, n_neighs=1)
    assert found.domains == ["a", "c"] and found.counts.iloc[0].to_list() == [2, 0, 2]
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    assert not adata.uns and not adata.obsp and list(adata.obsm) == ["spatial"]


def test_a_pair_that_a_sample_lacks_is_missing_there_and_not_tested():
    adata = several(6)
    adata.obs["condition"] = np.where(adata.obs["sample"].astype(str) < "s3", "control", "case")
    lacking = (adata.obs["sample"] == "s5") & (adata.obs["semst"] == "c")
    adata.obs.loc[lacking, "semst"] = "b"
    found = tl.contacts(
        adata, sample_key="sample", condition_key="condition", groups=("control", "case"), n_neighs=3
    )
    assert np.isnan(found.log2_ratio.loc["s5", ("b", "c")]) and found.counts.loc["s5", ("b", "b")] == 7
    effects = found.effects
    assert effects["n_case"].to_list() == [3, 3, 2, 3, 2, 2]
    assert effects["p"].notna().to_list() == [True, True, False, True, False, False]
    assert effects.loc[("b", "b"), "difference"] > 0 and found.note.startswith("the smallest p that 3 and 3")
    order = np.random.default_rng(0).permutation(adata.n_obs)
    again = tl.contacts(
        adata[order].copy(),
        sample_key="sample",
        condition_key="condition",
        groups=("control", "case"),
        n_neighs=3,
    )
    pd.testing.assert_frame_equal(again.effects, effects)


def test_what_cannot_be_used_is_told():
    adata = lattice()
    adata.obs["condition"] = "case"
    with pytest.raises(SemSTError, match=r"compared between samples.*sample_key"):
        tl.contacts(adata, condition_key="condition")
    with pytest.raises(MissingKeyError, match='no "spatial_connectivities"'):
        tl.contacts(adata, use_existing_graph=True)
    with pytest.raises(SemSTError, match='obsm has no "elsewhere"'):
        tl.contacts(adata, spatial_key="elsewhere")

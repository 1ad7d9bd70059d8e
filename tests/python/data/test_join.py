"""Several objects as one, and their results in each of them."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import SemSTError
from semst.data import SliceKeys, join_slices, named_slices, read_slice

QUICK = {"cluster": "mixture", "n_starts": 4, "progress": False, "explain": False}


def cortex(seed, n_spots=200):
    adata = semst.datasets.simulated_cortex(n_spots=n_spots, n_genes=120, random_state=seed)
    adata.obs["donor"] = f"d{seed}"
    return adata


@pytest.fixture
def pair():
    first, second = cortex(0), cortex(1, 150)
    return {"early": first[:, :110].copy(), "late": second[:, ::-1][:, :100].copy()}


def test_slices_are_joined_on_the_genes_that_all_have(pair, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    with caplog.at_level(logging.INFO):
        joint, keys = join_slices(pair)
    shared = [gene for gene in pair["early"].var_names if gene in set(pair["late"].var_names)]
    assert joint.var_names.tolist() == shared and 0 < len(shared) < 100
    assert f"{len(shared)} genes that all slices have are used (genes: early 110, late 100)" in caplog.text
    assert "spots: early 200, late 150" in caplog.text
    assert keys.sample_key == "slice" and joint.obs["slice"].value_counts().to_dict() == {
        "early": 200,
        "late": 150,
    }
    for name, part in pair.items():
        own = joint[joint.obs["slice"] == name]
        np.testing.assert_array_equal(own.X.toarray(), part[:, shared].X.toarray())
        np.testing.assert_array_equal(own.obsm["spatial"], part.obsm["spatial"])
    assert "donor" in joint.obs and joint.obs_names.is_unique


def test_a_list_gives_what_one_object_with_sample_key_gives(pair):
    before = {name: one.X.toarray() for name, one in pair.items()}
    semst.tl.semst(pair, 3, **QUICK)
    for name, one in pair.items():
        np.testing.assert_array_equal(one.X.toarray(), before[name])
    whole = ad.concat(pair, label="slice", index_unique="-")
    whole = whole[:, join_slices(pair)[0].var_names].copy()
    semst.tl.semst(whole, 3, sample_key="slice", **QUICK)
    for name, one in pair.items():
        own = whole[(whole.obs["slice"] == name).to_numpy()]
        assert one.obs["semst"].tolist() == own.obs["semst"].tolist()
        assert one.obs["semst"].cat.categories.tolist() == ["1", "2", "3"]
        np.testing.assert_array_equal(one.obsm["X_semst"], own.obsm["X_semst"])
    assert pair["early"].uns["semst"]["params"]["n_domains"] == 3


def test_copies_come_back_in_the_collection_that_was_given(pair):
    fresh = list(pair.values())
    given = semst.tl.semst(fresh, 3, copy=True, **QUICK)
    assert [len(one.obs["semst"]) for one in given] == [200, 150]
    assert all("semst" not in one.obs for one in fresh)
    by_name = semst.tl.semst(dict(zip("ab", fresh, strict=True)), 3, copy=True, **QUICK)
    assert (
        list(by_name) == ["a", "b"] and by_name["b"].obs["semst"].tolist() == given[1].obs["semst"].tolist()
    )


def test_counts_are_read_where_the_keys_say(pair):
    moved = {}
    for name, one in pair.items():
        moved[name] = one.copy()
        moved[name].layers["counts"] = sp.csc_matrix(one.X)
        moved[name].X = sp.csr_matrix(one.X) * 0.5
        moved[name].raw = one
    plain = join_slices(pair)[0].X.toarray()
    joint, keys = join_slices(moved, SliceKeys(layer="counts"))
    np.testing.assert_array_equal(read_slice(joint, keys)[0].counts.toarray(), plain)
    joint, keys = join_slices(moved, SliceKeys(use_raw=True))
    np.testing.assert_array_equal(read_slice(joint, keys)[0].counts.toarray(), plain)


def test_samples_within_the_objects_stay_apart(pair):
    sections = {name: one.copy() for name, one in pair.items()}
    for one in sections.values():
        one.obs["section"] = np.where(np.arange(one.n_obs) % 2, "x", "y")
    joint, keys = join_slices(sections, SliceKeys(sample_key="section"))
    assert set(joint.obs["section"]) == {"early/x", "early/y", "late/x", "late/y"}
    joint, _ = join_slices(sections, SliceKeys(sample_key="donor"))
    assert set(joint.obs["donor"]) == {"d0", "d1"}
    sections["late"].obs.loc[sections["late"].obs_names[0], "section"] = None
    with pytest.raises(SemSTError, match=r"Slice 'late': obs\['section'\] is missing for 1 of 150"):
        join_slices(sections, SliceKeys(sample_key="section"))


def test_given_graphs_and_image_features_are_joined(pair):
    given = {name: one.copy() for name, one in pair.items()}
    for one in given.values():
        semst.gr.spatial_neighbors(one, n_neighs=5)
        one.obsm["pixels"] = np.ones((one.n_obs, 3), dtype=np.float32)
    joint, keys = join_slices(given, SliceKeys(use_existing_graph=True, image_key="pixels"))
    graph = read_slice(joint, keys)[0].graph
    assert graph.nnz == sum(one.obsp["spatial_connectivities"].nnz for one in given.values())
    given["late"].obsm["pixels"] = np.ones((150, 2), dtype=np.float32)
    with pytest.raises(
        SemSTError, match=r"obsm\['pixels'\] has different numbers of columns .*early 3, late 2"
    ):
        join_slices(given, SliceKeys(image_key="pixels"))


def test_what_is_wrong_with_one_of_them_names_it(pair):
    bare = pair["late"].copy()
    del bare.obsm["spatial"]
    with pytest.raises(SemSTError, match="Slice 'second': No coordinates"):
        join_slices({"first": pair["early"], "second": bare})
    other = pair["late"].copy()
    other.var_names = [f"ENSG{i}" for i in range(other.n_vars)]
    with pytest.raises(SemSTError, match="no gene in common .*early 110, other 100.*other: ENSG0"):
        join_slices({"early": pair["early"], "other": other})
    with pytest.raises(SemSTError, match="given twice"):
        named_slices([bare, bare])
    with pytest.raises(SemSTError, match="2: str"):
        semst.tl.semst([bare, "b.h5ad"], 3)
    with pytest.raises(SemSTError, match="there is nothing"):
        named_slices([])
    with pytest.raises(SemSTError, match="was given DataFrame"):
        semst.tl.semst(pd.DataFrame(), 3)
    model = semst.SemST(3, **QUICK).fit(pair)
    with pytest.raises(SemSTError, match="holds 350 spots and the object 150"):
        model.write_to(pair["late"])


def test_slices_of_very_different_size_run_and_the_smallest_is_told(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    large, small = cortex(0, 400), cortex(1, 60)
    tiny = cortex(2)[:3].copy()
    single = cortex(3)[:1].copy()
    with caplog.at_level(logging.WARNING):
        semst.tl.semst({"a": large, "b": small, "c": tiny, "d": single}, 3, **QUICK)
    assert "slices of fewer than 13 spots: c (3), d (1)" in caplog.text
    for one in (large, small, tiny, single):
        assert one.obs["semst"].notna().all()

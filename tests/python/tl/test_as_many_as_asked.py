"""A run gives the domains that were asked for, whatever the neighbours vote."""

import numpy as np
import pandas as pd

import semst
from semst import tl

QUICK = {"cluster": "mixture", "n_starts": 2, "explain": False, "progress": False}


def test_seventy_nine_of_eighty_spots():
    adata = semst.datasets.simulated_cortex(n_spots=80, n_genes=60, random_state=0)
    tl.run(adata, "semst", 79, spare_narrow=False, **QUICK)
    before, after = adata.obs["semst_unrefined"], adata.obs["semst"]
    assert before.nunique() == after.nunique() == 79
    spared = list(adata.uns["semst"]["clustering"]["kept_from_the_vote"])
    assert spared
    own = before.isin(spared)
    assert (before[own].astype(str) == after[own].astype(str)).all()


def test_a_graph_that_joins_all_spots(caplog):
    adata = semst.datasets.simulated_cortex(n_spots=150, n_genes=80, random_state=0)
    tl.run(adata, "semst", 3, radius=1e9, spare_narrow=False, **QUICK)
    assert adata.obs["semst"].nunique() == 3
    assert "left as found" in caplog.text


def test_a_tiny_domain_stays_and_the_others_are_as_voted():
    adata = semst.datasets.simulated_cortex(n_spots=200, n_genes=80, random_state=0)
    counts = adata.X.toarray() if hasattr(adata.X, "toarray") else np.asarray(adata.X)
    middle = np.linalg.norm(adata.obsm["spatial"] - adata.obsm["spatial"].mean(axis=0), axis=1).argmin()
    counts[middle] = counts[middle][::-1] * 3  # one spot of another tissue
    adata.X = counts
    options = {**QUICK, "cluster": "kmeans", "refine_neighs": 50}
    tl.run(adata, "graphst", 8, epochs=2, **options)
    tl.run(adata, "graphst", 8, epochs=2, refine=False, key_added="plain", **options)
    labels = adata.obs["graphst"]
    voters = semst.gr.directed_neighbours(adata.obsm["spatial"], n_neighs=50)
    voted = semst.cluster.refine(adata.obs["plain"].astype(str).to_numpy(), voters)
    gone = set(adata.obs["plain"]) - set(voted)
    assert gone and gone == set(adata.uns["graphst"]["clustering"]["kept_from_the_vote"])
    assert labels.nunique() == 8
    others = ~adata.obs["plain"].isin(gone).to_numpy()
    assert (labels.astype(str).to_numpy()[others] == voted[others]).all()
    assert "kept_from_the_vote" not in adata.uns["plain"]["clustering"]


def test_a_new_slice_need_not_have_every_domain():
    """The vote on another slice is that of before: a domain may be absent there."""
    both = semst.datasets.simulated_cortex(n_spots=300, n_genes=80, random_state=0)
    model = semst.SemST(4, **QUICK).fit(both)
    part = both[both.obs["ground_truth"] == both.obs["ground_truth"].iloc[0]].copy()
    tl.predict(part, model)
    before, after = part.obs["semst_unrefined"], part.obs["semst"]
    voters = model.model.voters(*_applied(model, part), model.config)
    voted = model.model.vote(before.cat.codes.to_numpy(), voters, model.config)
    np.testing.assert_array_equal(after.cat.codes.to_numpy(), voted)


def _applied(model, adata):
    data, _ = semst.data.read_slice(adata)
    prepared = model.model.prepare(data, model.config, like=model.projections_)
    return data, prepared.adjacency


def test_splitting_and_cutting_go_on():
    adata, asked = semst.datasets.simulated_cortex(n_spots=300, n_genes=80, random_state=0), 3
    tl.run(adata, "semst", asked, **QUICK)
    assert adata.obs["semst"].nunique() == asked
    assert pd.Index(adata.obs["semst"].unique()).isin([str(k + 1) for k in range(asked)]).all()
    tl.split(adata, adata.obs["semst"].value_counts().index[0], 2, progress=False)
    assert adata.obs["semst_split"].nunique() == asked + 1
    tl.cut(adata, asked, key="semst_split")
    assert adata.obs["semst_split_cut"].nunique() == asked

"""Results have names that files can hold, and replace nothing but results."""

import numpy as np
import pytest

import semst
from semst import SemSTError

QUICK = {"cluster": "mixture", "n_starts": 2, "progress": False, "explain": False}


@pytest.fixture
def adata():
    return semst.datasets.simulated_cortex(n_spots=150, n_genes=60, random_state=0)


@pytest.mark.parametrize("name", ["a/b", "_index", 3, "barcode"])
def test_names_that_no_file_can_hold_are_refused_before_the_work(adata, name, monkeypatch):
    adata.obs.index.name = "barcode"
    monkeypatch.setattr(semst.tl.Estimator, "fit", lambda *args, **options: pytest.fail("run all the same"))
    with pytest.raises(SemSTError, match="which files cannot hold as a name|is 3; give text"):
        semst.tl.semst(adata, 3, key_added=name, **QUICK)
    with pytest.raises(SemSTError, match="which files cannot hold as a name|is 3; give text"):
        semst.tl.cluster(adata, 3, use_rep="X_pca", key_added=name)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("ground_truth", r"obs\['ground_truth'\]"),
        ("simulation", r"uns\['simulation'\]"),
        ("spatial", r"uns\['spatial'\]"),
        ("pca", r"obsm\['X_pca'\]"),
    ],
)
def test_what_is_the_users_is_not_replaced(adata, name, taken, monkeypatch):
    adata.uns["spatial"] = {"library": {}}
    adata.obsm["X_pca"] = np.ones((adata.n_obs, 2))
    monkeypatch.setattr(semst.tl.Estimator, "fit", lambda *args, **options: pytest.fail("run all the same"))
    with pytest.raises(SemSTError, match=f"{taken} would be replaced, which no run has left there"):
        semst.tl.semst(adata, 3, key_added=name, **QUICK)
    assert "semst" not in adata.obs


def test_results_of_a_run_are_replaced_by_the_next(adata):
    fitted = semst.SemST(3, **QUICK).fit(adata)
    for _ in range(2):
        semst.tl.semst(adata, 3, **QUICK)
        semst.tl.predict(adata, fitted)
        semst.tl.cluster(adata, 3, method="kmeans")
    assert {"semst", "domains", "semst_unlike"} <= set(adata.obs)
    del adata.uns["semst"]  # as in objects that were concatenated
    semst.tl.semst(adata, 3, **QUICK)
    adata.obs["mine"] = "a"
    with pytest.raises(SemSTError, match=r"obs\['mine'\] would be replaced"):
        semst.tl.predict(adata, fitted, key_added="mine")
    with pytest.raises(SemSTError, match=r"obs\['mine'\] would be replaced"):
        semst.tl.cluster(adata, 3, key_added="mine")

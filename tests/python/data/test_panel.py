"""Another slice brought to the genes and the measure of a fit."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import semst
from semst import SemSTError
from semst.data import Panel, Slice


def slice_of(rows, genes, depth=None):
    counts = sp.csr_matrix(np.float32(rows))
    return Slice(counts, pd.Index(list(genes)), np.zeros((len(rows), 2)), depth=depth)


def test_a_slice_with_all_genes_is_left_as_it_is():
    panel = Panel.of(slice_of([[1, 2, 1]], "ABC"))
    other = slice_of([[4, 4, 8]], "CBA")
    same, absent = panel.fitted_to(other, pd.Index(["A", "B"]))
    assert same is other and not absent.any()


def test_sizes_are_estimated_from_the_genes_that_both_have():
    panel = Panel.of(slice_of([[6, 3, 1], [6, 3, 1]], "ABC"))  # 60, 30 and 10 % of a library
    more = slice_of([[6, 3, 91], [1, 2, 7]], "ABX")
    found, absent = panel.fitted_to(more, pd.Index(["B", "A", "C"]), max_missing=0.5)
    np.testing.assert_allclose(found.depth, [9 / 0.9, 3 / 0.9], rtol=1e-6)
    assert absent.tolist() == [False, False, True]
    np.testing.assert_array_equal(found.counts.toarray(), [[3, 6, 0], [2, 1, 0]])
    assert found.genes.tolist() == ["B", "A", "C"]


def test_depths_of_the_fit_and_of_the_slice_are_made_use_of():
    panel = Panel.of(slice_of([[6, 2], [6, 2]], "AB", depth=np.array([16.0, 16.0])))
    np.testing.assert_allclose(panel.shares, [6 / 16, 2 / 16])
    genes = pd.Index(["A", "B"])
    found, _ = panel.fitted_to(slice_of([[3, 1]], "AB"), genes)
    np.testing.assert_allclose(found.depth, [8.0])  # half of the library is in the matrix
    given = slice_of([[3, 1]], "AB", depth=np.array([5.0]))
    assert panel.fitted_to(given, genes)[0] is given


def test_a_spot_without_any_of_the_genes_keeps_finite():
    panel = Panel.of(slice_of([[6, 2]], "AB"))
    found, _ = panel.fitted_to(slice_of([[0, 5], [2, 0]], "AX"), pd.Index(["A", "B"]), max_missing=0.5)
    assert np.isfinite(found.depth).all() and (found.depth > 0).all()


def test_missing_genes_are_named_and_too_many_are_refused(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    panel = Panel.of(slice_of([[1] * 12], "ABCDEFGHIJKL"))
    lacking = slice_of([[1] * 2], "AB")
    with pytest.raises(
        SemSTError, match=r"lacks 10 of the 12 genes of the fit \(83 %; C, D, .*J, K, L\); up to 20 %"
    ):
        panel.fitted_to(lacking, panel.genes)
    with caplog.at_level(logging.WARNING):
        panel.fitted_to(slice_of([[1] * 11], "ABCDEFGHIJK"), panel.genes)
    assert "lacks 1 of the 12 genes of the fit (8.3 %): L." in caplog.text


def test_counts_on_disk_are_read_as_those_in_memory(tmp_path):
    fitted = semst.datasets.simulated_cortex(n_spots=200, n_genes=80, random_state=0)
    later = semst.datasets.simulated_cortex(n_spots=150, n_genes=80, random_state=1)[:, 5:].copy()
    later.write_h5ad(tmp_path / "later.h5ad")
    model = semst.SemST(3, cluster="mixture", n_starts=4, explain=False, progress=False).fit(fitted)
    here, there = model.predict(later), model.predict(ad.read_h5ad(tmp_path / "later.h5ad", backed="r"))
    assert len(here.record["prediction"]["missing_genes"]) > 0
    np.testing.assert_array_equal(here.labels, there.labels)
    np.testing.assert_array_equal(here.embedding, there.embedding)

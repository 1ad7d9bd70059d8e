"""Which genes enter the model."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from semst import SemSTError
from semst.pp import expressed_genes, highly_variable_genes, mitochondrial_genes


def _counts(n, m, seed=0):
    return sp.csr_matrix(np.random.default_rng(seed).poisson(0.7, (n, m)).astype(np.float32))


def test_the_needed_spots_shrink_with_the_slice():
    seen = sp.csr_matrix(np.tril(np.ones((200, 200), dtype=np.float32)))  # gene j in 200 - j spots
    assert expressed_genes(seen, min_spots=10).sum() == 191
    assert expressed_genes(seen[150:170], min_spots=10)[:150].all()  # 20 spots: 2 are enough
    assert expressed_genes(seen[150:170], min_spots=10).sum() == 169


def test_explicit_zeros_are_not_expression():
    counts = sp.csr_matrix((np.array([0.0, 1.0]), (np.array([0, 1]), np.array([0, 1]))), shape=(3, 2))
    assert expressed_genes(counts, min_spots=1).tolist() == [False, True]


def test_no_gene_left_is_an_error():
    with pytest.raises(SemSTError, match="No gene has a count in 3 or more of the 3 spots"):
        expressed_genes(sp.csr_matrix([[1, 0], [0, 1], [0, 0]]), min_spots=5)


def test_mitochondrial_symbols_of_both_species_and_mangled():
    genes = pd.Index(["MT-ND1", "mt-Co1", "MT.ATP6", "MTOR", "MT1X", "Mtf1"])
    assert mitochondrial_genes(genes).tolist() == [True, True, True, False, False, False]


def test_variable_genes_are_the_overdispersed_ones_in_any_order():
    rng = np.random.default_rng(1)
    flat = rng.poisson(3.0, (300, 90))
    patchy = rng.poisson(3.0 * np.where(np.arange(300)[:, None] < 150, 0.1, 1.9), (300, 10))
    counts = sp.csr_matrix(np.hstack([flat, patchy]).astype(np.float32))
    mask = highly_variable_genes(counts, n_top_genes=10)
    assert mask[90:].all() and mask.sum() == 10
    order = rng.permutation(100)
    assert (highly_variable_genes(counts[:, order], n_top_genes=10) == mask[order]).all()
    assert (highly_variable_genes(counts[rng.permutation(300)], n_top_genes=10) == mask).all()


def test_fewer_genes_than_asked_are_all_used(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    with caplog.at_level("INFO"):
        assert highly_variable_genes(_counts(30, 12), n_top_genes=3000).all()
    assert "12 genes are fewer than the 3000 asked for" in caplog.text


def test_a_senseless_number_of_genes_is_an_error():
    with pytest.raises(SemSTError, match="n_top_genes is 0"):
        highly_variable_genes(_counts(30, 12), n_top_genes=0)

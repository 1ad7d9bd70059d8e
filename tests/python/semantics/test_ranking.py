import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from semst import SemSTError
from semst.semantics import top_genes

SYMBOLS = ["SNAP25", "MBP", "GFAP", "AQP4"]


def test_expression_ranks_by_count_and_breaks_ties_by_symbol() -> None:
    counts = sparse.csr_matrix([[2, 5, 2, 2], [0, 0, 1, 0], [0, 0, 0, 0]])
    assert top_genes(counts, SYMBOLS, k_g=3) == [["MBP", "AQP4", "GFAP"], ["GFAP"], []]


def test_only_genes_with_a_count_are_listed_even_where_the_values_are_higher_elsewhere() -> None:
    counts = sparse.csr_matrix([[1, 0, 2, 0]])
    values = sparse.csr_matrix([[0.5, 9.0, 0.1, 8.0]])
    assert top_genes(counts, SYMBOLS, ranking="normalised", normalised=values) == [["SNAP25", "GFAP"]]


def test_small_given_values_do_not_tie() -> None:
    counts = sparse.csr_matrix([[1, 1, 0, 0]])
    values = sparse.csr_matrix([[2e-12, 1e-12, 0, 0]])
    assert top_genes(counts, SYMBOLS, ranking="normalised", normalised=values) == [["SNAP25", "MBP"]]


def test_stored_zeros_do_not_count() -> None:
    counts = sparse.csr_matrix((np.array([0, 3]), np.array([0, 1]), np.array([0, 2])), shape=(1, 4))
    assert top_genes(counts, SYMBOLS) == [["MBP"]]


def test_specificity_is_the_z_score_across_spots() -> None:
    counts = np.array([[10, 1, 0, 0], [10, 0, 1, 0], [10, 0, 0, 1], [8, 0, 0, 3]])
    log = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
    z = (log - log.mean(axis=0)) / log.std(axis=0)
    expected = [
        [SYMBOLS[g] for g in np.argsort(-row) if count[g] > 0] for row, count in zip(z, counts, strict=True)
    ]
    assert top_genes(sparse.csr_matrix(counts), SYMBOLS, ranking="specificity") == expected
    # the gene that is high everywhere leads by expression, not by specificity
    assert [genes[0] for genes in expected] == ["MBP", "GFAP", "AQP4", "AQP4"]
    assert top_genes(sparse.csr_matrix(counts), SYMBOLS)[0][0] == "SNAP25"


def test_specificity_of_given_values() -> None:
    counts = sparse.csr_matrix([[1, 1], [1, 1]])
    values = np.array([[5.0, 0.1], [6.0, 0.0]])
    lists = top_genes(counts, ["A", "B"], ranking="specificity", normalised=sparse.csr_matrix(values))
    assert lists == [["B", "A"], ["A", "B"]]


def test_normalised_divides_by_the_standard_deviation_of_a_gene() -> None:
    counts = np.array([[6, 4], [1, 9], [5, 5]])  # gene totals differ, spot totals do not
    scaled = 1e3 * counts / counts.std(axis=0)
    lists = top_genes(sparse.csr_matrix(counts), ["A", "B"], ranking="normalised")
    assert lists == [[["A", "B"][g] for g in np.argsort(-row)] for row in scaled]


def test_a_gene_that_never_varies_ranks_as_average() -> None:
    counts = sparse.csr_matrix([[5, 4, 1], [5, 1, 4]])
    assert top_genes(counts, ["FLAT", "UP", "DOWN"], ranking="specificity") == [
        ["UP", "FLAT", "DOWN"],
        ["DOWN", "FLAT", "UP"],
    ]


@given(
    arrays(np.int64, (6, 5), elements=st.integers(0, 4)),
    st.permutations(range(6)),
    st.permutations(range(5)),
    st.sampled_from(["expression", "normalised", "specificity"]),
)
def test_order_of_spots_and_genes_does_not_matter(
    counts: np.ndarray, spots: list[int], genes: list[int], ranking: str
) -> None:
    names = ["E", "B", "A", "D", "C"]
    lists = top_genes(sparse.csr_matrix(counts), names, k_g=3, ranking=ranking)  # type: ignore[arg-type]
    shuffled = top_genes(
        sparse.csr_matrix(counts[spots][:, genes]),
        [names[g] for g in genes],
        k_g=3,
        ranking=ranking,  # type: ignore[arg-type]
    )
    assert shuffled == [lists[i] for i in spots]


@given(arrays(np.int64, (4, 30), elements=st.integers(0, 3)), st.integers(1, 35))
def test_the_short_list_is_the_head_of_the_full_one(counts: np.ndarray, k_g: int) -> None:
    names = [f"G{i:02d}" for i in range(30)]
    full = top_genes(sparse.csr_matrix(counts), names, k_g=30)
    assert top_genes(sparse.csr_matrix(counts), names, k_g=k_g) == [genes[:k_g] for genes in full]
    by_hand = [sorted(np.flatnonzero(row).tolist(), key=lambda g: (-row[g], names[g])) for row in counts]
    assert full == [[names[g] for g in genes] for genes in by_hand]


@pytest.mark.parametrize("ranking", ["expression", "normalised", "specificity"])
@pytest.mark.parametrize("given", [True, False])
def test_blocks_of_spots_do_not_matter(ranking: str, given: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    counts = sparse.csr_matrix(rng.poisson(1, size=(23, 9)))
    values = sparse.csr_matrix(rng.normal(size=(23, 9))) if given else None
    names = [f"G{i}" for i in range(9)]
    expected = top_genes(counts, names, k_g=4, ranking=ranking, normalised=values)  # type: ignore[arg-type]
    monkeypatch.setattr("semst.semantics._ranking._BLOCK", 5)
    assert top_genes(counts, names, k_g=4, ranking=ranking, normalised=values) == expected  # type: ignore[arg-type]


def test_the_input_is_left_alone_and_csc_gives_the_same() -> None:
    counts = sparse.csr_matrix([[2, 5, 0, 2], [1, 0, 1, 0]])
    before = counts.copy()
    assert top_genes(counts, SYMBOLS) == top_genes(counts.tocsc(), SYMBOLS)
    assert (counts != before).nnz == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ranking": "best"},
            r"ranking=\"best\" is not known. Accepted: 'expression', 'normalised', 'specificity'",
        ),
        ({"k_g": 0}, "k_g is 0. A whole number of genes, 1 or more"),
        ({"k_g": 2.5}, "k_g is 2.5"),
        ({"symbols": ["A"]}, "1 gene symbols for 4 columns"),
        (
            {"normalised": sparse.csr_matrix((2, 4))},
            r"normalised has the shape \(2, 4\), the counts \(1, 4\)",
        ),
    ],
)
def test_errors_say_what_is_accepted(options: dict, message: str) -> None:
    arguments = {"symbols": SYMBOLS, **options}
    with pytest.raises(SemSTError, match=message):
        top_genes(sparse.csr_matrix([[1, 0, 0, 2]]), **arguments)

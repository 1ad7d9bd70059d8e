from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from semst import SemSTError
from semst.semantics import (
    UNRELATED_QUESTIONS,
    GeneTable,
    LanguageModel,
    NoSemantics,
    PermutedGenes,
    RandomVectors,
    Run,
    UnrelatedPrompt,
    embed_spots,
)
from semst.semantics._embed_texts import embed_texts

RNG = np.random.default_rng(0)
SYMBOLS = [f"G{i}" for i in range(12)]
TABLE = {name: RNG.normal(size=4).tolist() for name in SYMBOLS[:10]}
COUNTS = sparse.csr_matrix(RNG.poisson(2, size=(300, 12)))


def vectors(
    source, *, seed: int = 0, counts: sparse.csr_matrix = COUNTS, symbols: list[str] = SYMBOLS
) -> np.ndarray:
    result = embed_spots(
        counts, symbols, source=source, random_state=seed, cache_dir=False, device="cpu", progress=False
    )
    assert result.vectors is not None
    return result.vectors


def test_none_gives_none() -> None:
    result = embed_spots(COUNTS, SYMBOLS, source=NoSemantics())
    assert result.vectors is None
    assert result.info["source"] == "none"


def test_random_vectors_have_the_papers_mean_and_variance() -> None:
    drawn = vectors(RandomVectors(400))
    assert drawn.shape == (300, 400)
    assert drawn.dtype == np.float32
    assert abs(drawn.mean()) < 0.01
    assert drawn.var() == pytest.approx(0.85, rel=0.02)
    np.testing.assert_array_equal(drawn, vectors(RandomVectors(400)))
    assert not np.array_equal(drawn, vectors(RandomVectors(400), seed=1))
    shifted = vectors(RandomVectors(400, mean=2.0, variance=0.0))
    np.testing.assert_array_equal(shifted, np.full((300, 400), 2.0))
    with pytest.raises(SemSTError, match="n_dimensions is 0 and variance 0.85"):
        RandomVectors(0)


def test_the_global_stream_of_numpy_is_left_alone() -> None:
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    vectors(RandomVectors())
    assert np.random.rand() == expected


def test_unrelated_questions_are_dealt_out_at_random(qwen: Path) -> None:
    source = UnrelatedPrompt(LanguageModel(str(qwen)))
    asked = embed_texts(
        source.model, UNRELATED_QUESTIONS, run=Run(cache_dir=False, device="cpu", progress=False)
    )[0]
    dealt = vectors(source)
    matches = (dealt[:, None] == asked[None]).all(axis=2)
    assert (matches.sum(axis=1) == 1).all()  # every spot has the vector of one question
    assert matches.any(axis=0).sum() > 50  # and nearly all questions occur
    np.testing.assert_array_equal(dealt, vectors(source))
    assert not np.array_equal(dealt, vectors(source, seed=1))
    # the genes of the spots play no part
    np.testing.assert_array_equal(dealt, vectors(source, counts=COUNTS[::-1]))


def test_the_questions_are_distinct_and_free_of_biology() -> None:
    assert len(set(UNRELATED_QUESTIONS)) == len(UNRELATED_QUESTIONS) == 64
    text = " ".join(UNRELATED_QUESTIONS).lower()
    for word in (
        "gene",
        "cell",
        "protein",
        "tissue",
        "brain",
        "animal",
        "plant",
        "disease",
        "body",
        "species",
    ):
        assert f" {word}" not in text


def test_permuted_genes_keep_the_vectors_but_not_their_genes() -> None:
    one_gene_each = sparse.csr_matrix(np.eye(10, 12))
    plain = vectors(GeneTable(TABLE), counts=one_gene_each)
    permuted = vectors(PermutedGenes(GeneTable(TABLE)), counts=one_gene_each)
    assert sorted(map(tuple, plain.tolist())) == sorted(map(tuple, permuted.tolist()))
    assert (plain != permuted).any(axis=1).sum() > 5
    np.testing.assert_array_equal(permuted, vectors(PermutedGenes(GeneTable(TABLE)), counts=one_gene_each))
    other = vectors(PermutedGenes(GeneTable(TABLE)), counts=one_gene_each, seed=1)
    assert not np.array_equal(permuted, other)


def test_permuted_genes_do_not_depend_on_the_order_of_genes_and_spots() -> None:
    source = PermutedGenes(GeneTable(TABLE))
    expected = vectors(source)
    genes, spots = RNG.permutation(12), RNG.permutation(300)
    shuffled = vectors(source, counts=COUNTS[spots][:, genes], symbols=[SYMBOLS[g] for g in genes])
    np.testing.assert_allclose(shuffled, expected[spots], rtol=1e-4, atol=1e-6)


def test_only_gene_vectors_can_be_permuted() -> None:
    with pytest.raises(
        SemSTError, match="'random' has no vectors of genes.*Accepted: GeneTable, NamedGenes, Desc"
    ):
        PermutedGenes(RandomVectors())  # type: ignore[arg-type]

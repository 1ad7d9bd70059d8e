"""Some spots embedded, the others worked out from their expression."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import sparse

from semst import SemSTError
from semst.semantics import SemanticVectors, Spots, embed_spots, stratified_rows


@dataclass
class Linear:
    """A model whose vector of a spot is linear in the logarithm of its counts per 10,000, but for noise."""

    noise: float = 0.0
    seen: list[int] = field(default_factory=list)
    name = model_id = "linear"
    needs_symbols = False
    template = "{genes}"
    token_budget = None

    def identity(self, device):
        return {}

    def load(self, device, *, progress):
        raise AssertionError

    def prompt(self, genes: Sequence[str]) -> str:
        return " ".join(genes)

    def embed(self, spots: Spots) -> SemanticVectors:
        self.seen.append(spots.counts.shape[0])
        dense = spots.counts.toarray().astype(float)
        dense = np.log1p(1e4 * dense / dense.sum(axis=1, keepdims=True))
        rng = np.random.default_rng(0)
        vectors = dense @ rng.normal(size=(dense.shape[1], 6))
        vectors += self.noise * vectors.std(axis=0) * rng.normal(size=vectors.shape)
        return SemanticVectors(vectors.astype(np.float32), {"model": "linear"})


def counts(n: int = 600) -> sparse.csr_matrix:
    rng = np.random.default_rng(1)
    return sparse.csr_matrix(rng.poisson(rng.gamma(2.0, 1.0, (n, 30)) + 0.2))


GENES = [f"GENE{i}" for i in range(30)]


def run(model: Linear, matrix: sparse.csr_matrix, **options) -> SemanticVectors:
    return embed_spots(matrix, GENES, source=model, cache_dir=False, device="cpu", progress=False, **options)


def test_what_follows_from_expression_is_predicted() -> None:
    model, matrix = Linear(), counts()
    places = np.random.default_rng(2).random((600, 2))
    found = run(model, matrix, landmarks=200, coordinates=places)
    every = run(Linear(), matrix)
    assert model.seen == [200]
    # 29 of 30 components predict, so all but the last of them is found again
    left = ((found.vectors - every.vectors) ** 2).sum() / ((every.vectors - every.vectors.mean(0)) ** 2).sum()
    assert left < 0.03
    assert found.info["landmark_r2"] > 0.97 and found.info["landmark_cosine"] > 0.98
    assert found.info["n_landmarks"] == 200 and found.info["model"] == "linear"
    own = stratified_rows(places, 200)
    np.testing.assert_array_equal(found.vectors[own], every.vectors[own])
    again = run(Linear(), matrix, landmarks=200, coordinates=places)
    np.testing.assert_array_equal(found.vectors, again.vectors)


def test_the_reported_error_is_that_of_spots_that_were_not_used() -> None:
    noisy = run(Linear(noise=1.0), counts(), landmarks=300)
    assert noisy.info["landmark_r2"] == pytest.approx(0.5, abs=0.15)  # half of the variance is noise
    pure = run(Linear(noise=100.0), counts(), landmarks=300)
    assert pure.info["landmark_r2"] < 0.1


def test_spots_without_counts_are_no_landmarks_and_get_the_mean() -> None:
    matrix = counts().tolil()
    matrix[:50] = 0
    found = run(
        Linear(), matrix.tocsr(), landmarks=100, coordinates=np.random.default_rng(0).random((600, 2))
    )
    assert found.info["n_empty_spots"] == 50
    np.testing.assert_allclose(found.vectors[0], found.vectors[50:].mean(axis=0), rtol=1e-4, atol=1e-4)


def test_landmarks_are_spread_as_the_spots_are() -> None:
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.random((900, 2)), rng.random((100, 2)) + [5, 0]])
    chosen = stratified_rows(places, 100, random_state=3)
    assert len(np.unique(chosen)) == 100
    assert (chosen >= 900).sum() == 10
    cells = np.floor(places[chosen[chosen < 900]] * 3).astype(int)
    assert np.bincount(cells[:, 0] * 3 + cells[:, 1], minlength=9).min() >= 6  # 10 a ninth on average
    assert stratified_rows(places, 1000).tolist() == list(range(1000))


def test_as_many_landmarks_as_spots_and_sources_of_genes_need_none() -> None:
    model = Linear()
    run(model, counts(100), landmarks=100)
    assert model.seen == [100]
    table = embed_spots(counts(100), GENES, source="random", landmarks=50, progress=False)
    assert "n_landmarks" not in table.info


def test_messages() -> None:
    with pytest.raises(SemSTError, match="landmarks is 3. A whole number of 20 or more"):
        run(Linear(), counts(), landmarks=3)
    with pytest.raises(SemSTError, match=r"shape \(5, 2\) for 600 spots"):
        run(Linear(), counts(), landmarks=30, coordinates=np.ones((5, 2)))


@dataclass
class Listed(Linear):
    """Remembers the genes that each spot was described by."""

    lists: list[list[str]] = field(default_factory=list)

    def embed(self, spots: Spots) -> SemanticVectors:
        self.lists = spots.gene_lists()
        return super().embed(spots)


@pytest.mark.parametrize("ranking", ["expression", "normalised", "specificity"])
def test_landmarks_are_described_as_in_a_run_of_all_spots(ranking: str) -> None:
    part, whole, matrix = Listed(), Listed(), counts()
    run(part, matrix, landmarks=60, ranking=ranking, k_g=5)
    run(whole, matrix, ranking=ranking, k_g=5)
    every = {tuple(genes) for genes in whole.lists}
    assert len(part.lists) == 60
    assert all(tuple(genes) in every for genes in part.lists)

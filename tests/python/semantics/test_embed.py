from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from scipy import sparse

from semst import SemSTError, semantics
from semst.semantics import (
    LanguageModel,
    Precomputed,
    RandomVectors,
    SemanticVectors,
    Spots,
    embed_spots,
    resolve,
)

SYMBOLS = ["MBP", "GFAP", "SNAP25"]
COUNTS = sparse.csr_matrix([[3, 1, 0], [0, 2, 2], [1, 1, 1]])


def test_every_short_name_resolves_to_a_source() -> None:
    names = [name for name in semantics.available() if not name.endswith(":")]
    assert names == [
        *("minilm", "minilm-genes", "qwen3", "qwen3-embedding", "biolord", "bert"),
        *("random", "unrelated", "permuted", "none"),
    ]
    for name in names:
        assert isinstance(resolve(name), semantics.Source)


def test_names_with_a_model_or_file() -> None:
    assert resolve("llm:Qwen/Qwen3-0.6B") == LanguageModel("Qwen/Qwen3-0.6B")
    assert resolve("text:a/b") == semantics.TextEncoder("a/b")
    assert resolve("genes:GenePT.pickle").name == "gene table GenePT.pickle"
    assert resolve("descriptions:d.tsv").name == "described genes d.tsv"
    assert resolve("spots:C:/v.npy").name == "precomputed v.npy"
    assert resolve("unrelated:qwen3") == semantics.UnrelatedPrompt()
    assert resolve("permuted:genes:GenePT.pickle").name == "permuted gene table GenePT.pickle"


def test_a_source_is_given_back_as_it_is() -> None:
    source = RandomVectors(3)
    assert resolve(source) is source


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "gpt-9",
            r'There is no source "gpt-9". Names: minilm, minilm-genes, qwen3.*"llm:<hub id or folder>"',
        ),
        ("llm:", 'There is no source "llm:"'),
        ("zip:file", 'There is no source "zip:file"'),
        ("unrelated:random", 'a language model or text encoder is needed, e.g. "unrelated:qwen3"'),
        (
            "permuted:minilm",
            'a source with one vector per gene is needed, e.g. "permuted:genes:GenePT.pickle"',
        ),
        (7, "source is a int. Accepted: a name"),
        (RandomVectors, "source is a .*Accepted: a name"),
    ],
)
def test_unknown_sources_are_explained(source, message: str) -> None:
    with pytest.raises(SemSTError, match=message):
        embed_spots(COUNTS, SYMBOLS, source=source)


def test_precomputed_from_memory_and_disk(tmp_path: Path) -> None:
    array = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "v.npy", array)
    for source in (
        Precomputed(array),
        Precomputed(array.tolist()),
        Precomputed(tmp_path / "v.npy"),
        f"spots:{tmp_path}/v.npy",
    ):
        result = embed_spots(COUNTS, SYMBOLS, source=source)
        assert result.vectors is not None
        assert result.vectors.dtype == np.float32
        np.testing.assert_array_equal(result.vectors, array)
    assert result.info["source"] == "precomputed v.npy"


def test_precomputed_of_some_spots(tmp_path: Path) -> None:
    array = np.array([[1.0, 2.0], [np.nan, np.nan], [5.0, 6.0], [7.0, 8.0]])
    np.save(tmp_path / "v.npy", array)
    kept = np.array([True, False, True, True])
    for vectors in (array, tmp_path / "v.npy"):
        result = embed_spots(COUNTS, SYMBOLS, source=Precomputed(vectors).of_spots(kept))
        np.testing.assert_array_equal(result.vectors, array[kept])
    with pytest.raises(SemSTError, match="there are 2 vectors for 3 spots"):
        embed_spots(COUNTS, SYMBOLS, source=Precomputed(array[2:]).of_spots(kept))


def test_bad_precomputed_vectors_are_explained(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "torn.npy").write_bytes(b"\x93NUMPY")
    cases = [
        (np.ones((2, 4)), "there are 2 vectors for 3 spots. One row per spot is needed"),
        (
            np.array([[1, 2], [np.nan, 1], [np.inf, 1]]),
            r"the vectors of 2 spots are NaN or infinite \(first: row 1\)",
        ),
        (np.ones(3), r"an array of shape \(3,\) and dtype float64 is no table of vectors"),
        (np.array([["a"], ["b"], ["c"]]), "dtype <U1 is no table"),
        (tmp_path / "absent.npy", "There is no file .*absent.npy"),
        (tmp_path / "objects.npy", "cannot be read as a .npy array of numbers.*allow_pickle"),
        (tmp_path / "torn.npy", "cannot be read as a .npy array"),
    ]
    for vectors, message in cases:
        with pytest.raises(SemSTError, match=message):
            embed_spots(COUNTS, SYMBOLS, source=Precomputed(vectors))


@pytest.mark.parametrize(
    ("counts", "symbols", "message"),
    [
        (COUNTS, SYMBOLS[:2], "There are 2 gene symbols for 3 columns of counts"),
        (COUNTS * 0.5, SYMBOLS, "counts holds values that are not whole numbers"),
        (-COUNTS, SYMBOLS, "counts holds negative values"),
        (COUNTS * 0, SYMBOLS, "All counts are zero: there is no gene to go by"),
    ],
)
def test_bad_counts_are_explained(counts, symbols: list[str], message: str) -> None:
    with pytest.raises(SemSTError, match=message):
        embed_spots(counts, symbols, source="random")


def test_ensembl_ids_are_refused_where_a_model_has_to_read_them() -> None:
    ids = [f"ENSG0000000{i}" for i in range(1000, 1003)]
    for source in ("minilm", "minilm-genes", "qwen3", "permuted"):
        with pytest.raises(SemSTError, match="3 of 3 gene names are Ensembl IDs .*gene symbols"):
            embed_spots(COUNTS, ids, source=source)
    table = semantics.GeneTable({f"{name}.2": [1.0] for name in ids})
    assert embed_spots(COUNTS, ids, source=table).info["coverage"] == 1.0
    assert embed_spots(COUNTS, ids, source="random").vectors is not None


@pytest.mark.parametrize(
    "make", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, np.asarray, sparse.coo_matrix]
)
@pytest.mark.parametrize("dtype", [np.int32, np.uint16, np.float32, np.float64])
def test_storage_and_dtype_do_not_matter(make, dtype, qwen: Path) -> None:
    counts = make(COUNTS.toarray().astype(dtype))
    source = LanguageModel(str(qwen), template="{genes}")
    options = {"source": source, "cache_dir": False, "device": "cpu", "progress": False}
    expected = embed_spots(COUNTS, SYMBOLS, **options).vectors
    np.testing.assert_array_equal(embed_spots(counts, SYMBOLS, **options).vectors, expected)


def test_an_empty_spot_gets_the_mean_and_a_line_in_the_log(qwen: Path, log: pytest.LogCaptureFixture) -> None:
    counts = sparse.vstack([COUNTS, sparse.csr_matrix((1, 3))], format="csr")
    source = LanguageModel(str(qwen))
    result = embed_spots(counts, SYMBOLS, source=source, cache_dir=False, device="cpu", progress=False)
    assert result.vectors is not None
    np.testing.assert_allclose(result.vectors[3], result.vectors[:3].mean(axis=0), rtol=1e-5)
    assert result.info["n_empty_spots"] == 1
    assert "1 of 4 spots have no gene to go by; they get the mean vector of the others" in log.text


def test_more_genes_asked_than_there_are(qwen: Path, log: pytest.LogCaptureFixture) -> None:
    options = {"source": LanguageModel(str(qwen)), "cache_dir": False, "device": "cpu", "progress": False}
    many = embed_spots(COUNTS, SYMBOLS, k_g=50, **options)
    assert "k_g is 50, but there are only 3 genes" in log.text
    np.testing.assert_array_equal(many.vectors, embed_spots(COUNTS, SYMBOLS, k_g=3, **options).vectors)


def test_the_ranking_is_a_choice(qwen: Path) -> None:
    counts = sparse.csr_matrix([[9, 1, 0], [9, 0, 1], [9, 0, 1]])
    options = {
        "source": LanguageModel(str(qwen)),
        "cache_dir": False,
        "device": "cpu",
        "progress": False,
        "k_g": 1,
    }
    examples = {
        ranking: embed_spots(counts, SYMBOLS, ranking=ranking, **options).info["example"]
        for ranking in ("expression", "specificity")
    }
    assert "first: MBP." in examples["expression"]
    assert "first: GFAP." in examples["specificity"]
    with pytest.raises(SemSTError, match='ranking="best" is not known'):
        embed_spots(counts, SYMBOLS, ranking="best", **options)


def test_the_record_can_be_written_to_h5ad(qwen: Path, tmp_path: Path) -> None:
    table = semantics.GeneTable({"MBP": [1.0, 2.0], "GFAP": [3.0, 1.0]})
    for i, source in enumerate(
        ["none", "random", LanguageModel(str(qwen)), table, semantics.PermutedGenes(table)]
    ):
        result = embed_spots(COUNTS, SYMBOLS, source=source, cache_dir=False, device="cpu", progress=False)
        data = ad.AnnData(COUNTS, uns={"semantics": result.info})
        data.write_h5ad(tmp_path / f"{i}.h5ad")
        back = ad.read_h5ad(tmp_path / f"{i}.h5ad").uns["semantics"]
        assert back["source"] == result.info["source"]
        assert set(back) == set(result.info)
        assert back["seconds"] >= 0


def test_vectors_that_are_not_finite_are_an_error() -> None:
    class Broken:
        name, needs_symbols = "broken", False

        def embed(self, spots: Spots) -> SemanticVectors:
            return SemanticVectors(np.array([[1.0, np.nan], [1.0, 1.0], [1.0, 1.0]]), {})

    with pytest.raises(SemSTError, match="broken gave vectors that are not finite. Nothing was filled in"):
        embed_spots(COUNTS, SYMBOLS, source=Broken())


def test_the_counts_are_left_alone() -> None:
    counts = sparse.csr_matrix(
        (np.array([0.0, 3.0, 2.0]), np.array([0, 1, 1]), np.array([0, 3])), shape=(1, 3)
    )
    before = counts.data.copy(), counts.indices.copy()
    embed_spots(counts, SYMBOLS, source=semantics.GeneTable({"GFAP": [1.0]}))
    np.testing.assert_array_equal(counts.data, before[0])
    np.testing.assert_array_equal(counts.indices, before[1])


@pytest.mark.real_data
def test_panels_and_nearly_empty_spots_of_real_slices(shared_data: Path) -> None:
    for name in ("osmfish_ssctx", "her2st_A1", "st_pdac_A"):
        data = ad.read_h5ad(shared_data / f"{name}.h5ad")
        for ranking in ("expression", "normalised", "specificity"):
            lists = semantics.top_genes(data.X, data.var_names.tolist(), k_g=20, ranking=ranking)  # type: ignore[arg-type]
            n_seen = np.asarray((data.X > 0).sum(axis=1)).ravel()
            assert [len(genes) for genes in lists] == np.minimum(n_seen, 20).tolist()

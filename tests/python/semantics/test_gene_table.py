import gzip
import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from semst import MissingKeyError, SemSTError
from semst.semantics import GeneTable, embed_spots, expression_weights
from semst.semantics._read_table import read_gene_table

TABLE = {"MBP": [1.0, 0.0, 2.0], "GFAP": [0.0, 1.0, 0.5], "SNAP25": [3.0, 3.0, 3.0]}
SYMBOLS = list(TABLE)
VECTORS = np.array(list(TABLE.values()), dtype=np.float32)
FRAME = pd.DataFrame(VECTORS, index=SYMBOLS)


def embed(source: GeneTable, counts: Any = ((3, 1, 0),), symbols: list[str] = SYMBOLS) -> np.ndarray:
    vectors = embed_spots(sparse.csr_matrix(np.asarray(counts)), symbols, source=source).vectors
    assert vectors is not None
    return vectors


def test_weights_by_hand() -> None:
    # 4 counts in the spot: 3 and 1 of them are 7500 and 2500 per 10,000
    share = np.log1p(7500) / (np.log1p(7500) + np.log1p(2500))
    expected = share * VECTORS[0] + (1 - share) * VECTORS[1]
    np.testing.assert_allclose(embed(GeneTable(TABLE)), [expected], rtol=1e-6)
    np.testing.assert_allclose(embed(GeneTable(TABLE, weights="counts")), [[0.75, 0.25, 1.625]], rtol=1e-6)


def test_genes_without_a_vector_are_left_out_of_the_mean_but_not_of_the_library_size() -> None:
    counts = [[3, 1, 96]]
    log = np.log1p([300, 100])
    expected = (log[0] * VECTORS[0] + log[1] * VECTORS[1]) / log.sum()
    np.testing.assert_allclose(embed(GeneTable(TABLE), counts, ["MBP", "GFAP", "XYZ"]), [expected], rtol=1e-6)


def test_coverage_is_recorded_and_logged(log: pytest.LogCaptureFixture) -> None:
    counts = sparse.csr_matrix([[3, 1, 4], [0, 0, 2]])
    result = embed_spots(counts, ["MBP", "GFAP", "XYZ"], source=GeneTable(TABLE))
    assert result.info["n_genes"] == 3
    assert result.info["n_genes_found"] == 2
    assert result.info["coverage"] == pytest.approx(2 / 3)
    assert result.info["coverage_of_counts"] == pytest.approx(0.4)
    assert result.info["n_genes_in_table"] == 3
    assert "vectors for 2 of 3 genes (66.7 %), 40.0 % of the counts" in log.text


def test_a_spot_without_any_known_gene_gets_the_mean_of_the_others(log: pytest.LogCaptureFixture) -> None:
    counts = sparse.csr_matrix([[3, 0, 4], [0, 0, 2], [0, 5, 0], [0, 0, 0]])
    result = embed_spots(counts, ["MBP", "GFAP", "XYZ"], source=GeneTable(TABLE))
    expected = [VECTORS[0], VECTORS[:2].mean(axis=0), VECTORS[1], VECTORS[:2].mean(axis=0)]
    np.testing.assert_allclose(result.vectors, expected, rtol=1e-6)
    assert result.info["n_empty_spots"] == 2
    assert "2 of 4 spots have no gene to go by" in log.text


@given(
    arrays(np.int64, (5, 3), elements=st.integers(0, 9)), st.permutations(range(5)), st.permutations(range(3))
)
def test_order_and_storage_do_not_matter(counts: np.ndarray, spots: list[int], genes: list[int]) -> None:
    counts[:, 0] += 1
    expected = embed(GeneTable(TABLE), counts)
    assert ((expected >= VECTORS.min(axis=0) - 1e-5) & (expected <= VECTORS.max(axis=0) + 1e-5)).all()
    shuffled = embed(
        GeneTable(TABLE), counts[spots][:, genes].astype(np.float64), [SYMBOLS[g] for g in genes]
    )
    np.testing.assert_allclose(shuffled, expected[spots], rtol=1e-5)


def test_blocks_of_spots_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(0).poisson(1, size=(25, 3))
    counts[4] = 0
    expected = embed(GeneTable(TABLE), counts)
    monkeypatch.setattr("semst.semantics._average._BLOCK", 4)
    np.testing.assert_array_equal(embed(GeneTable(TABLE), counts), expected)


def test_unknown_weights() -> None:
    with pytest.raises(SemSTError, match=r"weights=\"tf\" is not known. Accepted: 'log1p', 'counts'"):
        expression_weights(sparse.csr_matrix([[1]]), np.array([0]), weights="tf")  # type: ignore[arg-type]


def _csv(path: Path, separator: str = ",", header: bool = True) -> None:
    FRAME.to_csv(path, sep=separator, header=header)


def _npz(path: Path) -> None:
    np.savez(path, genes=np.array(SYMBOLS), embeddings=VECTORS)


def _npz_per_gene(path: Path) -> None:
    np.savez(path, **{name: np.array(row) for name, row in TABLE.items()})  # type: ignore[arg-type]


def _parquet_with_column(path: Path) -> None:
    FRAME.rename(columns=str).rename_axis("gene").reset_index().to_parquet(path)


def _parquet_of_lists(path: Path) -> None:
    pd.DataFrame({"symbol": SYMBOLS, "vector": list(TABLE.values())}).to_parquet(path)


def _h5ad(path: Path) -> None:
    ad.AnnData(VECTORS, obs=pd.DataFrame(index=SYMBOLS)).write_h5ad(path)


def _h5ad_sparse(path: Path) -> None:
    ad.AnnData(sparse.csr_matrix(VECTORS), obs=pd.DataFrame(index=SYMBOLS)).write_h5ad(path)


def _pickle(content: Any, protocol: int) -> Any:
    return lambda path: path.write_bytes(pickle.dumps(content, protocol=protocol))


FORMATS = {
    "npz": ("t.npz", _npz),
    "npz per gene": ("t.npz", _npz_per_gene),
    "parquet": ("t.parquet", lambda path: FRAME.rename(columns=str).to_parquet(path)),
    "parquet with a column of symbols": ("t.parquet", _parquet_with_column),
    "parquet of lists": ("t.parquet", _parquet_of_lists),
    "csv": ("t.csv", _csv),
    "csv without header": ("t.csv", lambda path: _csv(path, header=False)),
    "csv.gz": ("t.csv.gz", _csv),
    "tsv": ("t.tsv", lambda path: _csv(path, "\t")),
    "txt.gz": ("t.txt.gz", lambda path: _csv(path, "\t", header=False)),
    "pt dict of tensors": ("t.pt", lambda p: torch.save({k: torch.tensor(v) for k, v in TABLE.items()}, p)),
    "pt dict of bfloat16": (
        "t.pt",
        lambda p: torch.save({k: torch.tensor(v, dtype=torch.bfloat16) for k, v in TABLE.items()}, p),
    ),
    "pt symbols and tensor": (
        "t.pt",
        lambda path: torch.save({"symbols": SYMBOLS, "vectors": torch.tensor(VECTORS)}, path),
    ),
    "h5ad": ("t.h5ad", _h5ad),
    "h5ad sparse": ("t.h5ad", _h5ad_sparse),
    "pickle of lists": ("t.pickle", _pickle(TABLE, 4)),
    "pickle of lists, protocol 0": ("t.pkl", _pickle(TABLE, 0)),
    "pickle of arrays, protocol 2": ("t.pkl", _pickle({k: np.array(v) for k, v in TABLE.items()}, 2)),
    "pickle of arrays, protocol 5": ("t.pkl", _pickle({k: np.array(v, "f4") for k, v in TABLE.items()}, 5)),
    "pickle of numpy scalars": (
        "t.pkl",
        _pickle({k: [np.float32(x) for x in v] for k, v in TABLE.items()}, 4),
    ),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same(kind: str, tmp_path: Path) -> None:
    name, write = FORMATS[kind]
    write(tmp_path / name)
    expected = embed(GeneTable(TABLE))
    np.testing.assert_allclose(embed(GeneTable(tmp_path / name)), expected, rtol=1e-6)
    np.testing.assert_allclose(embed(GeneTable(str(tmp_path / name))), expected, rtol=1e-6)


def test_a_data_frame_in_memory() -> None:
    np.testing.assert_allclose(embed(GeneTable(FRAME)), embed(GeneTable(TABLE)), rtol=1e-6)


def test_slots_by_key(tmp_path: Path) -> None:
    genes_as_obs = ad.AnnData(obs=pd.DataFrame(index=SYMBOLS), obsm={"emb": VECTORS})
    genes_as_var = ad.AnnData(np.ones((2, 3)), var=pd.DataFrame(index=SYMBOLS), varm={"emb": VECTORS})
    expected = embed(GeneTable(TABLE))
    for name, data in (("obs.h5ad", genes_as_obs), ("var.h5ad", genes_as_var)):
        data.write_h5ad(tmp_path / name)
        np.testing.assert_allclose(embed(GeneTable(tmp_path / name, key="emb")), expected, rtol=1e-6)
        with pytest.raises(MissingKeyError, match=r'no "X_umap" in obsm or varm. It has: "(obsm|varm)/emb"'):
            embed(GeneTable(tmp_path / name, key="X_umap"))
    with pytest.raises(
        SemSTError, match=r"has no X. Name the slot of the vectors with key=...; there is: \"obsm/emb"
    ):
        embed(GeneTable(tmp_path / "obs.h5ad"))
    np.savez(tmp_path / "t.npz", symbols=np.array(SYMBOLS), a=VECTORS + 1, b=VECTORS)
    np.testing.assert_allclose(embed(GeneTable(tmp_path / "t.npz", key="b")), expected, rtol=1e-6)
    with pytest.raises(MissingKeyError, match='no two-dimensional array "c". It has: "symbols", "a", "b"'):
        embed(GeneTable(tmp_path / "t.npz", key="c"))


def test_a_gene_named_na_is_a_gene(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("gene,a,b\nNA,1,2\nNaN,3,4\n")
    np.testing.assert_allclose(
        embed(GeneTable(tmp_path / "t.csv"), [[1, 0], [0, 1]], ["NA", "NaN"]), [[1, 2], [3, 4]]
    )


def test_zero_and_not_finite_vectors_count_as_missing(log: pytest.LogCaptureFixture) -> None:
    table = {**TABLE, "MOBP": [0.0, 0.0, 0.0], "CNP": [np.nan, 1.0, 1.0]}
    result = embed(GeneTable(table), [[3, 1, 0, 9, 9]], [*SYMBOLS, "MOBP", "CNP"])
    log_ = np.log1p(1e4 * np.array([3, 1]) / 22)
    np.testing.assert_allclose(result, [log_ @ VECTORS[:2] / log_.sum()], rtol=1e-6)
    assert "2 of 5 vectors are all zero or not finite and are left out (e.g. MOBP)" in log.text


def test_spellings_of_symbols_are_matched() -> None:
    table = {"A1BG-AS1": [1.0], "ENSG00000197971": [2.0], "mbp": [3.0]}
    result = embed(GeneTable(table), np.eye(3, dtype=int), ["A1BG.AS1", "ENSG00000197971.15", "MBP"])
    np.testing.assert_allclose(result, [[1], [2], [3]])


def test_mouse_genes_need_leave_to_be_human_ones() -> None:
    with pytest.raises(SemSTError, match="across_species=True"):
        embed(GeneTable(TABLE), symbols=["Mbp", "Gfap", "Snap25"])
    crossed = embed(GeneTable(TABLE, across_species=True), symbols=["Mbp", "Gfap", "Snap25"])
    np.testing.assert_array_equal(crossed, embed(GeneTable(TABLE)))


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.mkdir, (self.path,)


def test_a_malicious_pickle_is_refused_before_it_runs(tmp_path: Path) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / f"evil{protocol}.pickle"
        path.write_bytes(pickle.dumps({"MBP": Evil(tmp_path / "evil")}, protocol=protocol))
        with pytest.raises(
            SemSTError, match=r"was refused: it asks for .*Accepted in a pickle: dict, list, str, float"
        ):
            embed(GeneTable(path))
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"c__builtin__\nexec\n(S'1'\ntR.",
        b"\x80\x04\x8c\x05numpy\x8c\x04load\x93.",
        b"\x80\x04\x8c\x05numpy\x8c\x10core.os.system.x\x93.",
        b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.",
        b"Pevil\n.",
    ],
)
def test_hand_written_programs_are_refused(program: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.pickle"
    path.write_bytes(program)
    with pytest.raises(SemSTError, match="was refused"):
        embed(GeneTable(path))


def test_harmless_but_unlisted_types_are_refused_by_name(tmp_path: Path) -> None:
    for content, name in ((FRAME, "pandas"), (OrderedDict(TABLE), "collections.OrderedDict")):
        (tmp_path / "t.pkl").write_bytes(pickle.dumps(content))
        with pytest.raises(SemSTError, match=f'asks for "{name}.*save the table as parquet'):
            embed(GeneTable(tmp_path / "t.pkl"))


@given(st.binary(max_size=200))
def test_rubbish_is_an_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.pickle"
    path.write_bytes(content)
    with pytest.raises(SemSTError):
        embed(GeneTable(path))


def test_torch_and_numpy_files_with_code_are_refused(tmp_path: Path) -> None:
    torch.save({"MBP": Evil(tmp_path / "evil")}, tmp_path / "t.pt")
    with pytest.raises(SemSTError, match="cannot be loaded safely"):
        embed(GeneTable(tmp_path / "t.pt"))
    np.savez(tmp_path / "t.npz", symbols=np.array(SYMBOLS, dtype=object), vectors=VECTORS)
    with pytest.raises(SemSTError, match="Symbols must be stored as text, not as objects"):
        embed(GeneTable(tmp_path / "t.npz"))
    assert not (tmp_path / "evil").exists()


def _bad(tmp_path: Path) -> dict[str, tuple[Any, str]]:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("a.txt", "x")
    return {
        "absent": (tmp_path / "absent.npz", "There is no file .*absent.npz"),
        "unknown kind": (
            file("t.xlsx", b""),
            r"of no known kind. Accepted: .npz, .parquet, .csv.*\.gz after",
        ),
        "torn npz": (file("torn.npz", b"PK"), "torn.npz cannot be read"),
        "torn parquet": (file("torn.parquet", b"PAR1"), "cannot be read as parquet"),
        "torn gz": (
            file("torn.csv.gz", gzip.compress(b"a,1\n" * 999)[:20]),
            "cannot be read as a text table",
        ),
        "torn h5ad": (file("torn.h5ad", b"\x89HDF"), "cannot be read as .h5ad"),
        "torn pt": (file("torn.pt", b"PK"), "cannot be loaded safely"),
        "empty csv": (file("empty.csv", b""), "cannot be read as a text table|holds no table"),
        "words": (
            file("words.csv", b"gene,text\nMBP,myelin\n"),
            'has no columns of numbers. Columns: "text"',
        ),
        "no symbols": (pd.DataFrame({"a": [1.0], "b": [2.0]}), 'has no gene symbols.*Columns: "a", "b"'),
        "ragged": ({"MBP": [1.0], "CNP": [1.0, 2.0]}, r'vectors differ in length \("MBP" has 1, "CNP"'),
        "not numbers": ({"MBP": "myelin"}, 'the entry of "MBP" is no vector of numbers'),
        "empty": ({}, "holds no table of vectors"),
        "a list": (file("l.pkl", pickle.dumps([1.0])), "holds a list. A dict from gene symbol to vector"),
        "too few": (
            file("few.pkl", pickle.dumps({"symbols": ["A"], "vectors": VECTORS})),
            "has 1 symbols but 3 vectors",
        ),
        "0 %": (
            {"PLP1": [1.0], "CNP": [1.0]},
            r"coverage is 0 %. None of the 3 genes of the data \(e.g. MBP, GFAP, SNAP25\) is among the 2 of "
            r"the table \(e.g. PLP1, CNP\)",
        ),
    }


@pytest.mark.parametrize(
    "case",
    "absent|unknown kind|torn npz|torn parquet|torn gz|torn h5ad|torn pt|empty csv|words|no symbols|ragged|"
    "not numbers|empty|a list|too few|0 %".split("|"),
)
def test_bad_tables_are_explained(case: str, tmp_path: Path) -> None:
    table, message = _bad(tmp_path)[case]
    with pytest.raises(SemSTError, match=message):
        embed(GeneTable(table))


@pytest.mark.parametrize(
    "text",
    [
        "symbol\tV1\tV2\nMBP\t0.1\t0.2\nGFAP\t0.3\t0.4\n",
        "V1\tV2\nMBP\t0.1\t0.2\nGFAP\t0.3\t0.4\n",  # R's write.table
        '"MBP"\t"0.1"\t"0.2"\n"GFAP"\t"0.3"\t"0.4"\n',
        "\tsymbol\tV1\tV2\n0\tMBP\t0.1\t0.2\n1\tGFAP\t0.3\t0.4\n",  # pandas' to_csv
        "symbol\tentrez\tV1\tV2\tnote\nMBP\t4155\t0.1\t0.2\tx\nGFAP\t2670\t0.3\t0.4\ty\n",
    ],
)
def test_text_tables_as_they_are_passed_around(tmp_path, text, log):
    path = tmp_path / "table.tsv"
    path.write_text(text)
    symbols, vectors = read_gene_table(path)
    assert symbols == ["MBP", "GFAP"]
    np.testing.assert_allclose(vectors, [[0.1, 0.2], [0.3, 0.4]], rtol=1e-6)
    assert ('columns "entrez", "note" are no part of the vectors' in log.text) == ("entrez" in text)


@pytest.mark.parametrize("name", ["t.npz", "t.tsv.gz", "t.csv.gz", "t.txt.gz"])
@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.8])
def test_compressed_tables_with_damaged_bytes_are_an_error_in_a_line(name, share, tmp_path):
    symbols = [f"G{i}" for i in range(30)]
    values = np.random.default_rng(0).random((30, 6)).astype("f4")
    if name.endswith("npz"):
        np.savez_compressed(tmp_path / name, symbols=np.array(symbols), vectors=values)
    else:
        separator = "," if "csv" in name else "\t"
        pd.DataFrame(values, index=symbols).to_csv(tmp_path / name, sep=separator)
    content = bytearray((tmp_path / name).read_bytes())
    place = int(len(content) * share)
    content[place : place + 20] = b"\xff" * 20
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SemSTError, match=rf"{name} cannot be read"):
        read_gene_table(tmp_path / name)

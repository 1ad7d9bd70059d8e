"""Counts as three text files in every form, and .h5 files that contradict themselves."""

import gzip
import itertools

import h5py
import numpy as np
import pytest
import scipy.io
from scipy import sparse

from semst import SemSTError
from semst.io._counts_10x import is_10x_h5, mtx_files, read_counts

COUNTS = np.array([[3, 0, 1, 0], [0, 2, 0, 0], [0, 0, 0, 4], [7, 1, 0, 0], [0, 0, 2, 1]])
BARCODES = [f"AAAC{i:04d}-1" for i in range(5)]
SYMBOLS = ["MBP", "SNAP25", "NA", "TBCE"]
IDS = [f"ENSG{i:011d}" for i in range(4)]
NAMES = ("matrix.mtx", "features.tsv", "barcodes.tsv")


def lines(*columns) -> str:
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))


SPOTS = lines(BARCODES)
FEATURES = lines(IDS, SYMBOLS, ["Gene Expression"] * 4)


def write(folder, *, features=FEATURES, barcodes=SPOTS, packed=(), prefix="", names=NAMES, counts=COUNTS.T):
    folder.mkdir(exist_ok=True)
    scipy.io.mmwrite(folder / "m.mtx", sparse.coo_matrix(counts))
    contents = ((folder / "m.mtx").read_bytes(), features.encode(), barcodes.encode())
    (folder / "m.mtx").unlink()
    for usual, name, content in zip(NAMES, names, contents, strict=True):
        file = folder / f"{prefix}{name}{'.gz' if usual in packed else ''}"
        file.write_bytes(gzip.compress(content) if usual in packed else content)
    return next(p for p in folder.iterdir() if "matrix.mtx" in p.name)


def check(adata, symbols=SYMBOLS):
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    assert (adata.X.dtype, adata.X.format) == (np.float32, "csr")
    assert adata.obs_names.tolist() == BARCODES
    assert adata.var_names.tolist() == symbols


MIXTURES = [set(part) for n in range(4) for part in itertools.combinations(NAMES, n)]


@pytest.mark.parametrize("packed", MIXTURES, ids=lambda names: "+".join(sorted(names)))
@pytest.mark.parametrize("prefix", ["", "GSM1_S1_", "GSM1-"])
@pytest.mark.parametrize("genes", ["features.tsv", "genes.tsv"])
def test_packed_unpacked_and_mixed(packed, prefix, genes, tmp_path):
    names = (NAMES[0], genes, NAMES[2])
    matrix = write(tmp_path / "m", packed=packed, prefix=prefix, names=names)
    adata = read_counts(mtx_files(matrix))
    check(adata)
    assert adata.var["gene_ids"].tolist() == IDS


TABLES = {
    "IDs, symbols, kinds": FEATURES,
    "IDs and symbols": lines(IDS, SYMBOLS),
    "symbols": lines(SYMBOLS),
    "symbols and kinds": lines(SYMBOLS, ["Gene Expression"] * 4),
    "genomes, too": lines(IDS, SYMBOLS, ["Gene Expression"] * 4, ["chr1"] * 4, ["1"] * 4, ["9"] * 4),
    "header": "gene_id\tgene_name\n" + lines(IDS, SYMBOLS),
    "row numbers": lines("0123", IDS, SYMBOLS),
    "row numbers and header": "\t0\t1\n" + lines("0123", IDS, SYMBOLS),
    "quoted": lines([f'"{i}"' for i in IDS], [f'"{s}"' for s in SYMBOLS]),
    "commas": lines(IDS, SYMBOLS).replace("\t", ","),
    "byte order mark": "\ufeff" + lines(IDS, SYMBOLS),
    "Windows": lines(IDS, SYMBOLS).replace("\n", "\r\n"),
    "no line end": lines(IDS, SYMBOLS).rstrip("\n"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_features_of_every_form(kind, tmp_path):
    check(read_counts(mtx_files(write(tmp_path / "m", features=TABLES[kind]))))


def test_a_gene_without_a_symbol_is_known_by_its_id(tmp_path):
    matrix = write(tmp_path / "m", features=lines(IDS, ["MBP", "", "5'-X", 'a"b']))
    check(read_counts(mtx_files(matrix)), ["MBP", IDS[1], "5'-X", 'a"b'])


@pytest.mark.parametrize(
    "barcodes",
    [
        "barcode\n" + lines(BARCODES),
        "x\n" + lines(BARCODES),
        lines("01234", BARCODES),
        lines([f'"{b}"' for b in BARCODES]),
        lines(BARCODES, "abcde"),
        lines([f" {b} " for b in BARCODES]),
    ],
)
def test_barcodes_of_every_form(barcodes, tmp_path):
    check(read_counts(mtx_files(write(tmp_path / "m", barcodes=barcodes))))


def test_spots_by_genes_is_turned(tmp_path, log):
    check(read_counts(mtx_files(write(tmp_path / "m", counts=COUNTS))))
    assert "holds spots x genes, not genes x spots" in log.text


@pytest.mark.parametrize("kind", ["Antibody Capture", "CRISPR Guide Capture", "Negative Control Probe"])
def test_what_is_no_gene_is_left_out_and_counted(kind, tmp_path, log):
    features = lines(IDS, SYMBOLS, ["Gene Expression"] * 2 + [kind] * 2)
    adata = read_counts(mtx_files(write(tmp_path / "m", features=features)))
    assert adata.var_names.tolist() == SYMBOLS[:2]
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, :2])
    assert f"left out: 2 features of the kind {kind}" in log.text


@pytest.mark.parametrize("gone", ["features.tsv", "barcodes.tsv"])
def test_a_part_that_is_missing_is_named(gone, tmp_path):
    matrix = write(tmp_path / "m")
    (tmp_path / "m" / gone).unlink()
    with pytest.raises(
        SemSTError, match=rf"beside matrix\.mtx there is no {gone.replace('.', '.')}.*It holds: "
    ):
        mtx_files(matrix)


@pytest.mark.parametrize("part", NAMES)
@pytest.mark.parametrize("packed", [set(), set(NAMES)], ids=["plain", "packed"])
@pytest.mark.parametrize("kind", ["empty", "pointer", "torn", "bits"])
def test_a_damaged_part_is_an_error_in_a_line(part, packed, kind, tmp_path):
    matrix = write(tmp_path / "m", packed=packed)
    file = tmp_path / "m" / (part + ".gz" * bool(packed))
    whole = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "torn": whole[: len(whole) // 2],
            "bits": whole[: len(whole) // 3] + b"\xff" * 20 + whole[len(whole) // 3 + 20 :],
        }[kind]
    )
    with pytest.raises(SemSTError, match=r"m cannot be read as counts of 10x Genomics") as caught:
        read_counts(mtx_files(matrix))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "%%MatrixMarket matrix coordinate integer general\n4 5 1\n9 1 3\n",
        "%%MatrixMarket matrix coordinate integer general\n4 5 1\n0 1 3\n",
        "%%MatrixMarket matrix coordinate integer general\n4 5 1\n1 1 -3\n",
        "%%MatrixMarket matrix coordinate integer general\n4 5 3\n1 1 3\n",
        "%%MatrixMarket matrix coordinate integer general\n4 5 99999999999999999\n1 1 3\n",
        "%%MatrixMarket matrix coordinate real general\n4 5 1\n1 1 nan\n",
        "%%MatrixMarket matrix coordinate integer general\n4 6 1\n1 1 3\n",
        "%%MatrixMarket matrix coordinate complex general\n4 5 1\n1 1 3 1\n",
        "not a matrix",
    ],
)
def test_a_matrix_that_contradicts_itself(text, tmp_path):
    matrix = write(tmp_path / "m")
    matrix.write_text(text)
    with pytest.raises(SemSTError, match=r"m cannot be read as counts of 10x Genomics \("):
        read_counts(mtx_files(matrix))


def h5(file, **changes):
    counts = sparse.csc_matrix(COUNTS.T)
    parts = {
        "barcodes": np.array(BARCODES, dtype="S"),
        "data": counts.data.astype("i4"),
        "indices": counts.indices.astype("i8"),
        "indptr": counts.indptr.astype("i8"),
        "shape": np.array(counts.shape, "i4"),
        "features/id": np.array(IDS, dtype="S"),
        "features/name": np.array(SYMBOLS, dtype="S"),
        "features/feature_type": np.array(["Gene Expression"] * 3 + ["Antibody Capture"], dtype="S"),
        "features/genome": np.array(["GRCh38"] * 4, dtype="S"),
    }
    with h5py.File(file, "w") as out:
        for name, values in (parts | changes).items():
            out[f"matrix/{name}"] = values
    return file


def at(name, place, value):
    counts = sparse.csc_matrix(COUNTS.T)
    values = getattr(counts, name).astype("i8")
    values[place] = value
    return {name: values}


def test_a_packed_h5(tmp_path, log):
    file = h5(tmp_path / "a.h5")
    (tmp_path / "b.h5.gz").write_bytes(gzip.compress(file.read_bytes()))
    for one in (file, tmp_path / "b.h5.gz"):
        np.testing.assert_array_equal(read_counts(one).X.toarray(), COUNTS[:, :3])
    assert "left out: 1 features of the kind Antibody Capture" in log.text
    assert is_10x_h5(file) and not is_10x_h5(tmp_path / "b.h5.gz")


def test_integers_that_r_has_written_as_numbers(tmp_path):
    counts = sparse.csc_matrix(COUNTS.T)
    floats = {name: np.asarray(getattr(counts, name), dtype=float) for name in ("shape", "indices", "indptr")}
    file = h5(tmp_path / "a.h5", **floats)
    before = file.read_bytes()
    np.testing.assert_array_equal(read_counts(file).X.toarray(), COUNTS[:, :3])
    np.testing.assert_array_equal(
        read_counts(h5(tmp_path / "b.h5", shape=floats["shape"])).X.toarray(), COUNTS[:, :3]
    )
    assert file.read_bytes() == before
    with pytest.raises(
        SemSTError, match=r"c\.h5 cannot be read as counts.*shape holds numbers that are not whole"
    ):
        read_counts(h5(tmp_path / "c.h5", shape=floats["shape"] + 0.5))


@pytest.mark.parametrize(
    "changes",
    [
        at("indices", 3, 10**7),
        at("indices", 3, 2**62),
        at("indices", 3, 4),
        at("indices", 3, -(10**7)),
        at("indices", 0, -1),
        at("indptr", 2, 2**40),
        at("indptr", 2, -4),
        at("indptr", 0, 1),
        at("indptr", 5, 10**6),
        at("data", 0, -3),
        {"shape": np.array([4, 6])},
        {"shape": np.array([3, 5])},
        {"shape": np.array([-4, 5])},
        {"barcodes": np.array(BARCODES[:4], dtype="S")},
        {"features/name": np.array(SYMBOLS[:2], dtype="S")},
        {"data": np.array([1, 2])},
        {"data": np.array(["a"] * 8, dtype="S")},
    ],
    ids=str,
)
def test_an_h5_that_contradicts_itself_never_reaches_a_model(changes, tmp_path):
    file = h5(tmp_path / "filtered_feature_bc_matrix.h5", **changes)
    with pytest.raises(SemSTError, match=r"matrix\.h5 cannot be read as counts of 10x Genomics \("):
        read_counts(file)

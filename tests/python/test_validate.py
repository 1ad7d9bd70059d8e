"""Every check of the input, and every message it gives."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from semst import MissingKeyError, SemSTError
from semst._validate import (
    check_coordinates,
    check_counts,
    check_gene_symbols,
    check_n_domains,
    check_n_neighs,
    check_unique_names,
    get_coordinates,
    get_counts,
    has_mangled_names,
    require_key,
)

COUNTS = np.array([[0, 3, 0], [1, 0, 2], [0, 0, 0], [5, 1, 0]])


def adata_with(matrix, **slots) -> ad.AnnData:
    return ad.AnnData(matrix, **slots)


# --- require_key


def test_require_key_returns_the_value_also_from_a_data_frame():
    frame = pd.DataFrame({"a": [1], "b": [2]})
    assert require_key(frame, "b", what="adata.obs").tolist() == [2]


@pytest.mark.parametrize(
    ("mapping", "there"), [({"counts": 1, "raw": 2}, '"counts", "raw"'), ({}, "nothing")]
)
def test_require_key_lists_what_exists(mapping, there):
    with pytest.raises(MissingKeyError) as error:
        require_key(mapping, "umi", what="adata.layers")
    assert str(error.value) == f'adata.layers has no "umi". It has: {there}.'


# --- check_counts


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint16", "float32", "float64", "bool"])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
def test_counts_of_any_storage_pass(dtype, form):
    check_counts(form(COUNTS.astype(dtype)), where="adata.X")


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, r"^adata\.X holds NaN \(1 or more values\)\. Raw counts are needed"),
        (np.inf, r"^adata\.X holds infinite values\. Raw counts are needed.*library size of 0"),
        (
            -2,
            r"^adata\.X holds negative values \(e\.g\. -2\).*scaled or batch-corrected.*layer=.*use_raw=True",
        ),
        (
            0.5,
            r"not whole numbers \(e\.g\. 0\.5; maximum 5\): it looks log-transformed.*layer=.*use_raw=True",
        ),
        (80.25, r"not whole numbers \(e\.g\. 80\.25; maximum 80\.25\): it looks normalised.*use_raw=True"),
    ],
)
def test_each_kind_of_bad_value_has_its_message(form, value, message):
    bad = COUNTS.astype(float)
    bad[1, 2] = value
    with pytest.raises(SemSTError, match=message):
        check_counts(form(bad), where="adata.X")


def test_negative_integers_are_no_counts():
    with pytest.raises(SemSTError, match=r"negative values \(e\.g\. -1\)"):
        check_counts(np.array([[1, -1]]), where="adata.X")


def test_text_is_no_count():
    with pytest.raises(SemSTError, match=r"holds no numbers \(dtype object\)"):
        check_counts(np.array([["a", "b"]], dtype=object), where="adata.X")


def test_a_bad_value_far_into_a_large_matrix_is_found(monkeypatch):
    monkeypatch.setattr("semst._validate._counts._BLOCK", 7)
    matrix = np.ones((20, 5))
    matrix[19, 4] = np.nan
    with pytest.raises(SemSTError, match="holds NaN"):
        check_counts(matrix, where="adata.X")


# --- get_counts


def backed(matrix, path) -> ad.AnnData:
    ad.AnnData(matrix).write_h5ad(path)
    return ad.read_h5ad(path, backed="r")


FORMS = {
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "csr_array": sparse.csr_array,
    "dense": np.array,
    "fortran": np.asfortranarray,
}


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32", "float64"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("on_disk", [False, True])
def test_every_storage_gives_the_same_csr(dtype, form, on_disk, tmp_path):
    matrix = FORMS[form](COUNTS.astype(dtype))
    adata = backed(matrix, tmp_path / "x.h5ad") if on_disk else ad.AnnData(matrix)
    counts, genes = get_counts(adata)
    wanted = sparse.csr_matrix(COUNTS, dtype=np.float32)
    assert isinstance(counts, sparse.csr_matrix)
    assert counts.dtype == np.float32
    np.testing.assert_array_equal(counts.data, wanted.data)
    np.testing.assert_array_equal(counts.indices, wanted.indices)
    np.testing.assert_array_equal(counts.indptr, wanted.indptr)
    assert genes.tolist() == ["0", "1", "2"]


def test_a_view_of_backed_data_is_read(tmp_path):
    view = backed(sparse.csr_matrix(COUNTS), tmp_path / "x.h5ad")[[3, 1], ["1", "0"]]
    counts, genes = get_counts(view)
    np.testing.assert_array_equal(counts.toarray(), COUNTS[[3, 1]][:, [1, 0]])
    assert genes.tolist() == ["1", "0"]


def test_dense_on_disk_is_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("semst._validate._counts._BLOCK_ROWS", 3)
    counts, _ = get_counts(backed(COUNTS.astype("float32"), tmp_path / "x.h5ad"))
    np.testing.assert_array_equal(counts.toarray(), COUNTS)


def test_layer_and_raw(tmp_path):
    whole = adata_with(sparse.csr_matrix(COUNTS))
    adata = adata_with(np.log1p(COUNTS[:, :2]), layers={"umi": COUNTS[:, :2]})
    adata.raw = whole
    from_layer, layer_genes = get_counts(adata, layer="umi")
    from_raw, raw_genes = get_counts(adata, use_raw=True)
    np.testing.assert_array_equal(from_layer.toarray(), COUNTS[:, :2])
    np.testing.assert_array_equal(from_raw.toarray(), COUNTS)
    assert (len(layer_genes), len(raw_genes)) == (2, 3)
    adata.write_h5ad(tmp_path / "raw.h5ad")
    on_disk, _ = get_counts(ad.read_h5ad(tmp_path / "raw.h5ad", backed="r"), use_raw=True)
    np.testing.assert_array_equal(on_disk.toarray(), COUNTS)


@pytest.mark.parametrize("form", FORMS)
def test_the_input_is_neither_changed_nor_shared(form):
    adata = ad.AnnData(FORMS[form](COUNTS.astype("float32")))
    counts, _ = get_counts(adata)
    counts.data[:] = 99
    counts.indices[:] = 0
    x = adata.X.toarray() if sparse.issparse(adata.X) else np.asarray(adata.X)
    np.testing.assert_array_equal(x, COUNTS)


def test_untidy_sparse_input_comes_back_canonical_and_stays_untouched():
    # entry (0, 1) stored twice, (1, 0) stored as 0, columns of row 0 out of order
    untidy = sparse.csr_matrix(
        (np.array([1.0, 2.0, 4.0, 0.0]), np.array([1, 0, 1, 0]), np.array([0, 3, 4])), shape=(2, 2)
    )
    adata = ad.AnnData(untidy.copy())
    counts, _ = get_counts(adata)
    assert counts.has_canonical_format
    assert counts.nnz == 2
    np.testing.assert_array_equal(counts.toarray(), [[2, 5], [0, 0]])
    np.testing.assert_array_equal(adata.X.data, untidy.data)


def test_dask_is_computed():
    dask_array = pytest.importorskip("dask.array")
    counts, _ = get_counts(ad.AnnData(dask_array.from_array(COUNTS.astype("float32"), chunks=(2, 3))))
    np.testing.assert_array_equal(counts.toarray(), COUNTS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 1000), min_size=3, max_size=3), min_size=1, max_size=6))
def test_sparse_and_dense_agree_for_any_counts(rows):
    matrix = np.array(rows)
    if not matrix.any():
        return
    dense, _ = get_counts(ad.AnnData(matrix))
    csc, _ = get_counts(ad.AnnData(sparse.csc_matrix(matrix)))
    assert (dense != csc).nnz == 0
    np.testing.assert_array_equal(dense.toarray(), matrix)


def test_bad_x_points_to_the_layer_with_counts():
    adata = adata_with(np.log1p(COUNTS), layers={"scaled": COUNTS - 1.5, "umi": sparse.csc_matrix(COUNTS)})
    with pytest.raises(
        SemSTError, match=r'log-transformed.*adata\.layers\["umi"\] seems to hold counts: layer="umi"\.$'
    ):
        get_counts(adata)


def test_bad_layer_points_to_x_and_bad_x_to_raw():
    adata = adata_with(COUNTS.astype(float), layers={"log": np.log1p(COUNTS)})
    with pytest.raises(SemSTError, match=r"adata\.X seems to hold counts: leave layer and use_raw out"):
        get_counts(adata, layer="log")
    logged = adata_with(np.log1p(COUNTS))
    logged.raw = adata
    with pytest.raises(SemSTError, match=r"adata\.raw\.X seems to hold counts: use_raw=True"):
        get_counts(logged)


def test_missing_sources_of_counts():
    with pytest.raises(MissingKeyError, match=r'adata\.layers has no "umi"\. It has: "counts"\.'):
        get_counts(adata_with(COUNTS, layers={"counts": COUNTS}), layer="umi")
    with pytest.raises(SemSTError, match=r"use_raw=True was given, but adata\.raw is empty"):
        get_counts(adata_with(COUNTS), use_raw=True)
    with pytest.raises(SemSTError, match=r'Both layer="a" and use_raw=True'):
        get_counts(adata_with(COUNTS), layer="a", use_raw=True)
    without_x = ad.AnnData(obs=pd.DataFrame(index=list("abcd")), var=pd.DataFrame(index=list("xyz")))
    without_x.layers["umi"] = COUNTS
    with pytest.raises(SemSTError, match=r'adata\.X is empty.*adata\.layers\["umi"\] seems to hold counts'):
        get_counts(without_x)


def test_empty_and_all_zero_counts():
    with pytest.raises(SemSTError, match=r"adata\.X holds only zeros: there are no counts"):
        get_counts(adata_with(np.zeros((3, 2))))
    with pytest.raises(SemSTError, match=r"adata\.X has 0 spots and 2 genes"):
        get_counts(adata_with(np.zeros((0, 2))))
    with pytest.raises(SemSTError, match=r"adata\.X has 3 spots and 0 genes"):
        get_counts(adata_with(np.zeros((3, 0))))


def test_raw_with_repeated_genes():
    adata = adata_with(COUNTS[:, :1])
    adata.raw = adata_with(COUNTS, var=pd.DataFrame(index=["A", "B", "A"]))
    with pytest.raises(
        SemSTError, match=r"1 gene names \(adata\.raw\.var_names\) occur more than once \(e\.g\. A\)"
    ):
        get_counts(adata, use_raw=True)


# --- coordinates


@pytest.mark.parametrize("kind", [np.array, pd.DataFrame, list])
def test_coordinates_become_a_new_float64_array(kind):
    given_xy = np.array([[0, 1], [100, 1], [50, 87]])
    xy = check_coordinates(kind(given_xy), where="coordinates")
    assert xy.dtype == np.float64
    np.testing.assert_array_equal(xy, given_xy)
    xy[0, 0] = 7
    assert given_xy[0, 0] == 0


def test_three_dimensions_and_a_single_spot_are_fine():
    assert check_coordinates(np.eye(3), where="c").shape == (3, 3)
    assert check_coordinates([[5, 5]], where="c").shape == (1, 2)


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        (np.zeros((4, 1)), r"^here has the shape \(4, 1\)\. Accepted: one row per spot and 2 or 3 columns"),
        (np.zeros((4, 4)), r"shape \(4, 4\)"),
        (np.zeros(4), r"shape \(4,\)"),
        ([["a", "b"]], r"^here cannot be read as numbers\. Accepted"),
        ([[0, 0], [1, 1], [1]], r"^here cannot be read as numbers"),
        (
            [[0, 0], [np.nan, 1], [1, np.inf]],
            r"^here is NaN or infinite for 2 of 3 spots \(rows 1, 2\)\. .*drop these",
        ),
        (
            np.full((3, 2), 4.5),
            r"^here is the same point for all 3 spots \(4\.5, 4\.5\)\. Spatial neighbours need",
        ),
    ],
)
def test_each_kind_of_bad_coordinates_has_its_message(coordinates, message):
    with pytest.raises(SemSTError, match=message):
        check_coordinates(coordinates, where="here")


def test_get_coordinates_reads_any_slot():
    adata = adata_with(COUNTS, obsm={"X_xy": np.arange(8).reshape(4, 2)})
    np.testing.assert_array_equal(get_coordinates(adata, spatial_key="X_xy"), np.arange(8).reshape(4, 2))
    with pytest.raises(
        MissingKeyError, match=r'obsm has no "spatial"\. It has: "X_xy"\. Put them .*spatial_key='
    ):
        get_coordinates(adata)


def test_missing_coordinates_point_to_columns_that_look_right():
    obs = pd.DataFrame({"x_centroid": [0.0, 1, 2, 3], "y_centroid": [0.0, 1, 1, 0]}, index=list("abcd"))
    adata = adata_with(COUNTS, obs=obs)
    with pytest.raises(MissingKeyError) as error:
        get_coordinates(adata)
    message = str(error.value)
    assert "It has: nothing." in message
    command = message.split("are meant: ")[1].removesuffix(".")
    exec(command, {"adata": adata})  # the line offered to the user has to work
    assert get_coordinates(adata).shape == (4, 2)


def test_bad_coordinates_name_the_slot():
    with pytest.raises(SemSTError, match=r'^adata\.obsm\["spatial"\] is the same point'):
        get_coordinates(adata_with(COUNTS, obsm={"spatial": np.zeros((4, 2))}))


# --- names


def test_unique_names_pass_and_repeated_ones_are_shown():
    check_unique_names(adata_with(COUNTS))
    genes = adata_with(COUNTS, var=pd.DataFrame(index=["A", "A", "A"]))
    with pytest.raises(
        SemSTError, match=r"^1 gene names \(adata\.var_names\).*\(e\.g\. A\).*var_names_make_unique\(\)"
    ):
        check_unique_names(genes)
    spots = adata_with(COUNTS, obs=pd.DataFrame(index=["s", "s", "t", "t"]))
    with pytest.raises(
        SemSTError, match=r"^2 spot names \(adata\.obs_names\).*\(e\.g\. s, t\).*anndata\.concat"
    ):
        check_unique_names(spots)


@pytest.mark.parametrize(
    "names",
    [
        ["ENSG00000197971", "ENSG00000132639"],
        ["ENSG00000197971.15", "ENSG00000228572.7_PAR_Y"],
        ["ENSMUSG00000041607.17", "ENSMUSG00000027273"],
        ["ENSG00000197971", "ENSG00000132639", "MBP"],
    ],
)
def test_ensembl_ids_are_refused(names):
    with pytest.raises(
        SemSTError,
        match=r"^2 of \d gene names are Ensembl IDs \(e\.g\. ENS.*symbols.*MBP.*adata\.var_names.*GTF",
    ):
        check_gene_symbols(names)


def test_plain_numbers_are_refused():
    with pytest.raises(SemSTError, match=r"^3 of 3 gene names are plain numbers \(e\.g\. 0, 1, 2\)"):
        check_gene_symbols(adata_with(COUNTS).var_names)


@pytest.mark.parametrize("names", [["MBP", "SNAP25"], ["Mbp", "ENSMUSG00000041607"], ["ENSA", "H3-2"], []])
def test_symbols_pass(names):
    check_gene_symbols(names)


@pytest.mark.parametrize(
    "column", ["gene_symbols", "gene_name", "feature_name", "symbol", "SYMBOL", "Symbol"]
)
def test_a_column_with_symbols_is_named_and_the_advice_works(column):
    var = pd.DataFrame(
        {"gene_id": ["ENSG00000197971", "ENSG00000132639"], column: pd.Categorical(["MBP", "SNAP25"])},
        index=["ENSG00000197971", "ENSG00000132639"],
    )
    adata = ad.AnnData(COUNTS[:, :2], var=var)
    with pytest.raises(SemSTError) as error:
        check_gene_symbols(adata.var_names, var=adata.var)
    assert f'adata.var["{column}"] holds symbols' in str(error.value)
    exec(str(error.value).split("holds symbols: ")[1].removesuffix("."), {"adata": adata})
    check_gene_symbols(adata.var_names)


def test_a_column_that_only_repeats_the_ids_is_not_offered():
    ids = ["ENSG00000197971", "ENSG00000132639"]
    with pytest.raises(SemSTError, match="GTF"):
        check_gene_symbols(ids, var=pd.DataFrame({"gene_name": ids}, index=ids))
    with pytest.raises(SemSTError, match="GTF"):
        check_gene_symbols(ids, var=pd.DataFrame({"gene_name": [None, None]}, index=ids))


@pytest.mark.parametrize(
    ("names", "mangled"),
    [
        (["A1BG.AS1", "MBP"], True),
        (["X5S_rRNA", "X7SK", "MBP"], True),
        (["HLA.A", "HLA.DRA", "MT.CO1"], True),
        (["MBP", "SNAP25", "XIST", "X"], False),
        (["AC005841.1", "RP11-34P13.7", "AL627309.1"], False),
        (["A1BG-AS1", "HLA-A", "MT-CO1"], False),
        ([], False),
    ],
)
def test_names_altered_by_r_are_recognised(names, mangled):
    assert has_mangled_names(names) is mangled


def test_altered_names_are_reported_but_accepted(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("semst"), "propagate", True)
    check_gene_symbols(["A1BG.AS1", "X5S_rRNA", "MBP"])
    assert "altered by R's make.names (A1BG.AS1, X5S_rRNA)" in caplog.text
    assert "check.names = FALSE" in caplog.text


# --- numbers


@pytest.mark.parametrize("value", [2, 7, 100, np.int64(7), 7.0, np.float32(7)])
def test_numbers_of_domains(value):
    number = check_n_domains(value, 100)
    assert type(number) is int
    assert number == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, r"^n_domains is 1\. At least 2 are needed"),
        (0, r"^n_domains is 0\. At least 2"),
        (-3, r"^n_domains is -3\. At least 2"),
        (101, r"^n_domains is 101, but there are only 100 spots"),
        (2.5, r"^n_domains is 2\.5\. A whole number is needed"),
        ("7", r"^n_domains is '7'\. A whole number is needed"),
        (None, r"^n_domains is None\. A whole number is needed"),
        (True, r"^n_domains is True\. A whole number is needed"),
        (float("nan"), r"^n_domains is nan\. A whole number is needed"),
        (float("inf"), r"^n_domains is inf\. A whole number is needed"),
    ],
)
def test_bad_numbers_of_domains(value, message):
    with pytest.raises(SemSTError, match=message):
        check_n_domains(value, 100)


def test_numbers_of_neighbours():
    assert check_n_neighs(np.int32(5), 6) == 5
    with pytest.raises(
        SemSTError, match=r"^n_neighs is 6, but there are only 6 spots, so a spot has at most 5 neighbours"
    ):
        check_n_neighs(6, 6)
    with pytest.raises(SemSTError, match=r"^k is 0\. At least 1 neighbour is needed"):
        check_n_neighs(0, 6, what="k")
    with pytest.raises(SemSTError, match=r"^k is 1\.5\. A whole number"):
        check_n_neighs(1.5, 6, what="k")


# --- real slices


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "mangled"),
    [("st_pdac_A", True), ("dlpfc_151673", False), ("her2st_A1", False), ("osmfish_ssctx", False)],
)
def test_real_slices(shared_data, name, mangled):
    adata = ad.read_h5ad(shared_data / f"{name}.h5ad")
    counts, genes = get_counts(adata)
    assert counts.shape == adata.shape
    assert counts.sum() == pytest.approx(adata.X.sum(dtype=np.float64), rel=1e-6)
    assert has_mangled_names(genes) is mangled
    check_gene_symbols(genes, var=adata.var)
    check_unique_names(adata)
    assert get_coordinates(adata).shape == (adata.n_obs, 2)

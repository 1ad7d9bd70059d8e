"""Tables for Loupe Browser, Xenium Explorer and any other program."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from semst import MissingKeyError, SemSTError, io

BARCODES = ["AAACAAGTATCTCCCA-1", "AAACAATCTACTAGCA-1", "AAACACCAATAACTGC-1", "AAACAGAGCGACTCCT-1"]
CELLS = ["aaaabcdp-1", "aaaacfgk-1", "aaaadnho-1", "aaaaejpi-1"]
WRITERS = [io.export_loupe, io.export_xenium, io.export_embedding]


def labelled(names=BARCODES) -> AnnData:
    adata = AnnData(np.ones((4, 1)))
    adata.obs_names = list(names)
    adata.obs["semst"] = pd.Categorical(["1", "2", None, "1"])
    adata.obs["semst_uncertainty"] = [0.25, 0.0, np.nan, 0.5]
    adata.obsm["X_semst"] = np.array([[1.5, 2], [3, 4], [np.nan, np.nan], [0.1, -6]], dtype=np.float32)
    adata.uns["semst_colors"] = np.array(["#0072B2", "orange"])
    return adata


def lines(path) -> list[str]:
    return path.read_text().splitlines()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "new" / "out.csv"


def test_loupe_gets_barcodes_and_domains_and_none_without(out, log):
    assert io.export_loupe(labelled(), out) == out
    assert lines(out) == ["Barcode,semst", f"{BARCODES[0]},1", f"{BARCODES[1]},2", f"{BARCODES[3]},1"]
    assert '1 of 4 spots have no domain in adata.obs["semst"]' in log.text


def test_any_column_and_names_with_commas_are_read_back(out):
    adata = labelled()
    adata.obs["layer, mine"] = ["L1, upper", 'say "L2"', "WM", "WM"]
    table = pd.read_csv(io.export_loupe(adata, out, "layer, mine"))
    assert table.columns.tolist() == ["Barcode", "layer, mine"]
    assert table["layer, mine"].tolist() == ["L1, upper", 'say "L2"', "WM", "WM"]


def test_whole_numbers_that_became_floats_are_domains_without_a_point(out):
    adata = labelled()
    adata.obs["number"] = [10.0, 2.0, np.nan, 10.0]
    assert [line.split(",")[1] for line in lines(io.export_loupe(adata, out, "number"))[1:]] == [
        "10",
        "2",
        "10",
    ]


@pytest.mark.parametrize("pattern", ["{}-151673", "{}-0", "{}_1", "left_{}", "a-b.{}-x-2"])
@pytest.mark.parametrize(
    "names",
    [BARCODES, [f"s_016um_0005{i}_00082-1" for i in range(4)], [f"cellid_00000000{i}-1" for i in range(4)]],
)
def test_what_a_concatenation_added_is_taken_off_barcodes(names, pattern, out, log):
    io.export_loupe(labelled([pattern.format(name) for name in names]), out)
    assert [line.split(",")[0] for line in lines(out)[1:]] == [names[0], names[1], names[3]]
    assert "4 barcodes were shortened" in log.text


def test_barcodes_as_they_are_stay(out, log):
    other_gem_group = [f"{name[:-1]}2" for name in BARCODES]
    io.export_loupe(labelled(other_gem_group), out)
    assert lines(out)[1].startswith(f"{other_gem_group[0]},")
    assert "shortened" not in log.text and "looks like" not in log.text


def test_names_of_another_kind_are_kept_with_a_warning(out, log):
    io.export_loupe(labelled(["spot-1-a", "spot-2-a", "spot-3-a", "spot-4-a"]), out)
    assert lines(out)[1] == "spot-1-a,1"
    assert "barcode_key=" in log.text


def test_a_column_of_barcodes_is_taken_as_it_is(out, log):
    adata = labelled([f"spot {i}" for i in range(4)])
    adata.obs["own"] = [f"{name}-7" for name in BARCODES]
    io.export_loupe(adata, out, barcode_key="own")
    assert lines(out)[1] == f"{BARCODES[0]}-7,1"
    assert "looks like" not in log.text


def test_the_same_barcode_in_two_slices_is_refused(out):
    names = [f"{name}-{slice_}" for slice_ in "ab" for name in BARCODES[:2]]
    adata = labelled(names)
    adata.obs["semst"] = ["1", "2", "1", "2"]
    with pytest.raises(SemSTError, match=rf"2 barcodes occur more than once \(e.g. {BARCODES[0]}\)"):
        io.export_loupe(adata, out)
    assert not out.parent.exists()
    io.export_loupe(adata[:2], out)  # one slice of them, a view
    assert len(lines(out)) == 3


def test_xenium_gets_groups_and_the_colours_that_are_kept(out):
    io.export_xenium(labelled(CELLS), out)
    assert lines(out) == [
        "cell_id,group,color",
        f"{CELLS[0]},1,#0072b2",
        f"{CELLS[1]},2,#ffa500",
        f"{CELLS[3]},1,#0072b2",
    ]


@pytest.mark.parametrize("colors", [None, ["#000000"], ["#000000", "no colour"]])
def test_without_colours_of_these_domains_xenium_gets_none(colors, out):
    adata = labelled(CELLS)
    del adata.uns["semst_colors"]
    if colors is not None:
        adata.uns["semst_colors"] = np.array(colors)
    io.export_xenium(adata, out)
    assert lines(out)[:2] == ["cell_id,group", f"{CELLS[0]},1"]


def test_colours_follow_the_categories_of_the_column_not_the_order_of_numbers(out):
    adata = labelled(CELLS)
    adata.obs["many"] = pd.Categorical(["10", "2", "2", "10"], categories=["10", "2"])
    adata.uns["many_colors"] = np.array(["#101010", "#020202"])
    assert lines(io.export_xenium(adata, out, "many"))[1:3] == [
        f"{CELLS[0]},10,#101010",
        f"{CELLS[1]},2,#020202",
    ]


def test_xenium_ids_of_a_column_or_without_what_was_added(out):
    adata = labelled(range(4))
    adata.obs["cell_id"] = CELLS
    io.export_xenium(adata, out, barcode_key="cell_id")
    assert lines(out)[1].startswith(f"{CELLS[0]},")
    io.export_xenium(labelled([f"{cell}-left" for cell in CELLS]), out, overwrite=True)
    assert lines(out)[1].startswith(f"{CELLS[0]},")


def test_the_embedding_is_read_back_with_a_row_a_spot(out):
    adata = labelled()
    table = pd.read_csv(io.export_embedding(adata, out), index_col="spot", dtype={"semst": object})
    assert table.index.tolist() == BARCODES
    assert table.columns.tolist() == ["X_semst_1", "X_semst_2", "semst", "semst_uncertainty"]
    np.testing.assert_array_equal(table[["X_semst_1", "X_semst_2"]].astype(np.float32), adata.obsm["X_semst"])
    assert table["semst"].tolist()[:2] == ["1", "2"] and table["semst"].isna().tolist() == [
        False,
        False,
        True,
        False,
    ]
    np.testing.assert_array_equal(table["semst_uncertainty"], adata.obs["semst_uncertainty"])


def test_labels_without_uncertainty_take_another_embedding(out):
    adata = labelled()
    adata.obs["layer"] = list("abab")
    with pytest.raises(MissingKeyError, match='adata.obsm has no "X_layer". It has: "X_semst"'):
        io.export_embedding(adata, out, "layer")
    table = pd.read_csv(io.export_embedding(adata, out, "layer", use_rep="X_semst"), index_col="spot")
    assert table.columns.tolist() == ["X_semst_1", "X_semst_2", "layer"]


def test_an_embedding_that_is_no_matrix_is_refused(out):
    adata = labelled()
    adata.obsm["X_cube"] = np.ones((4, 2, 2))
    with pytest.raises(SemSTError, match=r"has the shape \(4, 2, 2\)"):
        io.export_embedding(adata, out, use_rep="X_cube")


@pytest.mark.parametrize("write", WRITERS)
def test_inputs_are_untouched_and_nothing_is_replaced_unasked(write, out):
    adata = labelled()
    before = adata.copy()
    write(adata, out)
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    np.testing.assert_array_equal(adata.obsm["X_semst"], before.obsm["X_semst"])
    assert list(adata.uns) == list(before.uns) and list(adata.obsm) == list(before.obsm)
    out.write_text("mine")
    with pytest.raises(SemSTError, match="exists already"):
        write(adata, out)
    assert out.read_text() == "mine"
    write(adata, out, overwrite=True)
    assert out.read_text() != "mine" and [file.name for file in out.parent.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("write", WRITERS)
def test_what_cannot_be_is_refused(write, tmp_path):
    adata = labelled()
    with pytest.raises(SemSTError, match=r'the ending ".tsv". Accepted: .csv'):
        write(adata, tmp_path / "x.tsv")
    with pytest.raises(MissingKeyError, match='adata.obs has no "layer". It has: "semst"'):
        write(adata, tmp_path / "x.csv", "layer")
    adata.obs["empty"] = pd.Categorical([None] * 4, categories=["1"])
    with pytest.raises(SemSTError, match=r'No spot has a domain in adata.obs\["empty"\] \(4 spots\)'):
        write(adata, tmp_path / "x.csv", "empty")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", WRITERS[:2])
def test_barcodes_that_are_missing_are_refused(write, tmp_path):
    adata = labelled()
    adata.obs["own"] = [*BARCODES[:3], None]
    with pytest.raises(SemSTError, match=r"missing for 1 of 4 spots; every spot needs a barcode"):
        write(adata, tmp_path / "x.csv", barcode_key="own")
    with pytest.raises(MissingKeyError, match='has no "other"'):
        write(adata, tmp_path / "x.csv", barcode_key="other")

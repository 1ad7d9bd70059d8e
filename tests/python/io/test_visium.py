"""Space Ranger folders of every age."""

import warnings

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest

from semst import SemSTError
from semst.io import read_visium

KEPT = [0, 1, 3, 4]  # rows of the counts that lie in the tissue
COUNTS = np.array([[3, 0, 1, 0], [0, 2, 0, 0], [0, 0, 0, 4], [7, 1, 0, 0], [0, 0, 2, 1]])
XY = np.array([[9791.0, 8468], [5769, 2807], [4068, 9505], [9271, 4151], [3393, 7583]])


@pytest.mark.parametrize("matrix", ["h5", "mtx"])
@pytest.mark.parametrize("positions", ["header", "no header", "parquet"])
def test_every_format_gives_the_same_slice(make_outs, matrix, positions):
    adata = read_visium(make_outs(matrix=matrix, positions=positions))
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[KEPT])
    np.testing.assert_array_equal(adata.obsm["spatial"], XY[KEPT])  # x (column) first
    assert adata.obs_names[2] == "AAACAGAG-1"
    assert adata.obs["array_row"].tolist() == [50, 3, 14, 43]
    assert adata.obs["array_col"].tolist() == [102, 43, 94, 9]
    assert adata.obs["in_tissue"].tolist() == [1, 1, 1, 1]
    assert adata.var_names.tolist() == ["MBP", "SNAP25", "TBCE", "TBCE-1"]
    assert adata.var["gene_ids"].tolist()[2:] == ["ENSG00000116957", "ENSG00000284770"]


def test_spots_beside_the_tissue_on_request(make_outs):
    adata = read_visium(make_outs(), in_tissue_only=False)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    np.testing.assert_array_equal(adata.obsm["spatial"], XY)
    assert adata.obs["in_tissue"].tolist() == [1, 1, 0, 1, 1]


def test_images_and_scale_factors_as_scanpy_lays_them_out(make_outs, tmp_path):
    adata = read_visium(make_outs())
    assert list(adata.uns["spatial"]) == ["slice_7"]
    entry = adata.uns["spatial"]["slice_7"]
    assert entry["images"]["hires"].shape[:2] == (20, 20)
    assert entry["images"]["lowres"].shape[:2] == (6, 6)
    assert entry["scalefactors"]["tissue_hires_scalef"] == 0.15
    assert entry["metadata"] == {
        "chemistry_description": "Spatial 3' v1",
        "software_version": "spaceranger-2.1.0",
    }
    adata.write_h5ad(tmp_path / "x.h5ad")
    assert ad.read_h5ad(tmp_path / "x.h5ad").uns["spatial"]["slice_7"]["images"]["hires"].shape[:2] == (
        20,
        20,
    )


def test_the_name_of_the_slice(make_outs):
    outs = make_outs(matrix="mtx")
    assert list(read_visium(outs).uns["spatial"]) == ["brain"]
    assert list(read_visium(outs, library_id="mine").uns["spatial"]) == ["mine"]


def test_images_can_be_missing_or_left_out(make_outs, log):
    outs = make_outs()
    assert read_visium(outs, load_images=False).uns["spatial"]["slice_7"]["images"] == {}
    for image in (outs / "spatial").glob("*.png"):
        image.unlink()
    assert read_visium(outs).uns["spatial"]["slice_7"]["images"] == {}
    assert "no image of the tissue" in log.text


def test_missing_scale_factors_are_reported(make_outs, log):
    outs = make_outs()
    (outs / "spatial" / "scalefactors_json.json").unlink()
    entry = read_visium(outs).uns["spatial"]["slice_7"]
    assert (entry["images"], entry["scalefactors"]) == ({}, {})
    assert "scalefactors_json.json is missing: the images are left out" in log.text


def test_repeated_symbols_are_reported_and_nothing_else_warns(make_outs, log):
    outs = make_outs()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        read_visium(outs)
    assert "1 gene symbols occur repeatedly (e.g. TBCE)" in log.text
    assert "read 4 spots and 4 genes" in log.text


def test_the_folder_above_and_a_prefixed_file(make_outs):
    outs = make_outs()
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / "151673_filtered_feature_bc_matrix.h5")
    assert read_visium(outs.parent).shape == (4, 4)


def test_another_count_file(make_outs):
    outs = make_outs()
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / "raw_feature_bc_matrix.h5")
    assert read_visium(outs, count_file="raw_feature_bc_matrix.h5").shape == (4, 4)
    with pytest.raises(
        SemSTError, match=r"There is no .*other\.h5\. In that folder there are: raw_feature_bc_ma"
    ):
        read_visium(outs, count_file="other.h5")


def test_no_counts(make_outs):
    with pytest.raises(
        SemSTError,
        match=r"No counts in .*outs: neither filtered.*\.h5 nor.*It holds: spatial\. Give.*count_file=",
    ):
        read_visium(make_outs(matrix=None))


def test_no_positions(make_outs):
    with pytest.raises(
        SemSTError, match=r"No positions in .*spatial: none of .*csv.* is there\. Copy the whole"
    ):
        read_visium(make_outs(positions="none"))


def test_positions_with_other_columns(make_outs):
    outs = make_outs(positions="none")
    pd.DataFrame({"barcode": ["a"], "x": [1]}).to_csv(outs / "spatial" / "tissue_positions.csv", index=False)
    with pytest.raises(
        SemSTError, match=r"tissue_positions\.csv has the columns barcode, x\. Expected: barcode, in_"
    ):
        read_visium(outs)


@pytest.mark.parametrize(
    ("n", "stray", "read"), [(50, 1, True), (50, 2, False), (200, 4, True), (49, 1, False)]
)
def test_a_few_barcodes_without_a_position_are_left_out(tmp_path, log, n, stray, read):
    folder = tmp_path / "filtered_feature_bc_matrix"
    folder.mkdir()
    (tmp_path / "spatial").mkdir()
    names = [f"B{i}-1" for i in range(n)]
    (folder / "barcodes.tsv").write_text("\n".join(names) + "\n")
    (folder / "features.tsv").write_text("E1\tMBP\tGene Expression\nE2\tGFAP\tGene Expression\n")
    entries = "".join(f"1 {i + 1} {i + 1}\n" for i in range(n))
    (folder / "matrix.mtx").write_text(
        f"%%MatrixMarket matrix coordinate integer general\n2 {n} {n}\n{entries}"
    )
    lines = [f"{name},1,0,{i},{10 * i},5\n" for i, name in enumerate(names)][stray:]
    (tmp_path / "spatial" / "tissue_positions_list.csv").write_text("".join(lines))
    if not read:
        with pytest.raises(SemSTError, match=rf"{stray} of {n} barcodes in .* have no position"):
            read_visium(tmp_path)
        return
    adata = read_visium(tmp_path)
    assert adata.obs_names.tolist() == names[stray:]
    np.testing.assert_array_equal(adata.X.toarray()[:, 0], np.arange(stray, n) + 1)
    np.testing.assert_array_equal(adata.obsm["spatial"][:, 1], 10.0 * np.arange(stray, n))
    assert f"{stray} of {n} barcodes in" in log.text and "are left out (e.g. B0-1)" in log.text


def test_positions_of_another_slice(make_outs):
    outs = make_outs(positions="none")
    file = outs / "spatial" / "tissue_positions_list.csv"
    file.write_text("AAACAAGT-1,1,50,102,8468,9791\nGGGG-1,1,3,43,2807,5769\n")
    with pytest.raises(
        SemSTError,
        match=r"4 of 5 barcodes in .* have no position \(e\.g\. AAACAATC-1; .* e\.g\. AAACAAGT-1\)",
    ):
        read_visium(outs)


def test_nothing_in_the_tissue(make_outs):
    outs = make_outs()
    file = outs / "spatial" / "tissue_positions.csv"
    pd.read_csv(file).assign(in_tissue=0).to_csv(file, index=False)
    with pytest.raises(SemSTError, match=r"No spot of .* lies in the tissue \(in_tissue is 0 for all 5\)"):
        read_visium(outs)


@pytest.mark.parametrize("kind", ["torn", "foreign"])
def test_unreadable_counts(make_outs, kind):
    outs = make_outs()
    file = outs / "filtered_feature_bc_matrix.h5"
    if kind == "torn":
        file.write_bytes(file.read_bytes()[:900])
    else:
        with h5py.File(file, "w") as h5:
            h5["something"] = [1]
    with pytest.raises(
        SemSTError, match=r"matrix\.h5 cannot be read as counts of 10x Genomics .*copy it again"
    ):
        read_visium(outs)


@pytest.mark.parametrize("file", ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"])
def test_unreadable_mtx_folder(make_outs, file):
    outs = make_outs(matrix="mtx")
    torn = outs / "filtered_feature_bc_matrix" / file
    torn.write_bytes(torn.read_bytes()[:15])
    with pytest.raises(SemSTError, match=r"bc_matrix cannot be read as counts of 10x Genomics"):
        read_visium(outs)


def test_visium_hd_asks_for_a_bin_size(tmp_path):
    for size in ("square_008um", "square_016um"):
        (tmp_path / "outs" / "binned_outputs" / size).mkdir(parents=True)
    with pytest.raises(SemSTError, match=r"comes from Visium HD\..*There are: square_008um, square_016um\."):
        read_visium(tmp_path / "outs")


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "counts.h5"
    file.touch()
    with pytest.raises(SemSTError, match=r"counts\.h5 is a file\. Give the folder outs/"):
        read_visium(file)

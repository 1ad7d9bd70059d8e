"""Visium slices as archives, colleagues and GEO hand them on."""

import gzip
import json
import shutil

import numpy as np
import pytest

from semst import SemSTError
from semst.io import read, read_visium

COUNTS = np.array([[3, 0, 1, 0], [0, 2, 0, 0], [0, 0, 0, 4], [7, 1, 0, 0], [0, 0, 2, 1]])
XY = np.array([[9791.0, 8468], [5769, 2807], [4068, 9505], [9271, 4151], [3393, 7583]])
KEPT = [0, 1, 3, 4]
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


def check(adata, *, images=True):
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[KEPT])
    np.testing.assert_array_equal(adata.obsm["spatial"], XY[KEPT])
    (entry,) = adata.uns["spatial"].values()
    assert sorted(entry["images"]) == (["hires", "lowres"] if images else [])
    assert bool(entry["scalefactors"]) is images


def pack(folder):
    for file in [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".gz", ".parquet")]:
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()


def rename(folder, prefix):
    for file in [p for p in folder.rglob("*") if p.is_file()]:
        file.rename(file.with_name(prefix + file.name))


def flatten(folder):
    for file in [p for p in folder.rglob("*") if p.is_file() and p.parent != folder]:
        file.rename(folder / file.name)
    for inside in [p for p in folder.iterdir() if p.is_dir()]:
        shutil.rmtree(inside)


def snapshot(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("positions", ["header", "no header", "parquet"])
@pytest.mark.parametrize("matrix", ["h5", "mtx"])
@pytest.mark.parametrize("prefix", ["", "GSM1_S1_", "GSM1.S1.", "V10-A1_"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("flat", [False, True])
def test_packed_renamed_and_flat(make_outs, positions, matrix, prefix, packed, flat):
    outs = make_outs(matrix=matrix, positions=positions)
    if packed:
        pack(outs)
    if prefix:
        rename(outs, prefix)
    if flat:
        flatten(outs)
    (outs / "._tissue_positions_list.csv").write_bytes(b"\x00\x05\x16\x07")  # what macOS leaves in archives
    before = snapshot(outs)
    check(read(outs))
    assert snapshot(outs) == before


@pytest.mark.parametrize(
    "place",
    [
        "",
        "..",
        "../..",
        "spatial",
        "filtered_feature_bc_matrix.h5",
        "spatial/tissue_positions.csv",
        "spatial/scalefactors_json.json",
        "spatial/tissue_hires_image.png",
    ],
)
def test_any_part_leads_to_the_slice(make_outs, place):
    check(read(make_outs() / place))


@pytest.mark.parametrize("place", ["", "..", "spatial", "filtered_feature_bc_matrix"])
def test_any_part_of_an_mtx_slice_leads_to_it(make_outs, place):
    check(read(make_outs(matrix="mtx") / place))


def test_the_file_of_a_matrix_leads_to_the_slice(make_outs):
    check(read_visium(make_outs(matrix="mtx") / "filtered_feature_bc_matrix" / "matrix.mtx.gz"))


def test_a_folder_that_is_no_part_does_not_lead_to_its_neighbours(make_outs):
    analysis = make_outs() / "analysis"
    analysis.mkdir()
    with pytest.raises(SemSTError, match=r"analysis is nothing that can be read"):
        read(analysis)


@pytest.mark.parametrize(
    "name",
    [
        "filtered_feature_bc_matrix",
        "filtered_gene_bc_matrices",
        "S1_filtered_feature_bc_matrix",
        "raw_feature_bc_matrix",
    ],
)
@pytest.mark.parametrize("genome", ["", "GRCh38"])
def test_folders_of_a_matrix_of_every_age(make_outs, name, genome):
    outs = make_outs(matrix="mtx")
    inside = outs / name
    (outs / "filtered_feature_bc_matrix").rename(outs / "x")
    if genome:
        inside.mkdir()
    (outs / "x").rename(inside / genome)
    check(read(outs))
    if genome:
        check(read(inside / genome))


def test_filtered_before_raw_and_raw_where_there_is_nothing_else(make_outs):
    outs = make_outs()
    (outs / "raw_feature_bc_matrix.h5").write_bytes(b"torn")
    check(read(outs))
    (outs / "raw_feature_bc_matrix.h5").unlink()
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / "raw_feature_bc_matrix.h5")
    check(read(outs))


@pytest.mark.parametrize("name", ["GSM1_S1.h5", "counts.h5", "sample_filtered_feature_bc_matrix_v2.h5"])
def test_counts_under_another_name(make_outs, name):
    outs = make_outs()
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / name)
    (outs / "molecule_info.h5").write_bytes(b"")
    check(read(outs))


def test_barcodes_without_the_number(make_outs):
    outs = make_outs(positions="no header")
    file = outs / "spatial" / "tissue_positions_list.csv"
    whole = file.read_text()
    file.write_text(whole.replace("-1,", ","))
    check(read(outs))
    file.write_text(whole.replace("-1,", "-2,"))  # of another slice
    with pytest.raises(SemSTError, match=r"5 of 5 barcodes in .* have no position"):
        read(outs)


def two_slices(make_outs, tmp_path):
    one = make_outs()
    flat = tmp_path / "both"
    for prefix in ("GSM1_A_", "GSM2_B_"):
        shutil.copytree(one, tmp_path / prefix)
        rename(tmp_path / prefix, prefix)
        shutil.copytree(tmp_path / prefix, flat, dirs_exist_ok=True)
    flatten(flat)
    return flat


def test_several_slices_in_a_folder_are_told_apart_by_the_name_of_the_counts(make_outs, tmp_path):
    both = two_slices(make_outs, tmp_path)
    other = both / "GSM2_B_tissue_positions.csv"
    other.write_text(other.read_text().replace("9791", "1234"))
    (both / "GSM2_B_tissue_hires_image.png").unlink()
    with pytest.raises(
        SemSTError, match=r"holds the counts of 2 slices: GSM1_A, GSM2_B\. Read one.*e\.g\. .*h5\.$"
    ):
        read(both)
    check(read(both / "GSM1_A_filtered_feature_bc_matrix.h5"))
    second = read(both / "GSM2_B_filtered_feature_bc_matrix.h5")
    assert second.obsm["spatial"][0].tolist() == [1234, 8468]
    assert list(next(iter(second.uns["spatial"].values()))["images"]) == ["lowres"]  # none of the other slice
    check(read_visium(both, count_file="GSM1_A_filtered_feature_bc_matrix.h5"))


def test_positions_of_several_slices_need_their_name(make_outs, tmp_path):
    both = two_slices(make_outs, tmp_path)
    for prefix in ("GSM1_A_", "GSM2_B_"):
        (both / f"{prefix}filtered_feature_bc_matrix.h5").rename(both / "filtered_feature_bc_matrix.h5")
    with pytest.raises(
        SemSTError, match=r"positions of several slices \(GSM1_A_tissue.*Put the files of each"
    ):
        read(both)


def test_positions_named_otherwise_are_reported(make_outs, log):
    outs = make_outs()
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / "mine_filtered_feature_bc_matrix.h5")
    (outs / "spatial" / "tissue_positions.csv").rename(outs / "spatial" / "yours_tissue_positions.csv")
    check(read(outs))
    assert "yours_tissue_positions.csv is named otherwise than" in log.text


def test_a_packed_folder_beside_the_counts_is_named(make_outs):
    outs = make_outs(positions="none", images=False)
    (outs / "GSM1_spatial.tar.gz").touch()
    with pytest.raises(SemSTError, match=r"No positions.*tar -xf .*GSM1_spatial\.tar\.gz -C .*outs"):
        read(outs)


@pytest.mark.parametrize(
    "part", ["tissue_hires_image.png", "tissue_lowres_image.png", "scalefactors_json.json"]
)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        POINTER,
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"<html>404</html>",
        b"\xff" * 50,
        b"[1, 2",
        b"[" * 100_000,
        b'{"tissue_hires_scalef": "big"}',
    ],
    ids=["empty", "pointer", "png", "html", "bytes", "json", "deep", "text"],
)
def test_damaged_optional_parts_are_left_out_and_named(make_outs, part, content, log):
    outs = make_outs()
    (outs / "spatial" / part).write_bytes(content)
    adata = read(outs)
    np.testing.assert_array_equal(adata.obsm["spatial"], XY[KEPT])
    (entry,) = adata.uns["spatial"].values()
    left = {"tissue_hires_image.png": ["lowres"], "tissue_lowres_image.png": ["hires"]}.get(part, [])
    assert list(entry["images"]) == left
    warnings = [r.getMessage() for r in log.records if r.levelname == "WARNING"]
    assert len(warnings) == 1 and part in warnings[0] and "left out" in warnings[0]


@pytest.mark.parametrize("cut", [30, 200])
def test_a_torn_image_is_left_out(make_outs, cut, log):
    file = make_outs() / "spatial" / "tissue_hires_image.png"
    file.write_bytes(file.read_bytes()[:cut])
    (entry,) = read(file.parent).uns["spatial"].values()
    assert list(entry["images"]) == ["lowres"]
    assert "tissue_hires_image.png cannot be read" in log.text


def test_factors_that_are_no_numbers_are_named(make_outs, log):
    file = make_outs() / "spatial" / "scalefactors_json.json"
    file.write_text(
        json.dumps({"tissue_hires_scalef": 0.1, "spot_diameter_fullres": None, "x": float("nan")})
    )
    (entry,) = read(file.parent).uns["spatial"].values()
    assert entry["scalefactors"] == {"tissue_hires_scalef": 0.1}
    assert "no positive numbers: spot_diameter_fullres, x" in log.text


@pytest.mark.parametrize("ending", ["jpg", "jpeg", "tif", "tiff"])
def test_images_of_other_kinds(make_outs, ending):
    from PIL import Image

    spatial = make_outs() / "spatial"
    Image.new("RGB", (8, 5)).save(spatial / f"tissue_hires_image.{ending}")
    (spatial / "tissue_hires_image.png").unlink()
    assert next(iter(read(spatial).uns["spatial"].values()))["images"]["hires"].shape == (5, 8, 3)


@pytest.mark.parametrize("part", ["filtered_feature_bc_matrix.h5", "spatial/tissue_positions.csv"])
@pytest.mark.parametrize("content", [b"", POINTER, b"\xff" * 50, b"<html>404</html>"], ids=str)
def test_damaged_necessary_parts_are_an_error_in_a_line(make_outs, part, content):
    outs = make_outs()
    (outs / part).write_bytes(content)
    with pytest.raises(SemSTError, match=part) as caught:
        read(outs)
    assert "\n" not in str(caught.value)


BINS = ["square_002um", "square_008um", "square_016um"]


def hd(make_outs, tmp_path, bins):
    one = make_outs(positions="parquet")
    outs = tmp_path / "hd" / "outs"
    for name in bins:
        shutil.copytree(one, outs / "binned_outputs" / name)
    (outs / "spatial").mkdir()
    (outs / "feature_slice.h5").touch()
    return outs


@pytest.mark.parametrize("name", BINS)
@pytest.mark.parametrize("place", ["", "spatial", "filtered_feature_bc_matrix.h5"])
def test_a_bin_size_of_visium_hd(make_outs, tmp_path, name, place):
    check(read(hd(make_outs, tmp_path, BINS) / "binned_outputs" / name / place))


@pytest.mark.parametrize("place", ["..", "", "binned_outputs"])
def test_several_bin_sizes_name_the_next_command(make_outs, tmp_path, place):
    outs = hd(make_outs, tmp_path, BINS)
    with pytest.raises(
        SemSTError, match=r"Visium HD\. Choose.*e\.g\. .*square_008um\. There are: square_002um, "
    ):
        read(outs / place)


def test_a_single_bin_size_is_read(make_outs, tmp_path):
    check(read(hd(make_outs, tmp_path, BINS[2:])))


def segmented(make_outs, tmp_path):
    from h5py import File

    one = make_outs(positions="none")
    outs = tmp_path / "hd" / "outs"
    shutil.copytree(one, outs / "segmented_outputs")
    cells = outs / "segmented_outputs"
    (cells / "filtered_feature_bc_matrix.h5").rename(cells / "filtered_feature_cell_matrix.h5")
    with File(cells / "filtered_feature_cell_matrix.h5", "a") as h5:
        del h5["matrix/barcodes"]
        h5["matrix/barcodes"] = np.array([f"cellid_{i:09d}-1" for i in range(1, 6)], dtype="S")
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[x - 1, y - 1], [x + 1, y - 1], [x + 1, y + 1], [x - 1, y + 1], [x - 1, y - 1]]
                ],
            },
            "properties": {"cell_id": i},
        }
        for i, (x, y) in enumerate(XY.tolist(), start=1)
    ]
    for name in ("cell_segmentations.geojson", "graphclust_annotated_cell_segmentations.geojson"):
        (cells / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return outs


@pytest.mark.parametrize(
    "place", ["segmented_outputs", "", "segmented_outputs/filtered_feature_cell_matrix.h5"]
)
def test_cells_of_visium_hd(make_outs, tmp_path, place):
    adata = read(segmented(make_outs, tmp_path) / place)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    np.testing.assert_allclose(adata.obsm["spatial"], XY)
    assert adata.obs["in_tissue"].tolist() == [1] * 5


def test_bins_and_cells_are_offered(make_outs, tmp_path):
    outs = segmented(make_outs, tmp_path)
    shutil.copytree(outs / "segmented_outputs", outs / "binned_outputs" / "square_008um")
    with pytest.raises(SemSTError, match=r"There are: square_008um, segmented_outputs\."):
        read(outs)

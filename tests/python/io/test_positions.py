"""Positions of spots as Space Ranger, R, pandas, Excel and GEO write them."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semst import SemSTError
from semst.io._positions import read_positions

BARCODES = [f"{stem}-1" for stem in ("AAACAAGT", "AAACAATC", "AAACACCA", "AAACAGAG", "AAACAGCT")]
COLUMNS = ["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"]
SPOTS = pd.Index(BARCODES)
N = len(BARCODES)
TABLE = pd.DataFrame(
    {
        "barcode": BARCODES,
        "in_tissue": [1, 1, 0, 1, 1],
        "array_row": [50, 3, 59, 14, 43],
        "array_col": [102, 43, 19, 94, 9],
        "pxl_row_in_fullres": [8468, 2807, 9505, 4151, 7583],
        "pxl_col_in_fullres": [9791, 5769, 4068, 9271, 3393],
    }
)


def same(found: pd.DataFrame) -> None:
    assert sorted(found.index) == sorted(BARCODES)
    wanted = TABLE.set_index("barcode").loc[found.index]
    for column in COLUMNS[1:]:
        np.testing.assert_array_equal(found[column], wanted[column], err_msg=column)


def quoted_as_r(table: pd.DataFrame, sep: str = ",", *, names: bool = True) -> str:
    return table.to_csv(index=names, sep=sep, quoting=2)


plain = TABLE.to_csv(index=False)
bare = TABLE.to_csv(index=False, header=False)
VARIANTS = {
    "header": plain,
    "no header": bare,
    "quoted": quoted_as_r(TABLE, names=False),
    "write.csv with row names": quoted_as_r(TABLE),
    "write.csv of a table without header": quoted_as_r(
        TABLE.set_axis([f"V{i}" for i in range(1, 7)], axis=1)
    ),
    "write.table": quoted_as_r(TABLE, " ").split(" ", 1)[1],
    "write.table, barcodes as row names": quoted_as_r(TABLE.set_index("barcode"), "\t").split("\t", 1)[1],
    "index of pandas": TABLE.to_csv(),
    "index of pandas, no header": TABLE.to_csv(header=False),
    "numbers as header": TABLE.set_axis(range(6), axis=1).to_csv(index=False),
    "numbers as header, index": TABLE.set_axis(range(6), axis=1).to_csv(),
    "barcodes as index without a name": TABLE.set_index("barcode").rename_axis(None).to_csv(),
    "Barcode": plain.replace("barcode", "Barcode"),
    "BARCODES": plain.replace("barcode", "BARCODES"),
    "spot_id": plain.replace("barcode", "spot_id"),
    "a name nobody knows": plain.replace("barcode", "spaceranger"),
    "upper case": plain.replace(plain.splitlines()[0], plain.splitlines()[0].upper()),
    "Seurat": TABLE.set_axis(["", "tissue", "row", "col", "imagerow", "imagecol"], axis=1).to_csv(
        index=False
    ),
    "other order": TABLE[COLUMNS[::-1]].to_csv(index=False),
    "more columns": TABLE.assign(sample="A", n=3).to_csv(index=False),
    "more columns in front": TABLE.assign(sample="A")[["sample", *COLUMNS[1:], "barcode"]].to_csv(
        index=False
    ),
    "tabs": TABLE.to_csv(index=False, sep="\t"),
    "tabs, no header": TABLE.to_csv(index=False, header=False, sep="\t"),
    "bars": TABLE.to_csv(index=False, sep="|"),
    "a comment": "# of slice A\n" + plain,
    "semicolons": TABLE.to_csv(index=False, sep=";"),
    "decimal commas": TABLE.astype({"pxl_row_in_fullres": float}).to_csv(index=False, sep=";", decimal=","),
    "blanks": TABLE.to_csv(index=False, header=False, sep=" "),
    "Windows": plain.replace("\n", "\r\n"),
    "old Macintosh": plain.replace("\n", "\r"),
    "blanks after commas": plain.replace(",", ", "),
    "empty lines": "\n" + plain.replace("\n", "\n\n"),
    "no line end": plain.rstrip("\n"),
    "TRUE and FALSE": TABLE.assign(in_tissue=np.where(TABLE["in_tissue"], "TRUE", "FALSE")).to_csv(
        index=False
    ),
    "in_tissue 1.0": TABLE.astype({"in_tissue": float}).to_csv(index=False),
    "byte order mark": "\ufeff" + plain,
    "byte order mark, no header": "\ufeff" + bare,
    "byte order mark, quoted": "\ufeff" + quoted_as_r(TABLE, names=False),
}


@pytest.mark.parametrize("kind", VARIANTS)
@pytest.mark.parametrize("packed", [False, True])
def test_what_other_programs_wrote_is_read(kind, packed, tmp_path):
    file = tmp_path / ("tissue_positions_list.csv" + ".gz" * packed)
    content = VARIANTS[kind].encode()
    file.write_bytes(gzip.compress(content) if packed else content)
    before = file.read_bytes()
    same(read_positions(file, SPOTS))
    assert file.read_bytes() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", [".csv", ".txt", ".tsv"])
def test_encodings_and_endings(encoding, ending, tmp_path):
    file = tmp_path / f"tissue_positions{ending}"
    file.write_bytes(plain.encode(encoding))
    same(read_positions(file, SPOTS))


@given(st.permutations(COLUMNS), st.sampled_from(",\t;"), st.booleans(), st.booleans())
def test_any_order_separator_and_quotes_under_a_header(tmp_path_factory, order, separator, quotes, index):
    file = tmp_path_factory.mktemp("p") / "tissue_positions.csv"
    TABLE[order].to_csv(file, sep=separator, quoting=2 if quotes else 0, index=index)
    same(read_positions(file, SPOTS))


@pytest.mark.parametrize("index", [False, True, "barcode"])
def test_parquet_with_every_index(index, tmp_path):
    table = TABLE.set_index("barcode") if index == "barcode" else TABLE
    table.to_parquet(tmp_path / "tissue_positions.parquet", index=bool(index))
    same(read_positions(tmp_path / "tissue_positions.parquet", SPOTS))


def test_only_what_is_needed(tmp_path, log):
    file = tmp_path / "tissue_positions.csv"
    TABLE[["barcode", "pxl_row_in_fullres", "pxl_col_in_fullres"]].to_csv(file, index=False)
    found = read_positions(file, SPOTS)
    assert found["in_tissue"].tolist() == [1] * N
    assert "array_row" not in found
    assert "tissue_positions.csv has no column in_tissue: all its spots are taken" in log.text


def test_fractions_of_pixels_stay(tmp_path):
    file = tmp_path / "tissue_positions.csv"
    TABLE.assign(pxl_row_in_fullres=np.arange(N) + 0.25).to_csv(file, index=False)
    assert read_positions(file, SPOTS)["pxl_row_in_fullres"].tolist() == [0.25, 1.25, 2.25, 3.25, 4.25]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"tissue_positions\.csv is empty\. Copy it again\."),
        (b" \n\n", r"holds no text"),
        (b"\xef\xbb\xbf", r"holds no text"),
        (plain.splitlines()[0].encode(), r"holds no spot"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            r"pointer of Git LFS.*git lfs pull",
        ),
        (plain.replace("AAACAAGT-1", "AAAC\xe9").encode("latin-1"), r"is no text in UTF-8.*Save it again"),
        ((plain + plain.splitlines()[1]).encode(), r"1 barcodes more than once \(e\.g\. AAACAAGT-1\)"),
        (b"a,b,c\n1,2,3\n", r"has the columns 0, 1, 2|has the columns a, b, c"),
        (b"# only a comment\n", r"holds no spot"),
        (plain.replace("8468", '"8,468"').encode(), r'"8,468" in 1 of 5 rows'),
        (b"<html><body>404: Not Found</body></html>", r"holds no spot"),
        (plain.replace("8468", "left").encode(), r'"left" in 1 of 5 rows'),
        (
            plain.replace("-1,1,", "-1,inside,").encode(),
            r'holds "inside" in the column in_tissue\. Accepted: 1',
        ),
        (
            plain.replace("barcode,in_tissue,", "barcode,").replace("array_row,", "").encode(),
            r"names of columns",
        ),
        (gzip.compress(plain.encode(), mtime=0)[:60], r"cannot be read \(.*\)\. Copy it again"),
        (
            gzip.compress(plain.encode(), mtime=0)[:40] + b"\xff" * 30,
            r"cannot be read \(.*\)\. Copy it again",
        ),
        (gzip.compress(b"", mtime=0), r"is empty once it is unpacked"),
        (b"\x00\xff\x00\xfe" * 20, r"tissue_positions\.csv"),
    ],
)
def test_what_cannot_be_read_says_so_in_a_line(content, message, tmp_path):
    file = tmp_path / "tissue_positions.csv"
    file.write_bytes(content)
    with pytest.raises(SemSTError, match=message) as caught:
        read_positions(file, SPOTS)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_another_error(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("p") / "tissue_positions.csv"
    file.write_bytes(content)
    try:
        read_positions(file, SPOTS)
    except SemSTError:
        pass


@given(st.integers(0, len(plain)), st.text(max_size=4))
def test_a_damaged_table_is_read_or_refused(tmp_path_factory, where, text):
    file = tmp_path_factory.mktemp("p") / "tissue_positions.csv"
    file.write_text(plain[:where] + text + plain[where + 2 :], encoding="utf-8", errors="ignore")
    try:
        assert set(COLUMNS[4:]) <= set(read_positions(file, SPOTS))
    except SemSTError as error:
        assert str(file) in str(error)


@pytest.mark.parametrize("content", [b"", b"PAR1xx", b"PAR1" + b"\x00" * 40 + b"PAR1", plain.encode()])
def test_torn_parquet(content, tmp_path):
    (tmp_path / "tissue_positions.parquet").write_bytes(content)
    with pytest.raises(SemSTError, match=r"tissue_positions\.parquet (is empty|cannot be read as parquet)"):
        read_positions(tmp_path / "tissue_positions.parquet", SPOTS)


def outlines(**changes) -> dict:
    square = [[10, 20], [14, 20], [14, 24], [10, 24], [10, 20]]
    triangle = [[1000, 0], [1003, 0], [1000, 3], [1000, 0]]
    shapes = [
        {"type": "Polygon", "coordinates": [square]},
        {"type": "MultiPolygon", "coordinates": [[triangle]]},
    ]
    cells = [
        {"type": "Feature", "geometry": g, "properties": {"cell_id": i}}
        for i, g in enumerate(shapes, start=3)
    ]
    return {"type": "FeatureCollection", "features": cells, **changes}


def test_centroids_of_cells(tmp_path):
    file = tmp_path / "cell_segmentations.geojson"
    file.write_text(json.dumps(outlines()))
    found = read_positions(file, SPOTS)
    assert found.index.tolist() == ["cellid_000000003-1", "cellid_000000004-1"]
    np.testing.assert_allclose(found["pxl_col_in_fullres"], [12, 1001])
    np.testing.assert_allclose(found["pxl_row_in_fullres"], [22, 1])


@pytest.mark.parametrize("kind", ["torn", "no features", "none", "no geometry", "no number"])
def test_torn_outlines(kind, tmp_path):
    text = json.dumps(outlines())
    content = {
        "torn": text[:100],
        "no features": "[1, 2]",
        "none": json.dumps(outlines(features=[])),
        "no geometry": text.replace('"geometry"', '"shape"'),
        "no number": text.replace("1003", '"x"'),
    }[kind]
    (tmp_path / "cell_segmentations.geojson").write_text(content)
    with pytest.raises(
        SemSTError, match=r"cell_segmentations\.geojson (cannot be read as outlines|holds no)"
    ):
        read_positions(tmp_path / "cell_segmentations.geojson", SPOTS)

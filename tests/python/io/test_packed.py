"""Endings in capitals, packed files, archives and folders around a slice."""

import gzip
import io
import shutil
import tarfile
import zipfile

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from semst import SemSTError
from semst.io import _packed, read

XY = np.array([[0.0, 0], [1, 0], [0, 1]])


@pytest.fixture
def adata():
    return ad.AnnData(sparse.csr_matrix(np.arange(6.0).reshape(3, 2)), obsm={"spatial": XY})


@pytest.fixture
def file(adata, tmp_path):
    adata.write_h5ad(tmp_path / "slice.h5ad")
    return tmp_path / "slice.h5ad"


def check(found):
    np.testing.assert_array_equal(found.X.toarray(), np.arange(6).reshape(3, 2))
    np.testing.assert_array_equal(found.obsm["spatial"], XY)


def tar(target, *members, mode="w:gz"):
    with tarfile.open(target, mode) as out:
        for place, name in members:
            out.add(place, name)
    return target


def zipped(target, folder, inside=""):
    places = sorted(folder.rglob("*"))
    with zipfile.ZipFile(target, "w") as out:
        for place in places:
            if place.is_file():
                out.write(place, inside + str(place.relative_to(folder)))
    return target


@pytest.mark.parametrize("name", ["slice.H5AD", "slice.h5ad.gz", "SLICE.H5AD.GZ", "slice.h5", "slice.H5"])
def test_endings_of_h5ad(file, name):
    other = file.with_name(name)
    content = file.read_bytes()
    other.write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    before = other.read_bytes()
    check(read(other))
    assert other.read_bytes() == before
    assert sorted(p.name for p in file.parent.iterdir()) == sorted({"slice.h5ad", name})


def test_a_file_that_is_not_packed_whatever_it_is_called(file):
    check(read(file.rename(file.with_name("slice.h5ad.gz"))))


def test_stores_in_capitals(adata, tmp_path):
    adata.write_zarr(tmp_path / "slice.ZARR")
    check(read(tmp_path / "slice.ZARR"))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", ["slice.zarr.zip", "slice.zip", "SLICE.ZARR.ZIP", "slice.zarr"])
@pytest.mark.parametrize("inside", ["", "slice.zarr/", "deep/slice.zarr/"])
def test_stores_as_zip(adata, tmp_path, zarr_format, name, inside):
    with ad.settings.override(zarr_write_format=zarr_format):
        adata.write_zarr(tmp_path / "x.zarr")
    check(read(zipped(tmp_path / name, tmp_path / "x.zarr", inside)))


def test_a_zip_that_zarr_wrote(adata, tmp_path):
    import zarr

    with zarr.storage.ZipStore(tmp_path / "slice.zarr.zip", mode="w") as store:
        ad.io.write_elem(zarr.open_group(store, mode="w"), "/", adata)
    check(read(tmp_path / "slice.zarr.zip"))


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".TAR.GZ"])
@pytest.mark.parametrize("inside", ["slice.h5ad", "GSE1/slice.h5ad", "./slice.h5ad"])
def test_archives_with_a_file(file, ending, inside):
    mode = {"gz": "w:gz", "bz2": "w:bz2", ".xz": "w:xz", "tgz": "w:gz", ".GZ": "w:gz"}.get(ending[-3:], "w")
    archive = tar(file.with_name("GSE1" + ending), (file, inside), mode=mode)
    before = archive.read_bytes()
    check(read(archive))
    assert archive.read_bytes() == before


@pytest.mark.parametrize("prefix", ["", "GSM1_"])
@pytest.mark.parametrize("inside", ["outs", "sample/outs", ""])
def test_a_visium_slice_in_an_archive(make_outs, tmp_path, prefix, inside):
    outs = make_outs()
    for one in [p for p in outs.rglob("*") if p.is_file()]:
        one.rename(one.with_name(prefix + one.name))
    found = read(tar(tmp_path / "GSM1.tar.gz", (outs, inside or ".")))
    assert found.shape == (4, 4)
    assert found.obsm["spatial"][0].tolist() == [9791, 8468]


def test_an_archive_of_geo_with_an_archive_in_it(make_outs, tmp_path, log):
    outs = make_outs()
    tar(outs / "GSM1_spatial.tar.gz", (outs / "spatial", "spatial"))
    (outs / "filtered_feature_bc_matrix.h5").rename(outs / "GSM1_filtered_feature_bc_matrix.h5")
    shutil.rmtree(outs / "spatial")
    found = read(tar(tmp_path / "GSE1_RAW.tar", *((p, p.name) for p in outs.iterdir()), mode="w"))
    assert found.shape == (4, 4)
    assert next(iter(found.uns["spatial"].values()))["images"]


def hostile(target, name, *, link=None):
    with tarfile.open(target, "w:gz") as out:
        member = tarfile.TarInfo(name)
        if link is not None:
            member.type, member.linkname = tarfile.SYMTYPE, link
            out.addfile(member)
        else:
            member.size = 4
            out.addfile(member, io.BytesIO(b"evil"))
    return target


@pytest.mark.parametrize(
    "name", ["../evil.h5ad", "/tmp/semst-evil.h5ad", "a/../../evil.h5ad", "..\\evil.h5ad", "C:\\e.h5ad"]
)
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_names_that_lead_out_are_refused(tmp_path, name, kind):
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    archive = place / f"x.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr(name, "evil")
    else:
        hostile(archive, name)
    with pytest.raises(SemSTError, match=r"holds a file whose name leads out of it .*nothing of it is read"):
        read(archive)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [archive]


def test_links_in_archives_stay_there(tmp_path, file):
    archive = hostile(tmp_path / "x.tar.gz", "slice.h5ad", link=str(file))
    with pytest.raises(SemSTError, match=r"nothing that can be read\. It holds: nothing"):
        read(archive)


@pytest.mark.parametrize("kind", ["h5ad.gz", "zip", "tar.gz"])
def test_bombs_are_not_unpacked(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(_packed, "_LEAST_BYTES", 1 << 20)
    bomb = tmp_path / f"x.{kind}"
    zeros = bytes(50 << 20)
    if kind == "zip":
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("slice.h5ad", zeros)
    elif kind == "tar.gz":
        (tmp_path / "zeros").write_bytes(zeros)
        tar(bomb, (tmp_path / "zeros", "slice.h5ad"))
    else:
        bomb.write_bytes(gzip.compress(zeros))
    with pytest.raises(SemSTError, match=r"x\.\S+ unpacks to more than \d+ MiB, which is too much"):
        read(bomb)


@pytest.mark.parametrize("kind", ["h5ad.gz", "zip", "tar.gz", "zarr.zip", "tar"])
@pytest.mark.parametrize("damage", ["empty", "torn", "text", "pointer"])
def test_damaged_archives_are_an_error_in_a_line(file, kind, damage):
    archive = file.with_name(f"x.{kind}")
    if kind.endswith("zip"):
        with zipfile.ZipFile(archive, "w") as out:
            out.write(file, "slice.h5ad")
    elif "tar" in kind:
        tar(archive, (file, "slice.h5ad"), mode="w:gz" if kind.endswith("gz") else "w")
    else:
        archive.write_bytes(gzip.compress(file.read_bytes()))
    whole = archive.read_bytes()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    archive.write_bytes({"empty": b"", "torn": whole[:700], "text": b"Not Found", "pointer": pointer}[damage])
    with pytest.raises(SemSTError, match=r"x\.") as caught:
        read(archive)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", ["", "a", "a/b"])
@pytest.mark.parametrize("kind", ["h5ad", "zarr", "outs", "tar.gz", "h5ad.gz"])
def test_a_folder_that_holds_one_readable_thing(adata, file, make_outs, depth, kind, log):
    folder = file.parent / "given"
    inside = folder / depth
    inside.mkdir(parents=True)
    (folder / "README.txt").write_text("notes")
    (folder / ".DS_Store").touch()
    if kind == "zarr":
        adata.write_zarr(inside / "x.zarr")
    elif kind == "outs":
        shutil.copytree(make_outs(), inside / "outs")
    elif kind == "tar.gz":
        tar(inside / "x.tar.gz", (file, "slice.h5ad"))
    else:
        content = file.read_bytes()
        (inside / f"x.{kind}").write_bytes(gzip.compress(content) if kind.endswith("gz") else content)
    found = read(folder)
    assert found.shape == ((4, 4) if kind == "outs" else (3, 2))


def test_several_readable_things_name_the_next_command(file):
    shutil.copy(file, file.with_name("other.h5ad"))
    with pytest.raises(
        SemSTError,
        match=r"holds 2 things .*: other\.h5ad, slice\.h5ad\. Give one of them, e\.g\. .*other\.h5ad",
    ):
        read(file.parent)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (
            "a.loom",
            r'pip install loompy && python -c .*read_loom\("\S*a\.loom"\)\.write_h5ad\("\S*a\.h5ad"\)',
        ),
        ("a.LOOM", r"read_loom"),
        ("a.h5seurat", r'Rscript -e .*LoadH5Seurat\("\S*a\.h5seurat"\), "\S*a\.rds"\)'),
        ("a.h5mu", r"mudata"),
        ("a.RData", r"Rscript -e .*a\.RData"),
        ("a.rda", r"Rscript -e .*a\.rda"),
        ("a.qs", r"qread"),
        ("a.gem.gz", r"stereopy"),
        ("a.gef", r"stereopy"),
        ("counts.csv", r"read_csv\(.*Rows must be spots, columns genes; coordinates go into obsm"),
        ("counts.csv.gz", r"read_csv\("),
        ("counts.tsv", r"read_text\("),
        ("counts.xlsx", r"read_excel\("),
        ("a.7z", r"7z x"),
        ("a.h5ad.bz2", r"bunzip2 --keep \S*a\.h5ad\.bz2"),
        ("a.h5ad.xz", r"unxz --keep"),
        ("a.h5ad.zst", r"unzstd"),
    ],
)
def test_other_kinds_name_the_next_command(name, command, tmp_path):
    (tmp_path / name).write_text("x")
    with pytest.raises(SemSTError, match=command) as caught:
        read(tmp_path / name)
    assert "type next: " in str(caught.value)
    assert "has the unknown ending" in str(caught.value)


def lose(store, place):
    folder = store / place
    for piece in [
        p for p in folder.rglob("*") if p.is_file() and p.name not in (".zarray", ".zattrs", "zarr.json")
    ]:
        piece.unlink()


@pytest.fixture(params=[2, 3])
def store(request, tmp_path):
    obs = pd.DataFrame({"domain": pd.Categorical(list("abc")), "n": [1.0, 2, 3]}, index=["s1", "s2", "s3"])
    whole = ad.AnnData(
        sparse.csr_matrix([[1.0, 2, 0], [0, 3, 4], [5, 0, 6]]),
        obs=obs,
        obsm={"spatial": XY + 1},
        layers={"dense": np.ones((3, 3))},
    )
    with ad.settings.override(zarr_write_format=request.param):
        whole.write_zarr(tmp_path / "x.zarr")
    return tmp_path / "x.zarr"


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_counts_that_are_lost_from_a_store_are_an_error(store, part):
    lose(store, f"X/{part}")
    with pytest.raises(SemSTError, match=rf"x\.zarr: X is incomplete: values of {part} are lost\. Copy"):
        read(store)


@pytest.mark.parametrize("table", ["obs", "var"])
def test_names_that_are_lost_are_an_error(store, table):
    lose(store, f"{table}/_index")
    with pytest.raises(SemSTError, match=rf"x\.zarr(: names in {table} are lost| cannot be read)"):
        read(store)


@pytest.mark.parametrize("part", ["obsm/spatial", "obs/domain/codes", "layers/dense"])
def test_what_may_be_lost_is_reported(store, part, log):
    lose(store, part)
    read(store)
    assert f"holds no values for some or all of {part.removesuffix('/codes')}: read as zeros" in log.text


def test_zeros_that_zarr_leaves_out_are_no_loss(tmp_path, log):
    obs = pd.DataFrame(
        {"one": pd.Categorical(["a"] * 3), "no": [False] * 3, "zero": [0.0] * 3}, index=list("abc")
    )
    whole = ad.AnnData(sparse.csr_matrix([[1.0], [2], [0]]), obs=obs, obsm={"spatial": XY})
    for number, one in enumerate((whole, ad.AnnData(sparse.csr_matrix((3, 2))), ad.AnnData(np.ones((1, 1))))):
        one.write_zarr(tmp_path / f"{number}.zarr")
        assert read(tmp_path / f"{number}.zarr").shape == one.shape
    assert log.text == ""


def test_a_piece_of_a_larger_store(tmp_path):
    dense = np.random.default_rng(0).poisson(0.5, (500, 400)).astype("f4")
    counts = sparse.csr_matrix(dense)
    ad.AnnData(counts).write_zarr(tmp_path / "x.zarr", chunks=(100, 100))
    assert (read(tmp_path / "x.zarr").X != counts).nnz == 0
    pieces = [
        p for p in (tmp_path / "x.zarr/X").rglob("*") if p.is_file() and not p.name.startswith((".z", "zarr"))
    ]
    assert len(pieces) >= 3
    for piece in pieces:
        content = piece.read_bytes()
        piece.unlink()
        with pytest.raises(SemSTError, match=r"X is incomplete"):
            read(tmp_path / "x.zarr")
        piece.write_bytes(content)

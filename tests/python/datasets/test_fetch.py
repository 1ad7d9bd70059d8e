"""Public slices: assembled from served stand-ins, checked, and explained when out of reach."""

import functools
import gzip
import hashlib
import http.server
import io
import json
import socket
import tarfile
import threading
from dataclasses import replace

import anndata as ad
import h5py
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from semst import MissingKeyError, SemSTError
from semst.datasets import _fetch, available, fetch
from semst.datasets._download import download
from semst.datasets._sources import SOURCES, RemoteFile

BARCODES = ["AAAC-1", "AAAG-1", "AAAT-1"]
COUNTS = np.array([[3, 0], [0, 2], [1, 5]])


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def served(tmp_path):
    """A folder and the address it is served at, on this machine."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def nowhere():
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def log(caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    return caplog


def at(source, base):
    """The same slice with its files under another address, numbered in order."""
    files = {path: RemoteFile(f"{base}/{i}") for i, path in enumerate(source.files)}
    return replace(source, files=files)


def publish(monkeypatch, name, folder, base, contents):
    source = at(SOURCES[name], base)
    for path, remote in source.files.items():
        (folder / remote.url.rpartition("/")[2]).write_bytes(contents[path])
    monkeypatch.setitem(SOURCES, name, source)


def h5_counts() -> bytes:
    matrix = sparse.csc_matrix(COUNTS.T)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as h5:
        group = h5.create_group("matrix")
        group["barcodes"] = np.array(BARCODES, dtype="S")
        for key in ("data", "indices", "indptr"):
            group[key] = getattr(matrix, key).astype("int64")
        group["shape"] = np.array(matrix.shape)
        for key, values in {
            "id": ["ENSG1", "ENSG2"],
            "name": ["MBP", "PCP4"],
            "feature_type": ["Gene Expression"] * 2,
            "genome": ["GRCh38"] * 2,
        }.items():
            group[f"features/{key}"] = np.array(values, dtype="S")
    return buffer.getvalue()


POSITIONS = b"AAAC-1,1,0,0,10,20\nAAAG-1,1,0,2,10,40\nAAAT-1,1,1,1,30,30\n"
SCALE = json.dumps({"tissue_hires_scalef": 0.1, "spot_diameter_fullres": 9.0}).encode()


def png() -> bytes:
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.zeros((4, 4, 3)), format="png")
    return buffer.getvalue()


def dlpfc() -> dict[str, bytes]:
    return {
        "filtered_feature_bc_matrix.h5": h5_counts(),
        "spatial/tissue_positions_list.csv": POSITIONS,
        "spatial/scalefactors_json.json": SCALE,
        "spatial/tissue_hires_image.png": png(),
        "spatial/tissue_lowres_image.png": png(),
        "annotation.tsv": b"AAAC-1\t151673\tL1\nAAAC-1\t151507\tWM\nAAAT-1\t151673\tL6\n",
    }


def spatial_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in (("tissue_positions_list.csv", POSITIONS), ("scalefactors_json.json", SCALE)):
            info = tarfile.TarInfo(f"spatial/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def h5ad(tmp_path, adata) -> bytes:
    adata.write_h5ad(tmp_path / "part.h5ad")
    return (tmp_path / "part.h5ad").read_bytes()


# --- the list


def test_the_list_names_the_slices_of_the_paper():
    table = available()
    assert sum(table.index.str.startswith("dlpfc_")) == 12
    assert {"breast_cancer", "mouse_brain_anterior", "mouse_embryo", "mouse_visual_cortex"} <= set(
        table.index
    )
    assert table.loc["dlpfc_151671", "n_domains"] == 5
    assert pd.isna(table.loc["mouse_brain_anterior", "n_domains"])
    assert table["citation"].str.len().min() > 10


def test_every_slice_can_be_assembled_and_comes_over_https():
    for source in SOURCES.values():
        assert source.kind in _fetch._ASSEMBLE
        assert source.files
        for path, remote in source.files.items():
            assert remote.url.startswith("https://")
            assert ".." not in path


def test_unknown_names():
    with pytest.raises(
        MissingKeyError, match=r'list of public slices has no "dlpfc"\. It has: "dlpfc_151507", '
    ):
        fetch("dlpfc")


# --- each kind of slice


def test_dlpfc(served, tmp_path, monkeypatch):
    publish(monkeypatch, "dlpfc_151673", *served, dlpfc())
    adata = fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    assert adata.X.dtype == np.float32
    np.testing.assert_array_equal(adata.obsm["spatial"], [[20, 10], [40, 10], [30, 30]])
    assert adata.obs["ground_truth"].tolist()[::2] == ["L1", "L6"]
    assert adata.obs["ground_truth"].isna().tolist() == [False, True, False]
    assert "hires" in adata.uns["spatial"]["dlpfc_151673"]["images"]
    assert "Maynard" in adata.uns["source"]["citation"]
    adata.write_h5ad(tmp_path / "out.h5ad")


def test_breast_cancer_and_mouse_brain(served, tmp_path, monkeypatch):
    visium = {"filtered_feature_bc_matrix.h5": h5_counts(), "spatial.tar.gz": spatial_archive()}
    table = b"ID\tannot_type\tfine_annot_type\nAAAG-1\tTumor\tDCIS/LCIS_1\nAAAC-1\tHealthy\tHealthy_1\n"
    publish(monkeypatch, "breast_cancer", *served, visium | {"annotation.tsv": table})
    adata = fetch("breast_cancer", cache_dir=tmp_path / "cache", progress=False)
    assert adata.obs["ground_truth"].tolist()[:2] == ["Healthy_1", "DCIS/LCIS_1"]
    np.testing.assert_array_equal(adata.obsm["spatial"][0], [20, 10])
    publish(monkeypatch, "mouse_brain_anterior", *served, visium)
    assert (
        "ground_truth" not in fetch("mouse_brain_anterior", cache_dir=tmp_path / "cache", progress=False).obs
    )


def test_mouse_embryo_takes_the_counts_not_the_normalised_values(served, tmp_path, monkeypatch):
    whole = ad.AnnData(
        sparse.csr_matrix(np.log1p(COUNTS)),
        obs=pd.DataFrame({"annotation": pd.Categorical(["Brain", "Heart", "Brain"])}, index=BARCODES),
        obsm={"spatial": np.arange(6.0).reshape(3, 2)},
        layers={"count": sparse.csr_matrix(COUNTS)},
    )
    publish(monkeypatch, "mouse_embryo", *served, {"E9.5_E1S1.MOSTA.h5ad": h5ad(tmp_path, whole)})
    adata = fetch("mouse_embryo", cache_dir=tmp_path / "cache", progress=False)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    assert adata.obs["ground_truth"].tolist() == ["Brain", "Heart", "Brain"]
    np.testing.assert_array_equal(adata.obsm["spatial"], whole.obsm["spatial"])


def starmap(tmp_path, n_rows=2) -> dict[str, bytes]:
    whole = ad.AnnData(
        COUNTS.astype("float32"),
        obs=pd.DataFrame({"cluster_name": ["eL4", None, "Oligo"]}, index=BARCODES),
    )
    rows = ["0,10,-5,L4", "2,30,-7,cc"][:n_rows]
    return {
        "starmap_BY3_1k.h5ad": h5ad(tmp_path, whole),
        "annotation.csv": "\n".join([",x,y,domain", *rows, ""]).encode(),
    }


def test_mouse_visual_cortex(served, tmp_path, monkeypatch):
    publish(monkeypatch, "mouse_visual_cortex", *served, starmap(tmp_path))
    adata = fetch("mouse_visual_cortex", cache_dir=tmp_path / "cache", progress=False)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[[0, 2]])
    np.testing.assert_array_equal(adata.obsm["spatial"], [[10, -5], [30, -7]])
    assert adata.obs["ground_truth"].tolist() == ["L4", "cc"]


def test_files_that_do_not_belong_together(served, tmp_path, monkeypatch):
    publish(monkeypatch, "mouse_visual_cortex", *served, starmap(tmp_path, n_rows=1))
    with pytest.raises(
        SemSTError, match=r"cannot be read\. There are 2 cells, but 1 annotated ones\. If a download"
    ):
        fetch("mouse_visual_cortex", cache_dir=tmp_path / "cache", progress=False)


# --- the cache and its checksums


def test_the_second_time_needs_no_network(served, tmp_path, monkeypatch, log):
    folder, base = served
    publish(monkeypatch, "dlpfc_151673", folder, base, dlpfc())
    first = fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False)
    assert "no checksum is published; noted" in log.text
    for file in folder.iterdir():
        file.unlink()
    log.clear()
    second = fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False)
    assert (first.X != second.X).nnz == 0
    assert "noted" not in log.text


def test_a_listed_checksum_is_held_against_the_file(served, tmp_path):
    folder, base = served
    (folder / "a").write_bytes(b"right")
    right = hashlib.sha256(b"right").hexdigest()
    target = tmp_path / "cache" / "a"
    assert download(RemoteFile(f"{base}/a", sha256=right), target, progress=False).read_bytes() == b"right"
    assert not (tmp_path / "cache" / "a.sha256").exists()
    other = tmp_path / "cache" / "b"
    with pytest.raises(
        SemSTError, match=rf"{base}/a is not what it should be: .* listed with semst .*newer semst"
    ):
        download(RemoteFile(f"{base}/a", sha256="0" * 64), other, progress=False)
    assert not other.exists()


def test_the_first_checksum_is_noted_and_holds(served, tmp_path):
    folder, base = served
    (folder / "a").write_bytes(b"first")
    target = tmp_path / "a"
    download(RemoteFile(f"{base}/a"), target, progress=False)
    note = tmp_path / "a.sha256"
    assert note.read_text() == f"{hashlib.sha256(b'first').hexdigest()}  a\n"
    target.write_bytes(b"torn")  # damaged on disk: fetched again
    download(RemoteFile(f"{base}/a"), target, progress=False)
    assert target.read_bytes() == b"first"
    (folder / "a").write_bytes(b"changed")
    target.unlink()
    with pytest.raises(
        SemSTError, match=r"differs from the one noted at the first download in .*delete .*a\.sha256"
    ):
        download(RemoteFile(f"{base}/a"), target, progress=False)
    note.unlink()
    assert download(RemoteFile(f"{base}/a"), target, progress=False).read_bytes() == b"changed"


def test_something_else_than_the_file_is_explained(served, tmp_path, monkeypatch):
    contents = dlpfc() | {"filtered_feature_bc_matrix.h5": gzip.compress(b"<html>please sign in</html>")}
    publish(monkeypatch, "dlpfc_151673", *served, contents)
    with pytest.raises(
        SemSTError,
        match=r"dlpfc_151673: what was fetched cannot be read\. .*delete .*dlpfc_151673 and fetch again",
    ):
        fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False)


def test_a_torn_archive_is_explained(served, tmp_path, monkeypatch):
    visium = {"filtered_feature_bc_matrix.h5": h5_counts(), "spatial.tar.gz": spatial_archive()[:100]}
    publish(monkeypatch, "mouse_brain_anterior", *served, visium)
    with pytest.raises(SemSTError, match=r"spatial\.tar\.gz cannot be unpacked .*Delete it and its \.sha256"):
        fetch("mouse_brain_anterior", cache_dir=tmp_path / "cache", progress=False)
    assert not (tmp_path / "cache" / "datasets" / "mouse_brain_anterior" / "spatial").exists()


# --- out of reach


def test_no_network_says_what_was_tried_and_how_to_go_on(nowhere, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "dlpfc_151673", at(SOURCES["dlpfc_151673"], nowhere))
    with pytest.raises(SemSTError) as error:
        fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False)
    message = str(error.value)
    assert message.startswith(f"dlpfc_151673 could not be fetched: {nowhere}/0 is out of reach (")
    assert "refused" in message
    assert (
        f"{nowhere}/1\n    -> {tmp_path}/cache/datasets/dlpfc_151673/spatial/tissue_positions_list.csv"
        in message
    )
    assert 'call fetch("dlpfc_151673") again' in message
    assert "simulated_cortex()" in message


def test_files_supplied_by_hand_are_taken(nowhere, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "dlpfc_151673", at(SOURCES["dlpfc_151673"], nowhere))
    for path, content in dlpfc().items():
        file = tmp_path / "cache" / "datasets" / "dlpfc_151673" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert fetch("dlpfc_151673", cache_dir=tmp_path / "cache", progress=False).n_obs == 3


def test_a_missing_page_names_the_one_file_that_is_left(served, tmp_path, monkeypatch):
    folder, base = served
    publish(monkeypatch, "mouse_brain_anterior", folder, base, {
        "filtered_feature_bc_matrix.h5": h5_counts(), "spatial.tar.gz": b""
    })  # fmt: skip
    (folder / "1").unlink()
    with pytest.raises(SemSTError) as error:
        fetch("mouse_brain_anterior", cache_dir=tmp_path / "cache", progress=False)
    assert "404" in str(error.value)
    assert str(error.value).count("->") == 1


def test_archives_are_unpacked_on_a_python_without_the_filter(tmp_path, monkeypatch):
    import tarfile

    from semst.datasets._fetch import _extract

    (tmp_path / "a.txt").write_text("x")
    with tarfile.open(tmp_path / "good.tar", "w") as tar:
        tar.add(tmp_path / "a.txt", "spatial/a.txt")
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        tar.add(tmp_path / "a.txt", "../a.txt")
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    with tarfile.open(tmp_path / "good.tar") as tar:
        _extract(tar, tmp_path / "out")
    assert (tmp_path / "out" / "spatial" / "a.txt").read_text() == "x"
    with tarfile.open(tmp_path / "bad.tar") as tar, pytest.raises(SemSTError, match="leads elsewhere"):
        _extract(tar, tmp_path / "out")

"""Damaged files that broke the process, the memory or the message: one small file for each kind."""

import os
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
import zarr

import semst
from semst import SemSTError, _hdf5
from semst._numpy_files import DamagedError, load_npy, load_npz
from semst.io._positions import read_positions
from semst.semantics._read_table import read_gene_table


@pytest.fixture(scope="module")
def cortex():
    return semst.datasets.simulated_cortex(n_spots=60, n_genes=30, random_state=0)


def test_a_data_set_far_larger_than_its_file_is_not_read(cortex, tmp_path):
    file = semst.io.write(cortex, tmp_path / "x.h5ad")
    with h5py.File(file, "r+") as h5:
        del h5["X/data"]
        h5.create_dataset("X/data", shape=(2**40,), dtype="f4", chunks=True)
    with pytest.raises(SemSTError, match=r"X/data should hold 4,398,046,511,104 bytes"):
        semst.io.read(file)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")
@pytest.mark.parametrize(
    ("ends", "said"),
    [(os.abort, "breaks down on it .signal 6"), (lambda: [0 for _ in iter(int, 1)], "in 1 s")],
)
def test_a_file_on_which_hdf5_breaks_down_or_hangs_is_refused(cortex, tmp_path, monkeypatch, ends, said):
    file = semst.io.write(cortex, tmp_path / "x.h5ad")
    monkeypatch.setattr(_hdf5, "_LEAST_SECONDS", 1)
    monkeypatch.setattr(_hdf5, "_walk", lambda _: ends())
    with pytest.raises(SemSTError, match=said):
        semst.io.read(file)
    with pytest.raises(SemSTError, match=said):
        read_gene_table(file)


def test_links_in_a_circle_are_told_in_a_line(cortex, tmp_path):
    file = semst.io.write(cortex, tmp_path / "x.h5ad")
    with h5py.File(file, "r+") as h5:
        del h5["obsm/spatial"]
        h5["obsm/spatial"] = h5py.SoftLink("/obsm")
    with pytest.raises(SemSTError, match="cannot be read as an .h5ad file") as caught:
        semst.io.read(file)
    assert "\n" not in str(caught.value)


def test_torn_and_lying_pieces_of_a_store(cortex, tmp_path):
    dense = cortex.copy()
    dense.X = dense.X.toarray()
    store = semst.io.write(dense, tmp_path / "x.zarr")
    piece = next(one for one in sorted(store.glob("X/*")) if not one.name.startswith("."))
    whole = piece.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"\xff" * len(whole)):
        piece.write_bytes(content)
        with pytest.raises(SemSTError, match="cannot be read as a .zarr store"):
            semst.io.read(store)
    piece.write_bytes(whole)
    group = zarr.open_group(store, mode="r+")
    group.create_array("layers/more", shape=(2**20, 2**20), dtype="f4", chunks=(64, 64))
    zarr.consolidate_metadata(store)
    with pytest.raises(SemSTError, match=r"layers/more should hold 4,398,046,511,104 bytes"):
        semst.io.read(store)


def test_counts_of_10x_without_a_part(tmp_path):
    outs = tmp_path / "outs"
    (outs / "spatial").mkdir(parents=True)
    (outs / "spatial" / "tissue_positions.csv").write_text("barcode,in_tissue\na,1\n")
    with h5py.File(outs / "filtered_feature_bc_matrix.h5", "w") as h5:
        h5["matrix/barcodes"] = np.array([b"a"])
        h5["matrix/features/name"] = np.array([b"MBP"])
        for name in ("shape", "indices", "indptr"):
            h5[f"matrix/{name}"] = np.array([1, 1])
    with pytest.raises(SemSTError, match="missing one or more required datasets"):
        semst.io.read(outs)


def test_text_of_letters_that_do_not_exist(tmp_path):
    symbols = np.array(["MBP", "GFAP"])
    symbols.view(np.uint32)[0] = 0x7FFFFFFF
    np.savez(tmp_path / "g.npz", symbols=symbols, vectors=np.ones((2, 3)))
    np.save(tmp_path / "g.npy", symbols)
    with pytest.raises(SemSTError, match="letters that do not exist"):
        read_gene_table(tmp_path / "g.npz")
    with pytest.raises(DamagedError, match="letters that do not exist"):
        load_npy(tmp_path / "g.npy")


def test_an_array_with_more_behind_it(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((3, 2), dtype="f4"))
    with (tmp_path / "v.npy").open("ab") as file:
        file.write(b"12345678")
    with pytest.raises(DamagedError, match="8 bytes follow the array"):
        load_npy(tmp_path / "v.npy")


def test_single_arrays_of_an_archive(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.arange(3), two=np.arange(4))
    assert list(load_npz(tmp_path / "a.npz", ["two"])) == ["two"]
    with pytest.raises(DamagedError, match="three.npy"):
        load_npz(tmp_path / "a.npz", ["three"])
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("four.npy", b"\x93NUMPY\x01\x00\x20\x00{'descr': '<f4', 'shape': (30, 6")
    assert load_npz(tmp_path / "a.npz", ["one"])["one"].tolist() == [0, 1, 2]
    with pytest.raises(DamagedError):
        load_npz(tmp_path / "a.npz")


def test_a_table_of_nothing_but_separators(tmp_path):
    (tmp_path / "tissue_positions.csv").write_text("," * 100_000)
    with pytest.raises(SemSTError, match="more than 1000 columns"):
        read_positions(tmp_path / "tissue_positions.csv", pd.Index(["a"]))

"""What a format cannot hold is mended with a line in the log, or refused by its slot before any work."""

import datetime
import logging
import math
from pathlib import PurePosixPath

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semst
from semst import SemSTError
from semst.io._mend import mended_frame, mended_value


def tiny():
    return ad.AnnData(np.ones((4, 2), dtype=np.float32), obs=pd.DataFrame(index=list("abcd")))


def column(name, values):
    def change(adata):
        adata.obs[name] = values

    return change


def kept(slot, name, value):
    def change(adata):
        getattr(adata, slot)[name] = value

    return change


def raw_with(name):
    def change(adata):
        adata.raw = adata.copy()
        adata.raw.var[name] = ["x", "y"]

    return change


MENDED = {
    "reserved column": (column("_index", [1, 2, 3, 4]), "obs: '_index' is written as 'index_1'"),
    "reserved column of raw": (raw_with("_index"), "raw/var: '_index' is written as 'index_1'"),
    "mixed column": (column("mix", ["x", 1, None, 2.5]), "obs/mix: values of several types"),
    "dates": (column("day", pd.date_range("2026-01-01", periods=4)), "obs/day: times are written as text"),
    "dates with a zone": (column("day", pd.date_range("2026-01-01", periods=4, tz="UTC")), "obs/day: times"),
    "durations": (column("age", pd.to_timedelta([1, 2, 3, None], unit="D")), "obs/age: times"),
    "periods": (column("month", pd.period_range("2026-01", periods=4, freq="M")), "obs/month: times"),
    "dictionaries": (column("d", [{"a": 1}] * 4), "obs/d: values of several types"),
    "mixed categories": (column("c", pd.Categorical(["1", 1, 2, 2])), "obs/c: categories of other types"),
    "intervals": (column("bin", pd.cut([1, 2, 3, 4], 2)), "obs/bin: categories of other types"),
    "a slash": (column("a/b", [1, 2, 3, 4]), "obs: 'a/b' is written as 'a|b'"),
    "numbers as names of columns": (kept("uns", "t", pd.DataFrame(np.eye(3))), "uns/t: 3 names"),
    "numbers as names of columns of obsm": (
        kept("obsm", "t", pd.DataFrame(np.eye(4), index=list("abcd"))),
        "obsm/t: 4 names",
    ),
    "numbers as keys": (kept("uns", "m", {1: "a", 2: "b"}), "uns/m: 2 names"),
    "a slash in a key": (kept("uns", "m", {"a/b": {"c/d": 1}}), "uns/m/a|b: 'c/d' is written as 'c|d'"),
    "a tuple": (kept("uns", "pair", (1, 2)), "uns/pair: a tuple"),
    "a set": (kept("uns", "set", {2, 1}), "uns/set: a set"),
    "a series": (kept("uns", "s", pd.Series([1.0, 2.0])), "uns/s: a series"),
    "a mixed list": (kept("uns", "l", ["a", 1, None]), "uns/l: a list of several types"),
    "an uneven list": (kept("uns", "l", [[1], [2, 3]]), "uns/l: a list of several types"),
    "a list of tables": (kept("uns", "l", [{"a": 1}, {"b": 2}]), "uns/l: a list of tables"),
    "a time": (kept("uns", "when", datetime.datetime(2026, 1, 2)), "uns/when: a time"),
    "a time of NumPy": (kept("uns", "when", np.datetime64("2026-01-02")), "uns/when: a time"),
    "times": (kept("uns", "when", np.array(["2026-01-02"], dtype="M8[D]")), "uns/when: times"),
    "NUL in a text": (kept("uns", "t", "a\x00b"), "uns/t: the character NUL"),
    "NUL in bytes": (kept("uns", "t", b"\x00"), "uns/t: the character NUL"),
    "NUL in a list": (kept("uns", "t", ["a\x00", "b"]), "uns/t: the character NUL"),
    "NUL in an array": (kept("uns", "t", np.array(["a\x00b", "c"])), "uns/t: the character NUL"),
    "NUL in a column": (column("c", ["a\x00b", "a", "b", "c"]), "obs/c: the character NUL"),
    "NUL in a category": (column("c", pd.Categorical(["a\x00", "a", "b", "b"])), "obs/c: the character NUL"),
    "objects in an array": (kept("uns", "o", np.array(["a", 1], dtype=object)), "uns/o: values of several"),
}
SILENT = {
    "missing text": column("note", ["x", None, "y", math.nan]),
    "nullable text": column("note", pd.array(["a", "b", None, "d"], dtype="string")),
    "text of Arrow": column("note", pd.array(list("abcd"), dtype="string[pyarrow]")),
    "missing truth": column("seen", [True, None, False, True]),
    "truth as objects": column("seen", np.array([True, False, True, True], dtype=object)),
    "missing numbers": column("n", pd.array([1, None, 2, 3], dtype="Int64")),
    "bytes": kept("uns", "b", b"text"),
    "a path": kept("uns", "p", PurePosixPath("a") / "b"),
    "nothing": kept("uns", "n", None),
    "nested": kept("uns", "deep", {"a": {"b": {"c": [1, 2], "d": np.arange(3)}}}),
}


@pytest.mark.parametrize("ending", [".h5ad", ".zarr"])
@pytest.mark.parametrize("kind", MENDED)
def test_what_can_be_mended_is_and_said(kind, ending, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    change, note = MENDED[kind]
    adata = tiny()
    change(adata)
    semst.io.check_writable(adata, tmp_path / f"out{ending}")
    before = adata.obs.copy()
    with caplog.at_level(logging.INFO):
        semst.io.write(adata, tmp_path / f"out{ending}")
    assert note in caplog.text
    assert semst.io.read(tmp_path / f"out{ending}").shape == (4, 2)
    pd.testing.assert_frame_equal(adata.obs, before)  # what is the user's stays as it was


@pytest.mark.parametrize("ending", [".h5ad", ".zarr"])
@pytest.mark.parametrize("kind", SILENT)
def test_what_loses_nothing_is_written_without_a_word(kind, ending, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    adata = tiny()
    SILENT[kind](adata)
    with caplog.at_level(logging.INFO):
        semst.io.write(adata, tmp_path / f"out{ending}")
    assert "written" not in caplog.text
    back = semst.io.read(tmp_path / f"out{ending}")
    for name in adata.obs:
        assert back.obs[name].isna().tolist() == adata.obs[name].isna().tolist()
        there = adata.obs[name].notna().to_numpy()
        assert back.obs[name][there].tolist() == adata.obs[name][there].tolist()


@pytest.mark.parametrize("ending", [".h5ad", ".zarr"])
def test_what_cannot_be_written_is_refused_by_its_slot_before_any_work(ending, tmp_path):
    adata = tiny()
    adata.uns["tools"] = {"own": {"function": print}}
    for call in (semst.io.check_writable, semst.io.write):
        with pytest.raises(SemSTError, match="uns/tools/own/function holds what the file cannot") as refused:
            call(adata, tmp_path / f"out{ending}")
        assert "free space" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_values_come_back_as_they_were_meant(tmp_path):
    adata = tiny()
    adata.obs["_index"] = [3, 1, 2, 0]
    adata.obs["index_1"] = list("wxyz")
    adata.obs["mix"] = ["x", 1, None, 2.5]
    adata.uns["when"] = pd.Timestamp("2026-01-02 03:04")
    semst.io.write(adata, tmp_path / "out.h5ad")
    back = semst.io.read(tmp_path / "out.h5ad")
    assert back.obs["index_1"].tolist() == list("wxyz")
    assert back.obs["index_1-1"].tolist() == [3, 1, 2, 0]
    assert back.obs["mix"].astype(object).where(back.obs["mix"].notna(), None).tolist() == [
        "x",
        "1",
        None,
        "2.5",
    ]
    assert back.uns["when"] == "2026-01-02T03:04:00"


def test_the_name_of_an_index_that_is_a_columns_gives_way(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("semst._log.logger.propagate", True)
    adata = tiny()
    adata.obs["barcode"] = list("wxyz")
    adata.obs.index.name = "barcode"
    with caplog.at_level(logging.INFO):
        semst.io.write(adata, tmp_path / "out.h5ad")
    assert "the index is written without its name" in caplog.text
    assert semst.io.read(tmp_path / "out.h5ad").obs["barcode"].tolist() == list("wxyz")


def test_a_disk_that_is_full_is_called_so(tmp_path, monkeypatch):
    def full(self, *args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ad.AnnData, "write_h5ad", full)
    with pytest.raises(SemSTError, match="No space left on device.*Check the free space"):
        semst.io.write(tiny(), tmp_path / "out.h5ad")
    assert not list(tmp_path.iterdir())


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=3), st.binary(max_size=3)
)
keys = st.one_of(st.text("ab/_0", min_size=1, max_size=3), st.integers(0, 3), st.just("_index"))
nested = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(nested)
def test_whatever_is_nested_of_plain_things_can_be_written(value):
    adata = tiny()
    adata.uns["found"] = value
    semst.io.check_writable(adata, "out.h5ad")


@settings(max_examples=60, deadline=None)
@given(st.lists(keys, min_size=1, max_size=5), st.data())
def test_names_of_columns_are_text_once_each(names, data):
    frame = pd.DataFrame(np.zeros((2, len(names))), columns=names)
    mended = mended_frame(frame, "obs", [])
    assert mended.columns.is_unique and all(isinstance(name, str) for name in mended.columns)
    assert "_index" not in mended.columns and not any("/" in name for name in mended.columns)
    assert frame.columns.tolist() == names


def test_plain_values_are_left_alone():
    notes = []
    value = {"a": 1, "b": [1, 2], "c": ["x"], "d": np.arange(2), "e": {"f": 1.5}}
    found = mended_value(value, "uns", notes)
    assert not notes and found is not value
    np.testing.assert_equal(found, value)

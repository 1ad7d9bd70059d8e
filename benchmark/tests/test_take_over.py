"""Rows of one folder of results taken over into another."""

import gzip
import json
from dataclasses import replace

import pytest

from semst import SemSTError
from semst_benchmark import Store, _plan, _run, run_suite


@pytest.fixture
def suite(small):
    return replace(small(), datasets=small().datasets[:1], seeds=(0,), clusterers=("own",), pairs=())


@pytest.fixture
def published(suite, tmp_path):
    run_suite(suite, None, tmp_path / "there", jobs=0, progress=False)
    return tmp_path / "there" / "rows.jsonl.gz"


def test_rows_taken_over_are_not_run_again(suite, published, tmp_path, monkeypatch):
    monkeypatch.setattr(_run, "fit", lambda *_, **__: pytest.fail("run again"))
    found = run_suite(suite, None, tmp_path / "here", rows=published, jobs=0, progress=False)
    wanted = run_suite(suite, None, published.parent, jobs=0, progress=False)
    assert len(found.done) == len(wanted.done) > 0
    assert found.rows["own.vote.ari"].tolist() == wanted.rows["own.vote.ari"].tolist()


def test_a_new_clusterer_means_a_new_run_and_not_a_failed_one(suite, published, tmp_path):
    more = replace(suite, clusterers=("own", "kmeans"))
    found = run_suite(more, None, tmp_path / "here", rows=published, jobs=0, progress=False)
    assert (found.rows["status"] == "done").all()
    assert found.rows["kmeans.vote.ari"].notna().all()


def test_what_is_here_stays(published, tmp_path):
    key = json.loads(gzip.decompress(published.read_bytes()).splitlines()[0])["key"]
    store = Store(tmp_path / "here")
    store.write(key, {"status": "done", "mine": True})
    added = store.take_over(published)
    assert store.read(key)["mine"] is True
    assert store.take_over(published) == 0
    assert len(list(store.rows())) == added + 1


def test_what_went_wrong_here_gives_way_and_what_went_wrong_there_stays_away(published, tmp_path):
    lines = [json.loads(line) for line in gzip.decompress(published.read_bytes()).splitlines()]
    store = Store(tmp_path / "here")
    store.write(lines[0]["key"], {"status": "missing", "error": "no weights"})
    lines.append({**lines[0], "key": "ab-cd", "status": "failed"})
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert store.take_over(path) == len(lines) - 1
    assert store.read(lines[0]["key"])["status"] == "done"
    assert store.read("ab-cd") is None


def test_a_further_clusterer_on_rows_of_other_code_is_a_run_of_this_code(
    suite, published, tmp_path, monkeypatch
):
    monkeypatch.setattr(_plan, "code_of", lambda _: "other")
    monkeypatch.setattr(_plan, "code_version", lambda: "0+other")
    more = replace(suite, clusterers=("own", "kmeans"))
    options = {"rows": published, "any_version": True, "jobs": 0, "progress": False}
    found = run_suite(more, None, tmp_path / "here", **options)
    assert found.rows["code"].eq("0+other").all()
    store = Store(tmp_path / "here")
    there = json.loads(gzip.decompress(published.read_bytes()).splitlines()[0])
    assert store.read(there["key"])["scores"] == there["scores"]


def test_rows_taken_over_are_collected_though_nothing_is_left_to_do(suite, published, tmp_path):
    run_suite(suite, None, tmp_path / "here", rows=published, only_collect=True, progress=False)
    assert (tmp_path / "here" / "rows.jsonl.gz").read_bytes() == published.read_bytes()


def test_the_same_rows_make_the_same_file(published):
    before = published.read_bytes()
    Store(published.parent).collect()
    assert published.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"no json", mtime=0),
        gzip.compress(b"[1]", mtime=0),
        gzip.compress(json.dumps({"key": "../../x", "status": "done"}).encode(), mtime=0),
        gzip.compress(json.dumps({"key": "ab-12", "status": "done"}).encode(), mtime=0),
    ],
)
def test_other_files_are_refused_and_nothing_is_added(content, tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(content)
    store = Store(tmp_path / "here")
    with pytest.raises(SemSTError, match=r"rows\.jsonl\.gz"):
        store.take_over(path)
    assert not list(store.rows())


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"null",
        b"{}",
        b"[1]",
        b"{" * 5,
        b"[" * 100_000,
        b'{"status": 3}',
        b'{"status": "done", "scores": 1}',
    ],
    ids=["no text", "null", "empty", "a list", "torn", "deep", "a number", "no scores"],
)
def test_one_damaged_row_never_stops_a_benchmark(suite, tmp_path, content):
    first = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    damaged = sorted((tmp_path / "runs").glob("*.json"))[0]
    foreign = damaged.with_name("ab-cd.json")
    for place in (damaged, foreign):
        place.write_bytes(content)
    again = run_suite(suite, None, tmp_path, jobs=0, progress=False)
    assert again.rows["own.vote.ari"].tolist() == first.rows["own.vote.ari"].tolist()

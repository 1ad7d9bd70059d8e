import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semst import _forked
from semst.semantics import Run
from semst.semantics._cache import VectorCache, text_key
from semst.semantics._embed_texts import embed_texts

TEXTS = [f"gene {i} " + "x" * (i % 7) for i in range(50)]


@dataclass
class Letters:
    """A model whose vector of a text is the count of each of 128 letters; it remembers what it was asked."""

    model_id: str = "letters"
    token_budget: int | None = 64
    revision: str = "1"
    asked: list[str] = field(default_factory=list)
    fail_after: int | None = None

    def identity(self, device: torch.device) -> Mapping[str, str]:
        return {"revision": self.revision}

    def load(self, device: torch.device, *, progress: bool) -> "Letters":
        return self

    def tokenize(self, texts: Sequence[str]) -> tuple[list[np.ndarray], int]:
        return [np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int32) for text in texts], 0

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        texts = {bytes(row[keep.bool()].tolist()).decode() for row, keep in zip(ids, mask, strict=True)}
        if self.fail_after is not None and len(self.asked) + len(texts) > self.fail_after:
            raise KeyboardInterrupt
        self.asked += sorted(texts)
        return torch.nn.functional.one_hot(ids, 128).float().mul(mask.unsqueeze(-1)).sum(dim=1)


def expected(texts: Sequence[str]) -> np.ndarray:
    out = np.zeros((len(texts), 128), dtype=np.float32)
    for row, text in enumerate(texts):
        np.add.at(out[row], list(text.encode()), 1)
    return out


def embed(model: Letters, folder: Path, texts: Sequence[str] = TEXTS) -> tuple[np.ndarray, dict]:
    return embed_texts(model, texts, run=Run(cache_dir=folder, device="cpu", progress=False))


def shards(folder: Path) -> list[Path]:
    # half-written ones lie in folders with a dot
    return sorted(path for path in folder.rglob("*.npz") if not path.parent.name.startswith("."))


def test_a_second_run_asks_the_model_nothing(tmp_path: Path) -> None:
    first, again = Letters(), Letters()
    vectors, info = embed(first, tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert info["n_from_cache"] == 0
    assert sorted(first.asked) == sorted(TEXTS)
    vectors, info = embed(again, tmp_path, TEXTS[::-1])
    np.testing.assert_array_equal(vectors, expected(TEXTS[::-1]))
    assert again.asked == []
    assert info["n_from_cache"] == len(TEXTS)


def test_only_new_texts_are_embedded(tmp_path: Path) -> None:
    embed(Letters(), tmp_path, TEXTS[:30])
    model = Letters()
    vectors, info = embed(model, tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert sorted(model.asked) == sorted(TEXTS[30:])
    assert (info["n_texts"], info["n_unique_texts"], info["n_from_cache"]) == (50, 50, 30)


def test_equal_texts_are_embedded_once(tmp_path: Path) -> None:
    model = Letters()
    vectors, info = embed(model, tmp_path, [*TEXTS[:3], *TEXTS[:3][::-1]])
    np.testing.assert_array_equal(vectors, expected([*TEXTS[:3], *TEXTS[:3][::-1]]))
    assert sorted(model.asked) == sorted(TEXTS[:3])
    assert (info["n_texts"], info["n_unique_texts"]) == (6, 3)


def test_vectors_that_nobody_wants_are_not_read(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    embed(Letters(), tmp_path, TEXTS[:30])
    (shard,) = shards(tmp_path)
    with np.load(shard) as content:
        arrays = {name: content[name] for name in ("identity", "keys")}
    np.savez(shard, **arrays)  # without its vectors
    model = Letters()
    embed(model, tmp_path, TEXTS[30:])
    assert sorted(model.asked) == sorted(TEXTS[30:])
    assert "not used" not in log.text


def test_another_revision_shares_nothing(tmp_path: Path) -> None:
    embed(Letters(), tmp_path)
    model = Letters(revision="2")
    embed(model, tmp_path)
    assert len(model.asked) == len(TEXTS)


def test_caching_can_be_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    embed_texts(Letters(), TEXTS, run=Run(cache_dir=False, device="cpu", progress=False))
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    embed_texts(Letters(), TEXTS, run=Run(device="cpu", progress=False))
    assert shards(tmp_path / "semst" / "semantics")


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    model = Letters(fail_after=20)
    with pytest.raises(KeyboardInterrupt):
        embed(model, tmp_path)
    done = set(model.asked)
    assert 0 < len(done) <= 20
    model = Letters()
    vectors, info = embed(model, tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert set(model.asked) == set(TEXTS) - done
    assert info["n_from_cache"] == len(done)


KILLED = """
import sys, time, types
from pathlib import Path
sys.path.insert(0, {folder!r})
import semst.semantics._embed_texts as engine
from test_cache import Letters, embed
engine._SHARD_ROWS = 8
class Slow(Letters):
    def forward(self, ids, mask):
        time.sleep(0.05)
        return super().forward(ids, mask)
embed(Slow(), Path({cache!r}))
"""


@pytest.mark.slow
def test_a_killed_process_loses_a_shard_at_most(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    script = KILLED.format(folder=here, cache=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", script])
    try:
        deadline = time.monotonic() + 60
        while len(shards(tmp_path)) < 2 and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept = len(shards(tmp_path)) * 8
    model = Letters()
    vectors, info = embed(model, tmp_path)  # the lock of the dead process does not hold this one up
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert info["n_from_cache"] >= kept >= 16
    assert len(model.asked) == len(TEXTS) - info["n_from_cache"]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_changed_byte_is_ever_trusted(tmp_path: Path, seed: int) -> None:
    embed(Letters(), tmp_path)
    rng = np.random.default_rng(seed)
    shard = shards(tmp_path)[0]
    content = bytearray(shard.read_bytes())
    content[rng.integers(len(content))] ^= int(rng.integers(1, 256))
    shard.write_bytes(bytes(content))
    vectors, _ = embed(Letters(), tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))


@pytest.mark.parametrize("size", [0, 1, 30, 500, -1])
def test_a_torn_shard_is_computed_anew_with_a_warning(
    tmp_path: Path, size: int, log: pytest.LogCaptureFixture
) -> None:
    embed(Letters(), tmp_path)
    (shard,) = shards(tmp_path)
    shard.write_bytes(shard.read_bytes()[:size])
    model = Letters()
    vectors, _ = embed(model, tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert len(model.asked) == len(TEXTS)
    assert "is not used: it is damaged (" in log.text
    assert "embedded anew" in log.text
    log.clear()
    embed(Letters(), tmp_path)
    assert "not used" not in log.text  # the damaged file was replaced


def test_a_shard_of_another_model_is_not_trusted(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    other = VectorCache(tmp_path / "elsewhere", {"revision": "0"})
    other.write([text_key(text) for text in TEXTS], np.ones((len(TEXTS), 128), dtype=np.float32))
    own = VectorCache(tmp_path / "semantics", {"revision": "1"})
    own.folder.mkdir(parents=True)
    (foreign,) = shards(tmp_path / "elsewhere")
    foreign.rename(own.folder / foreign.name)
    vectors, info = embed(Letters(), tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert info["n_from_cache"] == 0
    assert "it belongs to another model" in log.text


@pytest.mark.parametrize(
    "vectors",
    [
        np.full((2, 128), np.nan, dtype=np.float32),
        np.ones((2, 128), dtype=np.float64),
        np.ones((3, 128), dtype=np.float32),
        np.ones(2, dtype=np.float32),
    ],
)
def test_senseless_content_is_not_trusted(
    tmp_path: Path, vectors: np.ndarray, log: pytest.LogCaptureFixture
) -> None:
    cache = VectorCache(tmp_path / "semantics", Letters().identity(torch.device("cpu")))
    cache.write([text_key(text) for text in TEXTS[:2]], vectors)
    np.testing.assert_array_equal(embed(Letters(), tmp_path)[0], expected(TEXTS))
    assert "its content makes no sense" in log.text


def test_pickled_content_is_not_loaded(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "evil"),)

    cache = VectorCache(tmp_path / "semantics", Letters().identity(torch.device("cpu")))
    cache.folder.mkdir(parents=True)
    np.savez(
        cache.folder / "x.npz", identity=cache.identity, keys=np.array([Evil()]), vectors=np.ones((1, 1))
    )
    embed(Letters(), tmp_path)
    assert not (tmp_path / "evil").exists()
    assert "it is damaged" in log.text


def test_a_full_disk_costs_the_cache_not_the_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    calls = []

    def full(*args, **kwargs) -> None:
        calls.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("semst.semantics._cache.np.savez", full)
    monkeypatch.setattr("semst.semantics._embed_texts._SHARD_ROWS", 5)
    vectors, _ = embed(Letters(), tmp_path)
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert log.text.count("cannot write to the cache") == len(calls) == 1
    assert "No space left on device" in log.text
    assert "cache_dir=..." in log.text
    assert shards(tmp_path) == []


def test_a_cache_folder_that_cannot_be_made(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    vectors, _ = embed(Letters(), tmp_path / "file")
    np.testing.assert_array_equal(vectors, expected(TEXTS))
    assert "cannot write to the cache" in log.text


def _slow_embed(folder: Path, queue: multiprocessing.Queue) -> None:
    class Slow(Letters):
        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            time.sleep(0.03)
            return super().forward(ids, mask)

    torch.set_num_threads(1)  # the threads of the parent did not come along
    _forked._IMPORTED_IN = os.getpid()  # a copy that computes nothing with threads: it has none to wait for
    model = Slow()
    vectors, _ = embed(model, folder)
    queue.put((len(model.asked), bool((vectors == expected(TEXTS)).all())))


def test_two_processes_do_the_same_work_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_slow_embed, args=(tmp_path, queue)) for _ in range(2)]
    for worker in workers:
        worker.start()
    results = [queue.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert all(right for _, right in results)
    assert sorted(asked for asked, _ in results) == [0, len(TEXTS)]
    assert list(tmp_path.rglob("*.lock")) == []


def test_leftovers_of_killed_writers_are_removed_after_a_day(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "semantics", Letters().identity(torch.device("cpu")))
    old, young = cache.folder / ".a.npz.x", cache.folder / ".b.npz.y"
    for leftover in (old, young):
        leftover.mkdir(parents=True)
        (leftover / "a.npz").write_text("half")
    yesterday = time.time() - 2 * 24 * 3600
    os.utime(old, (yesterday, yesterday))
    embed(Letters(), tmp_path)
    assert not old.exists()
    assert young.exists()


def test_batches_have_a_shape_that_follows_from_the_length_alone() -> None:
    from semst.semantics._batches import fixed_shape_batches

    rng = np.random.default_rng(0)
    texts = [rng.integers(1, 9, size=n).astype(np.int32) for n in rng.integers(1, 60, size=200)]
    seen: list[int] = []
    widths = []
    for rows, ids, mask in fixed_shape_batches(texts, token_budget=128):
        assert ids.shape == mask.shape == (max(1, 128 // ids.shape[1]), ids.shape[1])
        widths.append(ids.shape[1])
        for row, text in enumerate(rows):
            assert -(-len(texts[text]) // 8) * 8 == ids.shape[1]
            np.testing.assert_array_equal(ids[row][mask[row] == 1], texts[text])
            assert mask[row, : len(texts[text])].all()
        seen += rows.tolist()
    assert sorted(seen) == list(range(200))
    assert widths == sorted(widths, reverse=True)


def test_a_disk_that_is_away_for_a_moment_costs_no_vectors(tmp_path: Path, monkeypatch, log) -> None:
    embed(Letters(), tmp_path)
    before = shards(tmp_path)

    def away(*args, **options):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("semst.semantics._cache.np.load", away)
        embed(Letters(), tmp_path, TEXTS[:2])
    assert set(before) <= set(shards(tmp_path))
    assert "cannot read the cache file" in log.text

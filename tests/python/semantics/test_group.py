"""Texts dealt out among processes, and what is kept of them on disk."""

import multiprocessing
import os
import socket
from pathlib import Path

import numpy as np
import pytest
import torch

from semantics.test_cache import TEXTS, Letters, expected, shards
from semst import _forked
from semst.distributed import Group, join_group
from semst.semantics import Run
from semst.semantics import _embed_texts as module
from semst.semantics._cache import VectorCache, text_key
from semst.semantics._embed_texts import embed_texts, rounded_to_half


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return int(s.getsockname()[1])


def _one_of_two(rank: int, port: int, folder: Path, texts: list[str], answers) -> None:
    """What torchrun sets, and then the same call in both processes."""
    os.environ |= {
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "GROUP_RANK": "0",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_RUN_ID": "test",
    }
    torch.set_num_threads(1)
    _forked._IMPORTED_IN = os.getpid()  # a copy that computes nothing with threads: it has none to wait for
    group = join_group("cpu")
    model = Letters()
    vectors, info = embed_texts(model, texts, run=Run(cache_dir=folder, device="cpu", progress=False))
    answers.put((group.rank, vectors, model.asked, info["n_processes"], group.is_first))
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1]])  # one text: the second process has nothing to do
def test_two_processes_share_the_texts_and_both_have_all_vectors(tmp_path: Path, texts: list[str]) -> None:
    context = multiprocessing.get_context("fork")
    answers, port = context.Queue(), _free_port()
    workers = [
        context.Process(target=_one_of_two, args=(rank, port, tmp_path, texts, answers)) for rank in (0, 1)
    ]
    for worker in workers:
        worker.start()
    found = sorted((answers.get(timeout=120) for _ in workers), key=lambda answer: answer[0])
    for worker in workers:
        worker.join(60)
    for _, vectors, _, n_processes, _ in found:
        np.testing.assert_array_equal(vectors, expected(texts))
        assert n_processes == 2
    asked = [answer[2] for answer in found]
    assert sorted(asked[0] + asked[1]) == sorted(texts)  # each text once
    assert abs(len(asked[0]) - len(asked[1])) <= 1
    assert [answer[4] for answer in found] == [True, False]
    later = Letters()  # what both have kept is there for a process of its own
    embed_texts(later, texts, run=Run(cache_dir=tmp_path, device="cpu", progress=False))
    assert later.asked == []


def test_shares_are_disjoint_complete_and_even_in_length() -> None:
    rows, lengths = np.arange(10, 31), np.random.default_rng(0).integers(1, 100, 21)
    shares = [Group(rank, 4).share(rows, lengths) for rank in range(4)]
    assert sorted(np.concatenate(shares).tolist()) == rows.tolist()
    work = [lengths[share - 10].sum() for share in shares]
    assert max(work) - min(work) <= lengths.max()


def test_many_vectors_of_spots_are_kept_in_half_precision(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "HALF_ABOVE", 10)

    class Thirds(Letters):
        def forward(self, ids, mask):
            return super().forward(ids, mask) / 3

    run = Run(cache_dir=tmp_path, device="cpu", progress=False)
    fresh, info = embed_texts(Thirds(), TEXTS, run=run, half=True)
    assert info["precision"] == "float16"
    cached, info = embed_texts(Thirds(), TEXTS, run=run, half=True)
    assert info["n_from_cache"] == len(TEXTS)
    np.testing.assert_array_equal(fresh, cached)  # fresh ones are rounded alike
    np.testing.assert_allclose(fresh, expected(TEXTS) / 3, rtol=1e-3)
    with np.load(shards(tmp_path)[0]) as shard:
        assert shard["vectors"].dtype == np.float16
    few, info = embed_texts(Thirds(), TEXTS[:5], run=Run(cache_dir=False, progress=False), half=True)
    assert info["precision"] == "float32"
    assert not np.array_equal(few, fresh[:5])


def test_values_beyond_half_precision_survive(tmp_path: Path) -> None:
    vectors = np.array([[1e5, 0.1], [2.0, 3.0]], dtype=np.float32)
    np.testing.assert_array_equal(rounded_to_half(vectors), vectors)
    cache = VectorCache(tmp_path, {"model": "x"})
    keys = [text_key("a"), text_key("b")]
    cache.write(keys, vectors)
    ((found_keys, found),) = list(cache.shards(set(keys)))
    assert found_keys == keys
    np.testing.assert_array_equal(found, vectors)


def test_what_one_run_gets_does_not_depend_on_another_that_came_first(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "HALF_ABOVE", 10)

    class Thirds(Letters):
        def forward(self, ids, mask):
            return super().forward(ids, mask) / 3

    for first, second in ((TEXTS, TEXTS[:5]), (TEXTS[:5], TEXTS)):
        run = Run(cache_dir=tmp_path / str(len(first)), device="cpu", progress=False)
        fresh = Run(cache_dir=False, device="cpu", progress=False)
        embed_texts(Thirds(), first, run=run, half=True)
        warm, cold = (embed_texts(Thirds(), second, run=one, half=True)[0] for one in (run, fresh))
        np.testing.assert_array_equal(warm, cold)


def _with_a_cache_of_its_own(rank: int, port: int, folder: Path, texts: list[str], answers) -> None:
    own = folder / str(rank)
    _forked._IMPORTED_IN = os.getpid()  # a copy that computes nothing with threads: it has none to wait for
    known = texts if rank == 0 else texts[:3]
    embed_texts(Letters(), known, run=Run(cache_dir=own, device="cpu", progress=False))
    _one_of_two(rank, port, own, texts, answers)


def test_processes_whose_caches_differ_all_have_all_vectors(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers, port = context.Queue(), _free_port()
    workers = [
        context.Process(target=_with_a_cache_of_its_own, args=(rank, port, tmp_path, TEXTS, answers))
        for rank in (0, 1)
    ]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(60)
    for _, vectors, *_ in found:
        np.testing.assert_array_equal(vectors, expected(TEXTS))

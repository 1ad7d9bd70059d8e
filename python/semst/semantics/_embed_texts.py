"""Texts -> vectors: each distinct text once, from the cache where it is there, in batches where it is not."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from semst import _words
from semst._errors import SemSTError
from semst._forked import check_fork
from semst._log import logger
from semst._progress import track
from semst.distributed import Group, current_group

from ._batches import fixed_shape_batches
from ._cache import VectorCache, text_key
from ._types import Run

_SHARD_ROWS = 1024
_SHARD_SECONDS = 20.0  # of a slow model's work, no more than this is lost by a kill
_TOKENIZE_ROWS = 4096
_CPU_TOKENS = 1024  # larger batches are no faster on a CPU
_GPU_TOKENS = 16_384
HALF_ABOVE = 20_000  # so many distinct texts of spots are kept as float16: half the disk, 3 digits
_MANY = 50_000  # distinct texts of spots that call for a word on landmarks


class LoadedModel(Protocol):
    """A model in memory, ready to turn batches of token ids into vectors."""

    def tokenize(self, texts: Sequence[str]) -> tuple[list[np.ndarray], int]:
        """Token ids of each text, cut to what the model can read; and how many texts were cut."""

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Vectors (rows, n_dimensions) of a batch that is padded at the right."""


@runtime_checkable
class TextModel(Protocol):
    """A frozen model that turns a text into a vector: :class:`LanguageModel`, :class:`TextEncoder`."""

    @property
    def model_id(self) -> str:
        """Id or folder of the model."""

    @property
    def token_budget(self) -> int | None:
        """Tokens in a batch, padding included."""

    def identity(self, device: torch.device) -> Mapping[str, str]:
        """Everything that the vector of a text depends on, without loading the model; the same for a copy."""

    def load(self, device: torch.device, *, progress: bool) -> LoadedModel:
        """Bring the model into memory."""


def embed_texts(
    model: TextModel, texts: Sequence[str], *, run: Run, unit: str = "text", half: bool = False
) -> tuple[np.ndarray, dict[str, Any]]:
    """Embed texts, equal ones once: float32 (len(texts), n_dimensions), and the record.

    ``unit`` is what a text stands for, for the progress bar. With ``half``, the vectors of more than 20,000
    distinct texts are rounded to float16, in which they are then kept on disk; a row that float16 cannot hold
    stays as it is.
    """
    check_fork()
    began = time.perf_counter()
    places: dict[str, int] = {}
    place = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int64)
    unique = list(places)
    identity = dict(model.identity(run.torch_device))
    keys = [text_key(text) for text in unique]
    rows = _Rows(len(unique))
    half = half and len(unique) > HALF_ABOVE
    # rounded vectors are kept apart: what a run gets must not depend on which run came first
    kept_as = {**identity, "precision": "float16"} if half else identity
    cache = VectorCache(run.cache_folder, kept_as) if run.cache_folder else None
    if cache:
        _fill(rows, cache, keys)
    n_cached, n_cut = rows.n_done, 0
    job = _Job(model, unique, keys, cache, run, unit, half)
    group = current_group()
    if group.size > 1:
        n_cut = _compute_together(rows, group, job)
    elif rows.n_done < len(unique):
        with cache.claim([keys[i] for i in rows.missing()]) if cache else nullcontext(False) as waited:
            if cache and waited:
                _fill(rows, cache, keys)
                n_cached = rows.n_done
            if rows.n_done < len(unique):
                n_cut = _compute(rows, rows.missing(), job)
                if run.torch_device.type == "cuda":
                    torch.cuda.empty_cache()  # training needs the room that the model had
    info = {
        "model": model.model_id,
        **identity,
        "device": str(run.torch_device),
        "n_texts": len(texts),
        "n_unique_texts": len(unique),
        "n_from_cache": n_cached,
        "n_cut": n_cut,
        "precision": "float16" if half else "float32",
        "n_processes": group.size,
        "seconds": time.perf_counter() - began,
    }
    return (rows.vectors if len(unique) == len(texts) else rows.vectors[place]), info


@dataclass(frozen=True)
class _Job:
    """Distinct texts with their keys, the model that reads them, and where and how to."""

    model: TextModel
    texts: list[str]
    keys: list[bytes]
    cache: VectorCache | None
    run: Run
    unit: str
    half: bool


class _Rows:
    """The result, filled in any order; allocated once the length of a vector is known."""

    def __init__(self, n_rows: int) -> None:
        self.vectors = np.empty((n_rows, 0), dtype=np.float32)
        self._done = np.zeros(n_rows, dtype=bool)

    def put(self, rows: np.ndarray, vectors: np.ndarray) -> None:
        if not self.vectors.shape[1]:
            self.vectors = np.empty((len(self._done), vectors.shape[1]), dtype=np.float32)
        self.vectors[rows] = vectors
        self._done[rows] = True

    def missing(self) -> np.ndarray:
        return np.flatnonzero(~self._done)

    @property
    def n_done(self) -> int:
        return int(self._done.sum())


def _fill(rows: _Rows, cache: VectorCache, keys: list[bytes]) -> None:
    """Take over what the cache has of the rows that are missing."""
    wanted = {keys[i]: int(i) for i in rows.missing()}
    for there, vectors in cache.shards(wanted):
        hits = [(wanted[key], row) for row, key in enumerate(there) if key in wanted]
        if hits:
            into, taken = np.array(hits).T
            rows.put(into, vectors[taken])
        if not rows.missing().size:
            break


def _compute_together(rows: _Rows, group: Group, job: _Job) -> int:
    """Embed a share of the missing texts here, the others in the other processes, and swap."""
    missing = group.agree(rows.missing())
    if not missing.size:
        return 0
    lengths = np.array([len(job.texts[i]) for i in missing])
    mine = group.share(missing, lengths)
    logger.info(
        "%d of %d texts fall to process %d of %d", len(mine), len(missing), group.rank + 1, group.size
    )
    n_cut = _compute(rows, mine, job) if mine.size else 0
    rows.put(missing, group.exchange(missing, lengths, rows.vectors)[missing])
    return n_cut


def _compute(rows: _Rows, missing: np.ndarray, job: _Job) -> int:
    """Embed the missing texts, keep them in the cache as they come, and tell how many had to be cut."""
    model, device = job.model, job.run.torch_device
    if job.half and len(missing) > _MANY:
        logger.info(
            "%d prompts take long; %s embeds that many and predicts the rest",
            len(missing),
            _words.given("landmarks", 5000),
        )
    loaded = model.load(device, progress=job.run.progress)
    token_ids: list[np.ndarray] = []
    n_cut = 0
    for start in range(0, len(missing), _TOKENIZE_ROWS):
        ids, cut = loaded.tokenize([job.texts[i] for i in missing[start : start + _TOKENIZE_ROWS]])
        token_ids += ids
        n_cut += cut
    empty = next((missing[i] for i, ids in enumerate(token_ids) if not len(ids)), None)
    if empty is not None:
        raise SemSTError(
            f"{model.model_id} sees nothing in the text {job.texts[empty]!r}: change the template."
        )
    if n_cut:
        logger.warning(
            "%d of %d texts are longer than %s can read and were cut; list fewer genes (%s)",
            n_cut,
            len(missing),
            model.model_id,
            _words.name("k_g"),
        )
    logger.info(
        "embedding %d distinct %ss with %s on %s (%d more were in the cache)",
        len(missing),
        job.unit,
        model.model_id,
        device,
        rows.n_done,
    )

    budget = model.token_budget or (_CPU_TOKENS if device.type == "cpu" else _GPU_TOKENS)
    pending: list[int] = []
    kept_at = time.monotonic()

    def keep() -> None:
        if job.cache and pending:
            job.cache.write([job.keys[i] for i in pending], rows.vectors[pending])
        pending.clear()

    def one_by_one() -> Iterator[int]:
        for members, ids, mask in fixed_shape_batches(token_ids, token_budget=budget):
            here = missing[members]
            vectors = _forward(loaded, model, ids, mask, device)[: len(here)]
            rows.put(here, rounded_to_half(vectors) if job.half else vectors)
            pending.extend(here.tolist())
            yield from here.tolist()

    try:
        for _ in track(
            one_by_one(), total=len(missing), desc="embedding", unit=job.unit, show=job.run.progress
        ):
            if len(pending) >= _SHARD_ROWS or time.monotonic() - kept_at > _SHARD_SECONDS:
                keep()
                kept_at = time.monotonic()
    finally:  # also when the user interrupts
        keep()
    return n_cut


def rounded_to_half(vectors: np.ndarray) -> np.ndarray:
    """Float32 values that float16 holds as they are; rows with larger ones than it can hold stay.

    Examples
    --------
    >>> rounded_to_half(np.array([[1.0001, 2.0], [1e5, 1.0]], dtype=np.float32)).tolist()
    [[1.0, 2.0], [100000.0, 1.0]]
    """
    with np.errstate(over="ignore"):
        short = vectors.astype(np.float16).astype(np.float32)
    fits = np.isfinite(short).all(axis=1, keepdims=True)
    return np.where(fits, short, vectors)


def _forward(
    loaded: LoadedModel, model: TextModel, ids: np.ndarray, mask: np.ndarray, device: torch.device
) -> np.ndarray:
    try:
        with torch.inference_mode():
            out = loaded.forward(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
            vectors = out.float().cpu().numpy()
    except torch.OutOfMemoryError:
        raise SemSTError(
            f"{model.model_id}: a batch of {ids.size} tokens does not fit into the memory of {device}. Set a "
            f"smaller token_budget (e.g. {max(ids.size // 4, 64)}), a smaller dtype, or a smaller model."
        ) from None
    if not np.isfinite(vectors).all():
        raise SemSTError(
            f"{model.model_id} gave values that are not finite. In dtype float16 large activations overflow: "
            f'use {_words.given("dtype", "bfloat16")} or "float32".'
        )
    return vectors

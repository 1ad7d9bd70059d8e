"""Vectors of texts on disk, addressed by what they were made from."""

import hashlib
import json
import shutil
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from semst import _words
from semst._atomic import atomic_path
from semst._log import logger
from semst._numpy_files import DamagedError, load_npz
from semst._optional import optional

_FORMAT = "1"
_DAY = 24 * 3600


class _UntrustedError(Exception):
    """A shard that can be read but must not be used."""


def text_key(text: str) -> bytes:
    """Address of a text within the cache of a model."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class VectorCache:
    """Vectors that one model, used in one way, has given to texts.

    The folder's name, under the ``root`` of the caches of all models, is a hash of the identity: what the
    vectors depend on apart from the text (model, revision or content of its files, pooling, dtype, ...). It
    holds shards, each one an ``.npz`` file with the identity, the hashes of the texts and their vectors. A
    shard appears under its name only when it is complete, and ``.npz`` keeps a checksum of every array: a
    torn, altered or foreign shard is reported, removed and computed anew. Any number of processes may read
    and write; nothing is ever changed in place.
    """

    def __init__(self, root: Path, identity: Mapping[str, str]) -> None:
        self.identity = json.dumps({**identity, "format": _FORMAT}, sort_keys=True)
        self.folder = root / hashlib.sha256(self.identity.encode()).hexdigest()[:32]
        self._writable = True

    def shards(self, wanted: Container[bytes]) -> Iterator[tuple[list[bytes], np.ndarray]]:
        """Go through the shards that have some of the wanted texts: keys and vectors of all their texts."""
        width = None
        for path in sorted(self.folder.glob("*.npz")):
            content = self._read_shard(path, wanted)
            if content is None:
                continue
            if width not in (None, content[1].shape[1]):
                self._discard(path, "its vectors have another length than the others")
                continue
            width = content[1].shape[1]
            yield content

    def write(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        """Add a shard, in float16 where that holds all values as they are.

        A full or read-only disk costs the cache, not the vectors: it is reported once.
        """
        if not self._writable or not len(keys):
            return
        if vectors.dtype == np.float32 and vectors.size:
            with np.errstate(over="ignore"):
                short = vectors.astype(np.float16)
            vectors = short if np.array_equal(short.astype(np.float32), vectors) else vectors
        name = hashlib.sha256(b"".join(keys)).hexdigest()[:32]
        hashes = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
        try:
            with atomic_path(self.folder / f"{name}.npz", overwrite=True) as part:
                np.savez(part, identity=np.array(self.identity), keys=hashes, vectors=vectors)
        except OSError as error:
            self._writable = False
            logger.warning(
                "cannot write to the cache %s (%s): the vectors are used but not kept. Free space, or choose "
                "another folder: %s",
                self.folder,
                error,
                _words.given("cache_dir"),
            )

    @contextmanager
    def claim(self, keys: Sequence[bytes]) -> Iterator[bool]:
        """Let only one process at a time compute these very texts; the others wait and then find them here.

        The lock goes away with its process. Where the file system knows no locks, work is done twice instead.
        Gives whether it had to wait.
        """
        work = hashlib.sha256(b"".join(sorted(keys))).hexdigest()[:32]
        filelock = optional("filelock", extra="text", what="The cache of semantic vectors")
        lock, waited = filelock.FileLock(self.folder / f"{work}.lock"), False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._tidy()
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                logger.info("another process is embedding the same texts; waiting for it")
                waited = True
                lock.acquire()
        except (OSError, NotImplementedError) as error:
            logger.debug("no lock in %s (%s)", self.folder, error)
        try:
            yield waited
        finally:
            if lock.is_locked:
                lock.release()
                # whoever opened the file before may now work alongside a newcomer: twice the work, no harm
                Path(lock.lock_file).unlink(missing_ok=True)

    def _read_shard(self, path: Path, wanted: Container[bytes]) -> tuple[list[bytes], np.ndarray] | None:
        """Keys and vectors of a shard; ``None`` if it has nothing that is wanted or cannot be trusted."""
        try:
            head = load_npz(path, ("identity", "keys"))
            if str(head["identity"]) != self.identity:
                raise _UntrustedError("it belongs to another model")
            hashes = head["keys"]
            if hashes.ndim != 2 or hashes.dtype != np.uint8:
                raise _UntrustedError("its content makes no sense")
            keys = [row.tobytes() for row in hashes]
            if not any(key in wanted for key in keys):
                return None
            vectors = load_npz(path, ("vectors",))["vectors"]
            fits = vectors.ndim == 2 and len(keys) == len(vectors) and vectors.shape[1] > 0
            if not fits or vectors.dtype not in (np.float32, np.float16) or not np.isfinite(vectors).all():
                raise _UntrustedError("its content makes no sense")
        except _UntrustedError as error:
            self._discard(path, str(error))
            return None
        except DamagedError as error:
            cause = error.__cause__
            if isinstance(cause, FileNotFoundError):  # another process has just removed it
                return None
            # rights, too many open files, a disk that is away: the file may be sound
            if isinstance(cause, OSError) and cause.errno is not None:
                logger.warning("cannot read the cache file %s (%s)", path, cause)
            else:
                self._discard(path, f"it is damaged ({error})")
            return None
        return keys, vectors

    def _discard(self, path: Path, reason: str) -> None:
        logger.warning("cache file %s is not used: %s. Its texts are embedded anew.", path, reason)
        try:
            path.unlink(missing_ok=True)
        except OSError:
            pass  # a read-only cache: it is reported again next time

    def _tidy(self) -> None:
        """Remove what killed processes left behind."""
        for rest in self.folder.glob(".*.npz.*"):
            try:
                if time.time() - rest.stat().st_mtime > _DAY:
                    shutil.rmtree(rest, ignore_errors=True)
            except OSError:
                continue

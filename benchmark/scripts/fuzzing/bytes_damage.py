"""Damage to a file of any kind: bits, runs, blocks, ends, encodings, and other files in its place."""

import gzip
import io
import pickle
import zipfile
from collections.abc import Callable
from random import Random

Damage = Callable[[bytes, Random], bytes]


def flip(content: bytes, rng: Random) -> bytes:
    """One bit."""
    return _flipped(content, rng, 1)


def flips(content: bytes, rng: Random) -> bytes:
    """Several bits."""
    return _flipped(content, rng, 8)


def overwrite(content: bytes, rng: Random) -> bytes:
    """A run of bytes: zeros, ones or noise."""
    if not content:
        return content
    start, n = rng.randrange(len(content)), rng.choice((1, 4, 8, 20, 64))
    run = rng.choice((bytes(n), b"\xff" * n, rng.randbytes(n)))
    return (content[:start] + run + content[start + n :])[: len(content)]


def truncate(content: bytes, rng: Random) -> bytes:
    """The end is gone."""
    return content[: rng.randrange(max(len(content), 1))]


def behead(content: bytes, rng: Random) -> bytes:
    """The beginning is gone."""
    return content[rng.randrange(1, max(len(content), 2)) :]


def double(content: bytes, rng: Random) -> bytes:
    """A block is there twice."""
    start, end = _block(content, rng)
    return content[:end] + content[start:]


def cut(content: bytes, rng: Random) -> bytes:
    """A block is gone."""
    start, end = _block(content, rng)
    return content[:start] + content[end:]


def empty(content: bytes, rng: Random) -> bytes:
    """Nothing is left."""
    return b""


def encode(content: bytes, rng: Random) -> bytes:
    """Text as another program would encode it; of what is no text, bytes that are no UTF-8 in front."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return rng.choice((b"\xff\xfe", b"\xef\xbb\xbf", b"caf\xe9")) + content
    if rng.random() < 0.4:
        at = rng.randrange(len(text) + 1)
        return (text[:at] + "é" + text[at:]).encode("latin-1", "replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037")))


def foreign(content: bytes, rng: Random) -> bytes:
    """Another file under the name."""
    return rng.choice(_FOREIGN)()


def _flipped(content: bytes, rng: Random, n: int) -> bytes:
    changed = bytearray(content)
    for _ in range(n if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _block(content: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(max(len(content), 1))
    return start, min(len(content), start + rng.choice((1, 16, 256, 4096)))


def _nested_lists() -> bytes:
    nested: list = []
    for _ in range(40):
        nested = [nested, nested]
    return pickle.dumps({"MBP": nested})


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../outside", b"x")
        packed.writestr("zeros", bytes(1 << 24))
    return out.getvalue()


def _aliases() -> bytes:
    lines = ["title: x", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    return "\n".join([*lines, "about: *a9", "datasets: [x]", "arms: [pca]", ""]).encode()


_FOREIGN: tuple[Callable[[], bytes], ...] = (
    lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
    lambda: b"<!DOCTYPE html><html><body>404</body></html>",
    lambda: b"null",
    lambda: b"{}",
    lambda: b"[" * 5000 + b"]" * 5000,
    lambda: b'{"a":' * 5000 + b"1" + b"}" * 5000,
    lambda: b"\x89PNG\r\n\x1a\n" + bytes(64),
    lambda: b"\x89HDF\r\n\x1a\n" + bytes(256),
    lambda: b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4), }",
    lambda: b"PAR1" + bytes(32) + b"PAR1",
    lambda: gzip.compress(bytes(1 << 24), mtime=0),
    lambda: gzip.compress(gzip.compress(b"twice", mtime=0), mtime=0),
    lambda: pickle.dumps({"MBP": [1.0, 2.0]}),
    lambda: b"\x00" * 1000,
    lambda: b"\n" * 1000,
    lambda: b"," * 100_000,
    _nested_lists,
    _zip_bomb,
    _aliases,
)

ANY_FILE: tuple[Damage, ...] = (
    flip,
    flip,
    flips,
    overwrite,
    overwrite,
    truncate,
    behead,
    double,
    cut,
    empty,
    encode,
    foreign,
)

"""What an .rds file holds, gone through before R reads it: nothing of it is made, so nothing of it can run.

The format is that of R's serialize() (R Internals, 1.8), versions 2 and 3. R runs what a file holds in these
cases: a promise or an active binding when it is looked at, and a function, or what bears the name of one,
when a deferred operation of a DelayedArray is done. R also believes lengths and kinds, so that a damaged file
can end the process.
"""

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

from semst import _words
from semst._errors import SemSTError

_PACKED = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
# kinds of items, and flags of one
_SYMBOL, _LIST, _CLOSURE, _ENVIRONMENT, _PROMISE, _LANGUAGE, _DOTS = 1, 2, 3, 4, 5, 6, 17
_TEXT, _TEXTS, _BYTECODE, _POINTER, _WEAK, _S4 = 9, 16, 21, 22, 23, 25
_BUILT_IN, _ITEMS = {7, 8}, {19, 20}
_PAIRS = {_LIST, _LANGUAGE, _CLOSURE, _PROMISE, _DOTS}
_WIDTH = {10: 4, 13: 4, 14: 8, 15: 16, 24: 1}  # bytes of a value of a vector
_REF, _NIL, _PACKAGES, _ALTREP = 255, 254, {248, 249}, 238
_NOTHING = {_NIL, 253, 252, 251, 250, 242, 241}  # NULL, the global environment and the like
_HAS_ATTRIBUTES, _HAS_TAG, _IS_ACTIVE = 1 << 9, 1 << 10, 1 << 27
# calls among the constants of compiled code
_AGAIN, _DEFINED, _WITH_ATTRIBUTES = 243, 244, {239, 240}
_CALLS = {_LANGUAGE, _LIST, *_WITH_ATTRIBUTES}

_DEFERRED = (b"DelayedUnaryIsoOp", b"DelayedNaryIsoOp", b"ConformableSeedCombiner")
# slots of the object itself that record how it was made; nobody calls what is in them
_RECORDS = {"commands", "tools", "misc", "metadata", "int_metadata"}
_DEEPEST = 2_000
_LONGEST_NAME = 10_000
_LEAST_OF_A_TEXT = 8  # bytes that R needs for one
_MOST_TOLD = 6  # names of a place

Place = tuple[str, ...]
Steps = Generator[Any, None, None]


class _Damaged(Exception):
    """The stream does not hold what it says."""


class _Runs(Exception):
    """The stream holds what can run."""


def check_rds(file: Path, *, trust: bool) -> None:
    """Refuse an .rds file that is damaged, or with which R would run what the file itself holds.

    Parameters
    ----------
    file
        The file.
    trust
        Accept what can run.

    Raises
    ------
    SemSTError
        If it is damaged, no .rds file, or holds what can run; the message says where.

    Examples
    --------
    >>> check_rds(Path("slice.rds"), trust=False)  # doctest: +SKIP
    """
    try:
        with _opened(file) as stream:
            _Scan(stream, trust).go()
    except _Runs as found:
        raise SemSTError(
            f"{file} holds {found}, which can run code when it is read. If you trust whoever made it: "
            f"{_words.given('trust', True)}. Else have it saved with plain matrices."
        ) from None
    except (_Damaged, EOFError, OSError, lzma.LZMAError, zlib.error, UnicodeDecodeError) as error:
        said = str(error) or "it ends too early"
        raise SemSTError(f"{file} is damaged, or not an .rds file: {said}. Copy it again.") from None


def _opened(file: Path) -> IO[bytes]:
    with file.open("rb") as raw:
        start = raw.read(2)
    opener = _PACKED.get(start)
    if opener is None:
        return file.open("rb", buffering=2**20)
    return io.BufferedReader(opener(file), 2**20)  # type: ignore[operator]


class _Scan:
    """Goes through the items of a stream.

    Each kind of item is a generator, which yields one for each item in it; :meth:`go` keeps those that wait
    in a list, so that depth costs no stack.
    """

    def __init__(self, stream: IO[bytes], trust: bool) -> None:
        self.stream = stream
        self.trust = trust
        self.known: list[str] = []  # symbols and others that later items refer to by number
        self.room = _memory()

    def go(self) -> None:
        """Go through all of it."""
        self._header()
        waiting: list[Steps] = [self._item(())]
        while waiting:
            inner = next(waiting[-1], None)
            if inner is None:
                waiting.pop()
            else:
                waiting.append(inner)
            if len(waiting) > _DEEPEST:
                raise _Damaged(f"it nests more than {_DEEPEST:,} deep")

    def _header(self) -> None:
        if (start := self._bytes(2)) != b"X\n":
            other = "it was saved as text; in R: saveRDS(x, file), without ascii"
            raise _Damaged(other if start in (b"A\n", b"B\n") else "it does not begin as one")
        version = self._whole()
        self._bytes(8)
        if version not in (2, 3):
            raise _Damaged(f"version {version} of the format is unknown")
        if version == 3:
            self._bytes(self._length(most=100))

    # items ------------------------------------------------------------------------------------------------
    def _item(self, place: Place, flags: int | None = None) -> Steps:
        flags = self._whole() if flags is None else flags
        kind = flags & 0xFF
        if kind in _NOTHING:
            return
        if kind == _REF:
            self._reference(flags)
        elif kind == _SYMBOL:
            self._symbol(place)
        elif kind in _PACKAGES:
            if self._whole() != 0:
                raise _Damaged("the name of a package is missing")
            for _ in range(self._length(most=100)):
                self._text(place)
            self._know("")
        elif kind == _ENVIRONMENT:
            self._whole()
            self._know("")
            for _ in range(4):
                yield self._item(place)
        elif kind in _PAIRS:
            yield self._pairs(flags, place)
        elif kind == _ALTREP:  # a vector kept as what it is made from: its class, that, and attributes
            for _ in range(3):
                yield self._item(place)
        else:
            yield self._value(kind, place)
            if flags & _HAS_ATTRIBUTES:
                yield self._item(place)

    def _value(self, kind: int, place: Place) -> Steps:
        """Read what has its attributes, if any, behind it."""
        if kind in _WIDTH:
            self._skip(self._length() * _WIDTH[kind])
        elif kind == _TEXTS:
            for _ in range(self._length()):
                self._text(place)
        elif kind == _TEXT:
            self._characters(place)
        elif kind in _ITEMS:
            for _ in range(self._length()):
                yield self._item(place)
        elif kind in _BUILT_IN:
            self._refuse("a function", place)
            self._bytes(self._length(most=1_000))
        elif kind == _BYTECODE:
            self._refuse("a function", place)
            self._whole()
            yield self._code(place)
        elif kind in (_POINTER, _WEAK):
            self._know("")
            for _ in range(2 if kind == _POINTER else 0):
                yield self._item(place)
        elif kind != _S4:
            raise _Damaged(f"an item is of the unknown kind {kind}")

    def _pairs(self, flags: int, place: Place) -> Steps:
        """Read a list of entries with names (attributes are one), a call, a function or a promise."""
        while (kind := flags & 0xFF) in _PAIRS:
            if kind == _PROMISE:
                self._refuse("a promise", place, even_as_record=True)
            if kind == _CLOSURE:
                self._refuse("a function", place)
            if flags & _IS_ACTIVE:
                self._refuse("an active binding", place, even_as_record=True)
            if flags & _HAS_ATTRIBUTES:
                yield self._item(place)
            inner = place
            if flags & _HAS_TAG and kind == _LIST:
                name = self._name(place)
                inner = (*place, name) if name and len(place) < _MOST_TOLD else place
            elif flags & _HAS_TAG:
                yield self._item(place)
            yield self._item(inner)
            flags = self._whole()
        yield self._item(place, flags)

    # compiled code ----------------------------------------------------------------------------------------
    def _code(self, place: Place) -> Steps:
        yield self._item(place)
        for _ in range(self._length()):
            kind = self._whole()
            if kind == _BYTECODE:
                yield self._code(place)
            else:
                yield self._constant(kind, place)

    def _constant(self, kind: int, place: Place) -> Steps:
        """Read a constant; calls among them are written in a way of their own."""
        if kind == _AGAIN:
            self._whole()
            return
        if kind == _DEFINED:
            self._whole()
            kind = self._whole()
        while kind in _CALLS:
            if kind in _WITH_ATTRIBUTES:
                yield self._item(place)
            yield self._item(place)
            yield self._constant(self._whole(), place)
            kind = self._whole()
            if kind in (_AGAIN, _DEFINED):
                yield self._constant(kind, place)
                return
        yield self._item(place)

    # what items are made of -------------------------------------------------------------------------------
    def _bytes(self, n: int) -> bytes:
        found = self.stream.read(n)
        if len(found) != n:
            raise EOFError("it ends too early")
        return found

    def _skip(self, n: int) -> None:
        self.room -= n
        if self.room < 0:
            raise _Damaged("it says that it holds more than the memory of this machine")
        while n > 0:
            n -= len(self._bytes(min(n, 2**20)))

    def _whole(self) -> int:
        return int.from_bytes(self._bytes(4), "big", signed=True)

    def _length(self, most: int = 2**52) -> int:
        n = self._whole()
        if n == -1:
            n = int.from_bytes(self._bytes(8), "big")
        if not 0 <= n <= most:
            raise _Damaged(f"it says that something has length {n}")
        return n

    def _text(self, place: Place) -> bytes:
        flags = self._whole()
        if flags & 0xFF != _TEXT or flags & _HAS_ATTRIBUTES:
            raise _Damaged("a text is missing")
        return self._characters(place)

    def _characters(self, place: Place) -> bytes:
        n = self._whole()
        if n > _LONGEST_NAME:
            self._skip(n)
            return b""
        if n < -1:
            raise _Damaged(f"it says that a text has length {n}")
        text = self._bytes(max(n, 0))
        self.room -= len(text) + _LEAST_OF_A_TEXT
        if self.room < 0:
            raise _Damaged("it says that it holds more than the memory of this machine")
        if text.startswith(_DEFERRED):
            self._refuse("a deferred operation", place, even_as_record=True)
        return text

    def _symbol(self, place: Place) -> str:
        return self._know(self._text(place).decode(errors="replace"))

    def _know(self, name: str) -> str:
        self.known.append(name)
        return name

    def _reference(self, flags: int) -> str:
        number = (flags >> 8) or self._whole()
        if not 1 <= number <= len(self.known):
            raise _Damaged(f"it refers to item {number}, which is not there")
        return self.known[number - 1]

    def _name(self, place: Place) -> str:
        """Read the name of an entry: a symbol, new or known, or none."""
        flags = self._whole()
        kind = flags & 0xFF
        if kind == _SYMBOL:
            return self._symbol(place)
        if kind == _REF:
            return self._reference(flags)
        if kind != _NIL:
            raise _Damaged("the name of an entry is missing")
        return ""

    def _refuse(self, what: str, place: Place, *, even_as_record: bool = False) -> None:
        """End here, unless it is trusted, or lies where nobody looks."""
        if self.trust or (not even_as_record and place[:1] and place[0] in _RECORDS):
            return
        where = "@".join(place)
        raise _Runs(f"{what} (in {where})" if where else what)


def _memory() -> int:
    """Bytes of memory that the machine has; as good as without bound where it does not say."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 2**62

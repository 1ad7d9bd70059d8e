"""Read pickled gene tables without letting the file run code or make objects of its own."""

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

from semst._errors import SemSTError, first_line
from semst._memory import memory_limit

_MOST_TIMES = 64  # memory that a pickle may take, in its own sizes: a number of 9 bytes becomes an object
_PLAIN = re.compile(r"[<>=|]?([fiub][1248]|[US]\d{1,4})")


def load_plain_pickle(path: Path) -> Any:
    """Unpickle a file that holds nothing but dicts, lists, strings, numbers and numpy arrays.

    A pickle is a program. Names of functions and classes in it are looked up in a short list, and everything
    that is not on it is refused before it runs. What is on it are functions of this module, which make arrays
    of plain numbers and texts from the bytes of the file; numpy's own would believe any layout it is told.

    Raises
    ------
    SemSTError
        If the file is refused, damaged, or unpacks to far more than it is.
    """
    content = path.read_bytes()
    try:
        with memory_limit(_MOST_TIMES * len(content) + (1 << 30)):
            return _plain(_Unpickler(io.BytesIO(content)).load(), [len(content)])
    except _RefusedError as error:
        raise SemSTError(
            f'{path} was refused: it asks for "{error}", and unpickling that could run code. Accepted '
            "in a pickle: dict, list, str, float and numpy arrays. Open the file where you trust it, and "
            "save the table as parquet, .npz or csv."
        ) from None
    except _TooMuchError as error:
        raise SemSTError(f"{path} is no table of vectors: {error}.") from None
    # a damaged pickle fails in whatever way its bytes happen to
    except Exception as error:  # noqa: BLE001
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise SemSTError(f"{path} cannot be read as a pickle ({reason}). Fetch it again.") from None


class _RefusedError(Exception):
    """A name that is not on the list."""


class _TooMuchError(Exception):
    """Content that a table cannot have."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        allowed = _ALLOWED.get((module.replace("numpy.core.", "numpy._core."), name))
        if allowed is None:
            raise _RefusedError(f"{module}.{name}")
        return allowed

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedError("a persistent object")


class _Type:
    """Stands for ``numpy.dtype``: a plain kind of numbers or texts, and nothing else."""

    def __init__(self, kind: str, *flags: Any) -> None:
        if not isinstance(kind, str) or not (kind == "O" or _PLAIN.fullmatch(kind)):
            raise _RefusedError(f"an array of type {kind!r}")
        self.kind = kind

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
        if order in ("<", ">"):
            self.kind = order + self.kind.lstrip("<>=|")

    def of(self, raw: Any) -> np.ndarray:
        if self.kind == "O":
            raise _RefusedError("an array of objects")
        return np.frombuffer(bytes(raw), dtype=self.kind)


class _Array:
    """Stands for ``numpy.ndarray``; its numbers come with the state that follows."""

    def __init__(self) -> None:
        self.values: Any = np.zeros(0)

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, columns_first, raw = state
        if kind.kind == "O":  # symbols, as pandas keeps them
            if not (isinstance(raw, list) and all(isinstance(text, str) for text in raw)):
                raise _RefusedError("an array of objects")
            self.values = list(raw)
        else:
            self.values = kind.of(raw).reshape(shape, order="F" if columns_first else "C")


def _ndarray(*args: Any) -> Any:
    raise _RefusedError("numpy.ndarray, called by hand")


def _reconstruct(kind: Any, shape: Any, letter: Any) -> _Array:
    if kind is not _ndarray:
        raise _RefusedError("numpy's _reconstruct of another class")
    return _Array()


def _from_buffer(raw: Any, kind: _Type, shape: Any, order: str) -> np.ndarray:
    return kind.of(raw).reshape(shape, order="F" if order == "F" else "C")


def _scalar(kind: _Type, raw: Any) -> Any:
    return kind.of(raw)[0]


def _encode(text: str, encoding: str) -> bytes:
    """What Python 2 and protocol 2 pickles use for bytes; other codecs are not needed."""
    if encoding != "latin1":
        raise _RefusedError(f"codec {encoding}")
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("numpy", "ndarray"): _ndarray,
    ("numpy", "dtype"): _Type,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
}


def _plain(content: Any, left: list[int], depth: int = 0) -> Any:
    """The content with arrays in place of what stood for them, if it is no larger than its file allows.

    One list may stand in a pickle at a million places: what is counted is what a table of it would hold.
    """
    if isinstance(content, _Array):
        content = content.values
    if isinstance(content, np.ndarray | np.generic):
        left[0] -= content.size
    elif isinstance(content, dict | list | tuple):
        left[0] -= len(content)
    if left[0] < 0:
        raise _TooMuchError("it unpacks to more numbers than its size allows")
    if isinstance(content, dict | list | tuple) and depth > 3:
        raise _TooMuchError("lists in lists in lists are no vectors")
    if isinstance(content, dict):
        return {key: _plain(value, left, depth + 1) for key, value in content.items()}
    if isinstance(content, list | tuple) and any(
        isinstance(one, list | tuple | dict | _Array) for one in content
    ):
        return [_plain(one, left, depth + 1) for one in content]
    return content

"""Read pickled gene tables without letting the file run code."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from semst._errors import SemSTError


def load_plain_pickle(path: Path) -> Any:
    """Unpickle a file that holds nothing but dicts, lists, strings, numbers and numpy arrays.

    A pickle is a program. Names of functions and classes in it are looked up in a short list, and everything
    that is not on it is refused before it runs.
    """
    with path.open("rb") as handle:
        try:
            return _Unpickler(handle).load()
        except _RefusedError as error:
            raise SemSTError(
                f'{path} was refused: it asks for "{error}", and unpickling that could run code. Accepted '
                "in a pickle: dict, list, str, float and numpy arrays. Open the file where you trust it, and "
                "save the table as parquet, .npz or csv."
            ) from None
        # a damaged pickle fails in whatever way its bytes happen to
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError) as error:
            raise _torn(path, error) from None
        except (TypeError, ValueError, MemoryError, OverflowError) as error:
            raise _torn(path, error) from None


class _RefusedError(Exception):
    """A name that is not on the list."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        allowed = _ALLOWED.get((module.replace("numpy.core.", "numpy._core."), name))
        if allowed is None:
            raise _RefusedError(f"{module}.{name}")
        return allowed

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedError("a persistent object")


def _encode(text: str, encoding: str) -> bytes:
    """What Python 2 and protocol 2 pickles use for bytes; other codecs are not needed."""
    if encoding != "latin1":
        raise _RefusedError(f"codec {encoding}")
    return text.encode("latin1")


def _numpy_parts() -> dict[tuple[str, str], Any]:
    array = np.zeros(1)
    reconstruct = array.__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    from_buffer = array.__reduce_ex__(5)[0]
    return {
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy._core.multiarray", "_reconstruct"): reconstruct,
        ("numpy._core.multiarray", "scalar"): scalar,
        ("numpy._core.numeric", "_frombuffer"): from_buffer,
    }


_ALLOWED: dict[tuple[str, str], Any] = {("_codecs", "encode"): _encode, **_numpy_parts()}


def _torn(path: Path, error: Exception) -> SemSTError:
    return SemSTError(f"{path} cannot be read as a pickle ({type(error).__name__}: {error}). Fetch it again.")

"""What libraries raise between them on files that are torn, foreign or made to do harm."""

import lzma
import struct
import tarfile
import tokenize
import zipfile
import zlib
from pickle import UnpicklingError

# Only around calls that read a file: of our own code most of these would be a mistake. HDF5 raises
# RuntimeError for broken links and RecursionError for circles, blosc RuntimeError or SystemError for lengths
# that cannot be, numpy's headers SyntaxError and TokenError, zip files NotImplementedError and RuntimeError
# where their flags are hit, and any of them MemoryError where a size is.
DAMAGED: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,  # with UnicodeDecodeError
    TypeError,
    LookupError,  # KeyError, IndexError
    AttributeError,
    ArithmeticError,  # OverflowError, ZeroDivisionError
    AssertionError,
    MemoryError,
    RuntimeError,  # with RecursionError, NotImplementedError
    SyntaxError,
    SystemError,
    struct.error,
    tokenize.TokenError,
    UnpicklingError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
